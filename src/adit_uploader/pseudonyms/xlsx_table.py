"""Excel workbooks as tables. Cells keep what they are, so that a number is never taken for a text."""

import io
import warnings
import zipfile
import zlib
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from .errors import BatchFileProblem, BatchFileProblemCode
from .safe_text import unescaped
from .table import Cell, CellKind, Table, TableRow

_MAX_UNPACKED_SIZE = 512 * 1024 * 1024  # bytes: a workbook that unpacks to more is not a list of patients
_KINDS = {
    "s": CellKind.TEXT,
    "inlineStr": CellKind.TEXT,
    "str": CellKind.TEXT,
    "n": CellKind.NUMBER,
    "d": CellKind.DATE,
    "f": CellKind.FORMULA,
}
# what openpyxl raises on files that are not what they seem; it has no error of its own for them
_BROKEN = (
    OSError,
    EOFError,
    ValueError,  # defusedxml's refusals are ValueErrors too
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,  # an encrypted member, a compression method that is not known
    AssertionError,
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    InvalidFileException,
)


def read_xlsx(content: bytes, header: frozenset[str]) -> Table:
    """The table in a workbook's bytes; never raises.

    Args:
        header: names of columns by which the sheet is found, if there are several.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_UNPACKED_SIZE:
                return _refused(BatchFileProblemCode.NOT_A_TABLE, "The workbook is too large for a batch file")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and charts that it does not keep
            workbook = load_workbook(io.BytesIO(content), read_only=True, rich_text=False)
            sheets = {sheet.title: _rows(sheet) for sheet in workbook.worksheets}
    except _BROKEN:
        return _refused(BatchFileProblemCode.NOT_A_TABLE, "This is a damaged Excel workbook, or none at all")
    filled = {title: rows for title, rows in sheets.items() if rows}
    fitting = [
        title for title, rows in filled.items() if any(cell.text.strip() in header for cell in rows[0].cells)
    ] or list(filled)[:1]
    if not fitting:
        return Table(())
    if len(fitting) == 1:
        return Table(filled[fitting[0]])
    message = f"The workbook has {len(fitting)} sheets with patients: {', '.join(fitting)}. Keep one of them"
    return _refused(BatchFileProblemCode.SEVERAL_SHEETS, message)


def _refused(code: BatchFileProblemCode, message: str) -> Table:
    return Table((), (BatchFileProblem(None, None, code, message),))


def _rows(sheet: Any) -> tuple[TableRow, ...]:  # the stubs take a read-only sheet for a common one
    sheet.reset_dimensions()  # other programs write wrong ones, which would cut the table
    rows = (
        TableRow(line, _without_empty_end(tuple(_cell(cell) for cell in cells)))
        for line, cells in enumerate(sheet.iter_rows(), 1)
    )
    return tuple(row for row in rows if row.cells)


def _without_empty_end(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    end = len(cells)
    while end and not cells[end - 1].text:
        end -= 1
    return cells[:end]


def _cell(cell: Any) -> Cell:  # openpyxl's cells of read-only sheets have no common type
    if cell.value is None:
        return Cell("")
    kind = _KINDS.get(cell.data_type, CellKind.OTHER)
    text = str(cell.value)
    if kind is CellKind.NUMBER and isinstance(cell.value, float) and cell.value.is_integer():
        text = f"{cell.value:.0f}"
    return Cell(unescaped(text) if kind is CellKind.TEXT else text, kind)
