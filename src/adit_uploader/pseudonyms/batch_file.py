"""Reads the user's batch file: CSV or Excel, every mistake in it named at once."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from .batch import COLUMNS, PATIENT_ID, BatchFile, BatchRow
from .batch_checks import batch_row, contradictions_between_rows, header_problems, named_cells, row_problems
from .batch_matching import near_misses
from .csv_table import read_csv
from .errors import BatchFileProblem, BatchFileProblemCode, BatchFileRefused
from .table import Table

__all__ = [
    "BatchFile",
    "BatchFileProblem",
    "BatchFileProblemCode",
    "BatchFileRefused",
    "BatchRow",
    "read_batch_file",
    "stamp_of",
]

_MAX_FILE_SIZE = 64 * 1024 * 1024  # bytes
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # Excel before 2007, and workbooks with a password


def read_batch_file(path: Path, patient_ids: Iterable[str] = ()) -> BatchFile:
    """The rows of a batch file, all in order.

    Args:
        path: a CSV file (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252) or an Excel workbook (.xlsx).
            What it is, its content says, not its name.
        patient_ids: of what was chosen, if that is known: IDs from which a spreadsheet has removed leading zeros
            are then problems too. Without it ``assign`` finds them.

    Raises:
        BatchFileRefused: with all problems.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_SIZE + 1)
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}"
        raise BatchFileRefused((BatchFileProblem(None, None, BatchFileProblemCode.UNREADABLE, message),)) from None
    return parse_batch_file(content, patient_ids)


def stamp_of(path: Path) -> tuple[int, int, int] | None:
    """Another one for each state in which the file was saved; None while it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def parse_batch_file(content: bytes, patient_ids: Iterable[str] = ()) -> BatchFile:
    """As ``read_batch_file``, of a file's bytes."""
    table = _table(content)
    problems = [*table.problems, *_table_problems(table, tuple(patient_ids))]
    if problems:
        problems.sort(key=lambda problem: (problem.line or 0, problem.column or ""))
        raise BatchFileRefused(tuple(dict.fromkeys(problems)))
    return BatchFile(tuple(batch_row(table.rows[0], row) for row in table.rows[1:]))


def _table(content: bytes) -> Table:
    if len(content) > _MAX_FILE_SIZE:
        message = f"The file is over {_MAX_FILE_SIZE // 1024**2} MiB, which is too large for a batch file"
        return Table((), (BatchFileProblem(None, None, BatchFileProblemCode.NOT_A_TABLE, message),))
    if content.startswith(_OLE):
        message = "This is an old Excel workbook (.xls), or one with a password. Save it as .xlsx without a password"
        return Table((), (BatchFileProblem(None, None, BatchFileProblemCode.NOT_A_TABLE, message),))
    if content.startswith(_ZIP):
        from .xlsx_table import read_xlsx  # noqa: PLC0415 - most lists are CSV, and this takes long to import

        return read_xlsx(content, frozenset(COLUMNS))
    return read_csv(content)


def _table_problems(table: Table, patient_ids: tuple[str, ...]) -> Iterator[BatchFileProblem]:
    if not table.rows:
        if not table.problems:
            yield BatchFileProblem(None, None, BatchFileProblemCode.NO_ROWS, "The file is empty")
        return
    header, *rows = table.rows
    if not any(cell.text.strip() in COLUMNS for cell in header.cells):
        message = "This is no table with the columns PatientID and Pseudonym in its first line"
        yield BatchFileProblem(header.line, None, BatchFileProblemCode.NOT_A_TABLE, message)
        return
    yield from header_problems(header)
    if not rows:
        yield BatchFileProblem(None, None, BatchFileProblemCode.NO_ROWS, "The file lists no patient")
    for row in rows:
        yield from row_problems(header, row)
    yield from contradictions_between_rows(BatchFile(tuple(batch_row(header, row) for row in rows)))
    if patient_ids:
        yield from near_misses(((row.line, named_cells(header, row)[PATIENT_ID].text) for row in rows), patient_ids)
