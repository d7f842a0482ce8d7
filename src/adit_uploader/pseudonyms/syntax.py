"""What may stand in a PatientID, a pseudonym and a UID."""

import re
import unicodedata
from collections.abc import Iterator

from .errors import BatchFileProblemCode, InvalidPseudonym

MAX_LENGTH = 64  # characters, PS3.5 section 6.2: LO, and a component group of PN
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_MAX_UID_LENGTH = 64  # PS3.5 section 9.1


def value_problems(text: str) -> Iterator[tuple[BatchFileProblemCode, str]]:
    """What is wrong with a PatientID or a pseudonym, as codes and sentences without the value."""
    if len(text) > MAX_LENGTH:
        yield BatchFileProblemCode.TOO_LONG, f"has {len(text)} characters; {MAX_LENGTH} are allowed"
    if "\\" in text:
        yield BatchFileProblemCode.BACKSLASH, "has a backslash, which DICOM uses to separate values"
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in text):
        yield BatchFileProblemCode.CONTROL, "has a control character or an invisible one (such as a line break or tab)"
    if "*" in text or "?" in text:
        yield BatchFileProblemCode.WILDCARD, "has a wildcard character (* or ?)"
    if text != text.strip():
        yield BatchFileProblemCode.SPACES, "has spaces before or after it"


def pseudonym_problems(text: str) -> Iterator[tuple[BatchFileProblemCode, str]]:
    """As ``value_problems``, and what would break a pseudonym that is also the PatientName."""
    yield from value_problems(text)
    if "^" in text or "=" in text:
        yield BatchFileProblemCode.NAME_SEPARATOR, "has a ^ or =, which DICOM uses to separate the parts of a name"


def check_pseudonym(text: str) -> None:
    """Passes if the text can be a new PatientID and PatientName.

    Raises:
        InvalidPseudonym: it is empty or spaces alone, longer than 64 characters, or holds a backslash, a control
            character, a wildcard, a separator of name parts, or spaces around it; all of that is named.
    """
    if not text.strip():
        raise InvalidPseudonym("It is empty. Type a pseudonym.")
    problems = [sentence for _, sentence in pseudonym_problems(text)]
    if problems:
        raise InvalidPseudonym("It " + "; it ".join(problems) + ".")


def is_valid_uid(text: str) -> bool:
    """Whether the text is digits and dots as in a UID, at most 64 characters."""
    return len(text) <= _MAX_UID_LENGTH and _UID.fullmatch(text) is not None
