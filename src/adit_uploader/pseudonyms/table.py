"""A table as it stands in a file, before anybody asks what its cells mean."""

from enum import Enum

from adit_uploader.values import dataclass

from .errors import BatchFileProblem


class CellKind(Enum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FORMULA = "formula"
    OTHER = "other"  # truth values and errors


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class TableRow:
    """line: of the text file or row of the sheet, from 1."""

    line: int
    cells: tuple[Cell, ...]

    @property
    def is_empty(self) -> bool:
        return not any(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """rows: without empty ones; the first is the header. problems: those of the file itself."""

    rows: tuple[TableRow, ...]
    problems: tuple[BatchFileProblem, ...] = ()
