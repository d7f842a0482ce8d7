"""Why an instance may not leave.

    DeidentificationError
    ├── UnknownProfile        the asked profile does not exist here
    ├── InvalidProfile        the file of a site's own profile has mistakes; each with its line
    ├── InvalidSiteKey        the key is not 32 bytes
    ├── SourceDamaged         the file can't be understood to its end
    ├── SourceChanged         the file shrank or vanished between reading and sending
    ├── Unsupported           the file's encoding is not one that can be rewritten
    ├── NotBlankable          the picture is of a kind or size for which the rectangles can't be blanked
    ├── InvalidIdentity       the file lacks a UID or PatientID without which nothing can be replaced
    └── ResidualIdentity      the finished header still holds something of the patient

Every error carries ``title`` and ``message`` for people, and never a value of the file: elements are named
by tag and keyword alone.
"""

from adit_uploader.filled import Filled
from adit_uploader.values import dataclass


class DeidentificationError(Exception):
    """Base of all errors of this room.

    Attributes:
        title: a few words, for a heading.
        message: what happened and what to do, in plain words, without any value of the file.
    """

    default_title = "The file could not be de-identified"

    def __init__(self, message: str, *, title: str | None = None) -> None:
        super().__init__(message)
        self.title = title or self.default_title
        self.message = message

    def __reduce__(self) -> tuple[type["DeidentificationError"], tuple[str]]:
        return type(self), (self.message,)


class UnknownProfile(DeidentificationError):
    """The asked profile does not exist in this version of the program."""

    default_title = "Unknown de-identification profile"


@dataclass(frozen=True, slots=True, order=True)
class ProfileProblem:
    """One mistake in a profile's file.

    Attributes:
        line: from 1 on.
        key: the key that is wrong, '' for the whole line or file.
        message: what is wrong and what to do.
    """

    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}{f', {self.key}' if self.key else ''}: {self.message}"


class InvalidProfile(DeidentificationError):
    """The file of a site's own profile has mistakes.

    Attributes:
        problems: all of them, by line.
        file: its name, for people.
    """

    default_title = "The de-identification profile has mistakes"

    def __init__(self, problems: tuple[ProfileProblem, ...], file: str = "") -> None:
        count = "one mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__(f"{file or 'The profile'} has {count}. Nothing is done by it until all are put right.")
        self.problems = problems
        self.file = file

    @property
    def lines(self) -> tuple[str, ...]:
        """Each mistake as a line for people: file, line, key, message."""
        return tuple(f"{self.file}, {problem}" if self.file else str(problem) for problem in self.problems)

    def __reduce__(self) -> tuple[type["InvalidProfile"], tuple[tuple[ProfileProblem, ...], str]]:  # type: ignore[override]  # other arguments than its base
        return type(self), (self.problems, self.file)


class InvalidSiteKey(DeidentificationError):
    """The site key is not 32 bytes."""

    default_title = "The site key can't be used"


class SourceDamaged(DeidentificationError):
    """The file can't be understood to its end."""

    default_title = "The file is damaged"


class SourceChanged(DeidentificationError):
    """The file shrank or can no longer be read."""

    default_title = "The file changed while it was read"


class Unsupported(DeidentificationError):
    """The file's encoding is not one that can be rewritten."""

    default_title = "The file's encoding is not supported"


class NotBlankable(DeidentificationError):
    """The rectangles can't be blanked in this picture: its kind, its size, or its damage."""

    default_title = "The picture can't be blanked"


class InvalidIdentity(DeidentificationError):
    """The file lacks a UID or PatientID without which nothing can be replaced."""

    default_title = "The file does not say what it is"


class ResidualIdentity(DeidentificationError):
    """The finished header still holds something that identified the patient.

    Attributes:
        elements: where, as ``(gggg,eeee) Keyword``, outermost first, joined by ``>``.
    """

    default_title = "The de-identified file still names the patient"

    def __init__(self, elements: tuple[str, ...]) -> None:
        super().__init__(
            Filled(
                "After de-identification something of the patient's identity was still found in: {names}. The file is "
                "not sent.",
                names=", ".join(elements),
            )
        )
        self.elements = elements

    def __reduce__(self) -> tuple[type["ResidualIdentity"], tuple[tuple[str, ...]]]:  # type: ignore[override]  # other arguments than its base
        return type(self), (self.elements,)
