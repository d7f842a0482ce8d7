"""Where the program speaks: results on stdout, everything else on stderr."""

# rich is imported where something is really set in colours or columns: most runs write a few lines into a file or pipe
# ruff: noqa: PLC0415

import os
import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_FORCED = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")  # by which rich is told that a pipe is a terminal
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

    @cached_property
    def out(self) -> "Console":
        """Stdout, for whoever sets tables."""
        return _console(stderr=False)

    @cached_property
    def err(self) -> "Console":
        """Stderr, for whoever shows a bar."""
        return _console(stderr=True)

    @property
    def is_interactive(self) -> bool:
        """Whether stderr is a terminal, so that something that changes can be shown there."""
        return _may_be_terminal(sys.stderr) and self.err.is_terminal

    def say(self, text: str) -> None:
        """A line of the result, on stdout."""
        self._print(text, stderr=False)

    def raw(self, text: str) -> None:
        """Text for programs, such as JSON, on stdout, unchanged."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """A line beside the result, on stderr."""
        self._print(text, stderr=True)

    def warn(self, text: str) -> None:
        self._print(text, "yellow", stderr=True)

    def problem(self, title: str, message: str, details: Iterable[str] = ()) -> None:
        """A problem: what; why and what to do; and its parts, one a line."""
        self._print(f"{title}: {message}", "bold red", styled=len(title) + 1, stderr=True)
        for detail in details:
            self.note(f"  {detail}")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()) -> None:
        """A table on stdout; ``numbers`` names the columns that are set right."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold", justify="right" if column in numbers else "left")
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        self.out.print(table)

    def expect_table(self) -> None:
        """Imports what sets tables, in a moment when the program waits for something else."""

        _ = self.out

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and self.is_interactive

    def ask(self, question: str) -> str | None:
        """What the user types, or None if there is no terminal or nobody answers."""
        if not self.can_ask:
            return None
        self._print(question, "bold", stderr=True, end=" ")
        answer = sys.stdin.readline()
        return answer.strip() if answer else None

    def _print(self, line: str, style: str = "", *, stderr: bool, styled: int | None = None, end: str = "\n") -> None:
        """A line, on a terminal in a style: its first ``styled`` characters, or all."""
        text = printable(line)
        stream = sys.stderr if stderr else sys.stdout
        if not _may_be_terminal(stream):
            stream.write(text + end)
            stream.flush()
            return
        from rich.text import Text

        shown = Text(text)
        if style:
            shown.stylize(style, 0, styled)
        (self.err if stderr else self.out).print(shown, soft_wrap=True, end=end)


def _may_be_terminal(stream: TextIO) -> bool:
    return stream.isatty() or any(os.environ.get(name) for name in _FORCED)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    return console
