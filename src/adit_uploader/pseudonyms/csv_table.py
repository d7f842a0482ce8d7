"""Text files as tables: encoding and separator are found out, and doubts are problems."""

import codecs
import csv
import io
import re

from .errors import BatchFileProblem, BatchFileProblemCode
from .safe_text import unguarded
from .table import Cell, Table, TableRow

_SEPARATORS = ",;\t"
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_LINE_END = re.compile("\r\n|\r|\n")


def read_csv(content: bytes) -> Table:
    """The table in a text file's bytes; never raises."""
    text = _decoded(content)
    if text is None:
        message = "This is neither a CSV file nor an Excel workbook (.xlsx)"
        return Table((), (BatchFileProblem(None, None, BatchFileProblemCode.NOT_A_TABLE, message),))
    problems = [
        BatchFileProblem(
            line,
            None,
            BatchFileProblemCode.UNDECODABLE,
            "has bytes that are no text. Save the file as CSV UTF-8 or as an Excel workbook",
        )
        for line, part in enumerate(_LINE_END.split(text), 1)
        if _ESCAPED_BYTE.search(part)
    ]
    rows, broken = _parsed(_ESCAPED_BYTE.sub("\ufffd", text))
    return Table(tuple(rows), (*problems, *broken))


def _decoded(content: bytes) -> str | None:
    """The text, with bytes that are none as lone surrogates; None if this is no text at all.

    A file without a byte order mark is UTF-8 if any of its characters is; else Windows-1252, which Excel writes.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace").replace("\ufffd", "\udcff")
    if b"\0" in content or content.startswith(b"%PDF"):
        return None
    text = content.decode("utf-8-sig", errors="surrogateescape")
    if content.startswith(codecs.BOM_UTF8) or not _ESCAPED_BYTE.search(text):
        return text
    if not _ESCAPED_BYTE.sub("", text).isascii():
        return text
    return content.decode("cp1252", errors="surrogateescape")


def _parsed(text: str) -> tuple[list[TableRow], list[BatchFileProblem]]:
    separator, skipped = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[TableRow] = []
    line = 1
    try:
        for values in reader:
            row = TableRow(line, tuple(Cell(unguarded(value)) for value in values))
            if line > skipped and not row.is_empty:
                rows.append(row)
            line = reader.line_num + 1
    except csv.Error:
        message = "can't be read: a quotation mark is opened and not closed, or stands within a value"
        return rows, [BatchFileProblem(line, None, BatchFileProblemCode.NOT_A_TABLE, message)]
    return rows, []


def _separator(text: str) -> tuple[str, int]:
    """The separator, and how many lines come before the header: Excel may write ``sep=;`` there."""
    lines = [line for line in _LINE_END.split(text[:65536]) if line.strip()]
    first = lines[0] if lines else ""
    if len(first) == 5 and first.lower().startswith("sep=") and first[4] in _SEPARATORS:
        return first[4], 1
    return max(_SEPARATORS, key=first.count), 0
