"""Rows for spreadsheets: CSV and xlsx in which text stays text, whatever it begins with."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SheetCell

Cell = str | int
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what spreadsheets calculate when they open a CSV file
_BOM = "\ufeff"  # without it Excel takes UTF-8 for something else


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The file, line by line. A text that begins like a formula gets an apostrophe before it."""
    line = StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    line.write(_BOM)
    for row in rows:
        writer.writerow([_inert(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def xlsx_bytes(title: str, rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet, its first row fixed. Texts are text cells: nothing is calculated, no zero is eaten."""
    # every process of the receiver imports its pages, and hardly one makes a workbook
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"

    def cell_of(value: Cell) -> "SheetCell":
        if isinstance(value, int):
            return WriteOnlyCell(sheet, value)
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", value))
        cell.data_type = "s"
        cell.number_format = "@"
        return cell

    for row in rows:
        sheet.append([cell_of(value) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _inert(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
