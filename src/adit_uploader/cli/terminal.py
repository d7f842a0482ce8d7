"""Where the program speaks: results on stdout, everything else on stderr."""

import sys
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH_OF_FILES = 200  # characters: a table that goes into a file is not folded at 80


def printable(text: str) -> str:
    """The text without what could command a terminal, or could not be written to one: those become U+FFFD."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def count_of(number: int, singular: str, plural: str = "") -> str:
    """``1 study``, ``2 studies``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def size_text(size: int) -> str:
    """Bytes for people, in decimal units."""
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


class Terminal:
    """Prints plain text: nothing in it is taken for markup, and no control character passes."""

    def __init__(self) -> None:
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    def say(self, text: str) -> None:
        """A line of the result, on stdout."""
        self.out.print(Text(printable(text)), soft_wrap=True)

    def raw(self, text: str) -> None:
        """Text for programs, such as JSON, on stdout, unchanged."""
        self.out.file.write(text)
        self.out.file.flush()

    def note(self, text: str) -> None:
        """A line beside the result, on stderr."""
        self.err.print(Text(printable(text)), soft_wrap=True)

    def warn(self, text: str) -> None:
        self.err.print(Text(printable(text), style="yellow"), soft_wrap=True)

    def problem(self, title: str, message: str, details: Iterable[str] = ()) -> None:
        """A problem: what; why and what to do; and its parts, one a line."""
        self.err.print(Text.assemble((printable(title) + ": ", "bold red"), printable(message)), soft_wrap=True)
        for detail in details:
            self.note(f"  {detail}")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()) -> None:
        """A table on stdout; ``numbers`` names the columns that are set right."""
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold", justify="right" if column in numbers else "left")
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        self.out.print(table)

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and self.err.is_terminal

    def ask(self, question: str) -> str | None:
        """What the user types, or None if there is no terminal or nobody answers."""
        if not self.can_ask:
            return None
        self.err.print(Text(printable(question), style="bold"), end=" ")
        answer = sys.stdin.readline()
        return answer.strip() if answer else None


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    return console
