"""The list of who became whom, which the user keeps: as CSV or as an Excel workbook, readable as a batch file."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from adit_uploader.filled import Filled, system_says
from adit_uploader.values import dataclass

from .batch import COLUMNS, PATIENT_ID, PSEUDONYM, SENT, SERIES, STUDY
from .errors import KeyListError
from .mode import Mode
from .private_file import write_private
from .safe_text import escaped, guarded, unguarded

_NOT_READ = "{path}: {why}. Check whether it is still there, and its rights."
_DAMAGED = "{path} is damaged. Take the copy that you saved elsewhere."

_TEXT_FORMAT = "@"
_FIELD_ORDER = (PATIENT_ID, PSEUDONYM, SENT, STUDY, SERIES)  # of KeyListRow


@dataclass(frozen=True, slots=True)
class KeyListRow:
    """sent: what was sent of it, for people; empty as long as that is not known. UIDs: as in a batch file."""

    patient_id: str
    pseudonym: str
    sent: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""


@dataclass(frozen=True, slots=True)
class KeyList:
    mode: Mode
    rows: tuple[KeyListRow, ...]


def write_key_list(key_list: KeyList, path: Path) -> None:
    """Writes ``.csv`` or ``.xlsx``, by the path's ending; whole or not at all, readable by its owner only.

    A file that is there already is replaced.

    Raises:
        KeyListError: another ending, or the file can't be written.
    """
    table = _table(key_list)
    match path.suffix.lower():
        case ".csv":
            content = _as_csv(table)
        case ".xlsx":
            content = _as_workbook(table)
        case _:
            raise KeyListError("The key list can't be saved", "Its name must end in .csv or .xlsx.")
    try:
        write_private(path, content)
    except OSError as error:
        why = Filled(
            "{path}: {why}. Is it open elsewhere? Choose another name or folder, or check the free space.",
            path=str(path),
            why=system_says(error),
        )
        raise KeyListError("The key list can't be saved", why) from None


def read_key_list(path: Path, mode: Mode) -> KeyList:
    """A list that ``write_key_list`` wrote as CSV, whatever stands in it; a user's own is for ``read_batch_file``.

    Raises:
        KeyListError: it is not there, can't be read, or is damaged.
    """
    title = "The key list can't be read"
    try:
        header, *rows = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True)
    except OSError as error:
        raise KeyListError(title, Filled(_NOT_READ, path=str(path), why=system_says(error))) from None
    except (ValueError, csv.Error):
        raise KeyListError(title, Filled(_DAMAGED, path=str(path))) from None
    if tuple(header[:2]) != COLUMNS[:2] or any(len(row) != len(header) for row in rows):
        raise KeyListError(title, Filled(_DAMAGED, path=str(path)))
    values = ({name: unguarded(cell) for name, cell in zip(header, row, strict=True)} for row in rows)
    return KeyList(mode, tuple(KeyListRow(*(one.get(name, "") for name in _FIELD_ORDER)) for one in values))


def _table(key_list: KeyList) -> list[tuple[str, ...]]:
    """Header and rows, without columns that nothing stands in."""
    rows = [
        tuple(
            # NUL, and what is no Unicode character, have no internal pseudonym, but must not hinder the others' list
            value.encode("utf-8", errors="replace").decode().replace("\0", "\ufffd")
            for value in (row.patient_id, row.pseudonym, row.study_instance_uid, row.series_instance_uid, row.sent)
        )
        for row in key_list.rows
    ]
    used = [index for index in range(len(COLUMNS)) if index < 2 or any(row[index] for row in rows)]
    return [tuple(row[index] for index in used) for row in (COLUMNS, *rows)]


def _as_csv(table: Sequence[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([guarded(value) for value in row] for row in table)
    return text.getvalue().encode("utf-8-sig")


def _as_workbook(table: Sequence[tuple[str, ...]]) -> bytes:
    # imported here: most lists are CSV, and it takes longer than all the rest of the program's start
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Key list")
    for index in range(len(table[0])):
        sheet.column_dimensions["ABCDE"[index]].width = 40
    for row in table:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, escaped(value))
            cell.data_type = "s"  # otherwise a text that begins with = becomes a formula
            cell.number_format = _TEXT_FORMAT
            cells.append(cell)
        sheet.append(cells)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()
