"""A batch file held against the PatientIDs of what was chosen: IDs that a spreadsheet has changed."""

import re
from collections.abc import Iterable

from .batch import PATIENT_ID, BatchFile
from .errors import BatchFileProblem, BatchFileProblemCode
from .internal import normalise

_SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]{1,30})?E\+[0-9]{1,4}")


def check_against_folder(batch: BatchFile, patient_ids: Iterable[str]) -> tuple[BatchFileProblem, ...]:
    """Rows whose PatientID is not here, and is what a spreadsheet makes of one that is.

    The near miss is named: without it the user can't know which ID was meant.
    """
    return near_misses([(row.line, row.patient_id) for row in batch.rows], patient_ids)


def near_misses(cells: Iterable[tuple[int, str]], patient_ids: Iterable[str]) -> tuple[BatchFileProblem, ...]:
    """As ``check_against_folder``, over pairs of line and PatientID."""
    here = {normalise(patient_id) for patient_id in patient_ids} - {""}
    by_stripped: dict[str, list[str]] = {}
    for patient_id in sorted(here):
        by_stripped.setdefault(_without_zeros(patient_id), []).append(patient_id)
    problems: list[BatchFileProblem] = []
    for line, text in cells:
        patient_id = normalise(text)
        if not patient_id or patient_id in here:
            continue
        if _SCIENTIFIC.fullmatch(patient_id.upper()):
            problems.append(_scientific(line, patient_id.upper(), here))
            continue
        near = by_stripped.get(_without_zeros(patient_id.removeprefix("'")), [])
        if near:
            problems.append(
                BatchFileProblem(
                    line,
                    PATIENT_ID,
                    BatchFileProblemCode.LEADING_ZEROS,
                    f"is not among the files, but {' and '.join(near)} is: a spreadsheet has probably removed leading "
                    "zeros. Format the column as text and enter the ID again",
                    tuple(near),
                )
            )
    return tuple(problems)


def _without_zeros(patient_id: str) -> str:
    return patient_id.lstrip("0") if patient_id.isascii() and patient_id.isdigit() else patient_id


def _scientific(line: int, patient_id: str, here: set[str]) -> BatchFileProblem:
    mantissa, _, exponent = patient_id.partition("E+")
    from decimal import Decimal  # noqa: PLC0415 - most runs have no list, let alone one that a spreadsheet has changed

    value = Decimal(mantissa.replace(",", "."))
    digits = len(mantissa.replace(",", ".").partition(".")[2])
    near = sorted(
        other
        for other in here
        if other.isascii()
        and other.isdigit()
        and len(other.lstrip("0")) == int(exponent) + 1
        and abs(Decimal(other.lstrip("0")).scaleb(-int(exponent)) - value) <= Decimal(1).scaleb(-digits) / 2
    )
    hint = f", perhaps of {' or '.join(near)}" if near else ""
    return BatchFileProblem(
        line,
        PATIENT_ID,
        BatchFileProblemCode.SCIENTIFIC,
        f"is a number that a spreadsheet has shortened{hint}. Format the column as text and enter the ID again",
        tuple(near),
    )
