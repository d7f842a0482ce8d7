"""Everything that can be wrong with the rows of a batch file."""

from collections.abc import Iterator
from difflib import get_close_matches

from .batch import COLUMNS, PATIENT_ID, PSEUDONYM, REQUIRED, SENT, SERIES, STUDY, BatchFile, BatchRow
from .errors import BatchFileProblem, BatchFileProblemCode
from .internal import normalise
from .syntax import is_valid_uid, pseudonym_problems, value_problems
from .table import Cell, CellKind, TableRow

_Code = BatchFileProblemCode
_KIND_PROBLEMS = {
    CellKind.NUMBER: (
        _Code.NUMBER,
        "is a number, and not text: leading zeros may be lost. Format the column as text and enter the value again",
    ),
    CellKind.DATE: (_Code.DATE, "is a date, and not text. Format the column as text and enter the value again"),
    CellKind.FORMULA: (_Code.FORMULA, "is a formula. Replace it by the text that it results in"),
    CellKind.OTHER: (_Code.NOT_TEXT, "is a truth value or an error, and not text"),
}


def header_problems(header: TableRow) -> Iterator[BatchFileProblem]:
    """Unknown, missing and repeated columns."""
    names = [cell.text for cell in header.cells]
    for index, name in enumerate(names):
        if not name:
            continue
        if name not in COLUMNS:
            near = get_close_matches(name.strip().lower(), [known.lower() for known in COLUMNS], 1, 0.8)
            hint = next((f" Is {known} meant?" for known in COLUMNS if near and known.lower() == near[0]), "")
            message = f"is a column that is not known; {', '.join(COLUMNS[:4])} are.{hint}"
            yield BatchFileProblem(header.line, name, _Code.UNKNOWN_COLUMN, message)
        elif name in names[:index]:
            yield BatchFileProblem(header.line, name, _Code.DUPLICATE_COLUMN, "is there twice")
    for name in REQUIRED:
        if name not in names:
            message = "is missing. The first line must name the columns"
            yield BatchFileProblem(header.line, name, _Code.MISSING_COLUMN, message)


def row_problems(header: TableRow, row: TableRow) -> Iterator[BatchFileProblem]:
    """What is wrong within one row."""
    names = [cell.text for cell in header.cells]
    unnamed = (cell for index, cell in enumerate(row.cells) if index >= len(names) or not names[index])
    if any(cell.text for cell in unnamed):
        message = "has more cells than there are columns. Perhaps a value holds a separator"
        yield BatchFileProblem(row.line, None, _Code.TOO_MANY_CELLS, message)
    values = named_cells(header, row)
    for name in REQUIRED:
        if name in names and not values[name].text.strip():
            yield BatchFileProblem(row.line, name, _Code.EMPTY_CELL, "is empty")
    for name, cell in values.items():
        if name != SENT and cell.text.strip():
            for code, message in _cell_problems(name, cell):
                yield BatchFileProblem(row.line, name, code, message)
    if values[SERIES].text and not values[STUDY].text:
        message = "is given without its StudyInstanceUID"
        yield BatchFileProblem(row.line, SERIES, _Code.SERIES_WITHOUT_STUDY, message)
    patient_id, pseudonym = (normalise(values[name].text).casefold() for name in REQUIRED)
    if patient_id and patient_id == pseudonym:
        message = "is the PatientID itself, which would not be hidden"
        yield BatchFileProblem(row.line, PSEUDONYM, _Code.PSEUDONYM_IS_PATIENT_ID, message)


def named_cells(header: TableRow, row: TableRow) -> dict[str, Cell]:
    """The row's cells by known columns; of a repeated column the first."""
    values = dict.fromkeys(COLUMNS, Cell(""))
    for head, cell in reversed(list(zip(header.cells, row.cells, strict=False))):
        if head.text in values:
            values[head.text] = cell
    return values


def batch_row(header: TableRow, row: TableRow) -> BatchRow:
    values = named_cells(header, row)
    return BatchRow(
        row.line,
        values[PATIENT_ID].text,
        values[PSEUDONYM].text,
        values[STUDY].text or None,
        values[SERIES].text or None,
    )


def contradictions_between_rows(batch: BatchFile) -> Iterator[BatchFileProblem]:
    """One patient with two pseudonyms, two patients with one, whole and part of the same. Empty values are skipped."""
    pseudonym_of: dict[str, BatchRow] = {}
    patient_of: dict[str, BatchRow] = {}
    for row in batch.rows:
        patient_id, pseudonym = normalise(row.patient_id), normalise(row.pseudonym)
        if not patient_id or not pseudonym:
            continue
        first = pseudonym_of.setdefault(patient_id, row)
        if normalise(first.pseudonym) != pseudonym:
            message = f"differs from line {first.line}, which has the same PatientID: one patient, two pseudonyms"
            yield BatchFileProblem(row.line, PSEUDONYM, _Code.TWO_PSEUDONYMS, message)
        # a destination that does not tell capitals apart would mix the two
        first = patient_of.setdefault(pseudonym.casefold(), row)
        if normalise(first.patient_id) != patient_id:
            message = f"is the same as in line {first.line}, which has another PatientID: two patients, one pseudonym"
            yield BatchFileProblem(row.line, PSEUDONYM, _Code.TWO_PATIENTS, message)
    yield from _wholes_and_parts(batch)


def _wholes_and_parts(batch: BatchFile) -> Iterator[BatchFileProblem]:
    whole: dict[tuple[str, str | None], int] = {}
    for row in batch.rows:
        if row.series_instance_uid is None:
            whole.setdefault((normalise(row.patient_id), row.study_instance_uid), row.line)
    for row in batch.rows:
        patient_id = normalise(row.patient_id)
        containers: list[tuple[str | None, str]] = []
        if row.study_instance_uid is not None:
            containers.append((None, "patient"))
            if row.series_instance_uid is not None:
                containers.append((row.study_instance_uid, "study"))
        for study, what in containers:
            line = whole.get((patient_id, study))
            if patient_id and line is not None:
                column = STUDY if study is None else SERIES
                message = f"selects a part of the {what} that line {line} selects as a whole. Keep one of them"
                yield BatchFileProblem(row.line, column, _Code.WHOLE_AND_PART, message)


def _cell_problems(name: str, cell: Cell) -> Iterator[tuple[BatchFileProblemCode, str]]:
    if cell.kind in _KIND_PROBLEMS:
        yield _KIND_PROBLEMS[cell.kind]
    elif name == PATIENT_ID:
        yield from value_problems(cell.text)
    elif name == PSEUDONYM:
        yield from pseudonym_problems(cell.text)
    elif cell.text != cell.text.strip():
        yield _Code.SPACES, "has spaces before or after it"
    elif not is_valid_uid(cell.text):
        yield _Code.INVALID_UID, "is no UID: digits and single dots, at most 64 characters"
