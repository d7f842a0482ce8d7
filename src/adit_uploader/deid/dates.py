"""Dates moved by a whole number of days; times of day and intervals stay as they are.

Source: PS3.5 table 6.2-1 (DA, DT), PS3.15 E.3.6 (Retain Longitudinal Temporal Information Options).
"""

import hashlib
import hmac
import re
from datetime import date, timedelta

MAX_SHIFT = 3650

_DA = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_OLD_DA = re.compile(r"(\d{4})\.(\d{2})\.(\d{2})", re.ASCII)  # ACR-NEMA 2.0, still met
_DT = re.compile(
    r"(\d{4})(\d{2})(\d{2})((?:(?:[01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?)?(?:[+-](?:0\d|1[0-4])[0-5]\d)?)",
    re.ASCII,
)
_TIMEZONE = re.compile(r"[+-](?:0\d|1[0-4])[0-5]\d", re.ASCII)


def date_shift(site_key: bytes, patient_id: str) -> int:
    """Days by which all dates of a patient move: -1 to -3650, always into the past, never 0.

    Args:
        site_key: 32 bytes.
        patient_id: the original PatientID; spaces around it do not count.
    """
    digest = hmac.digest(site_key, b"date shift\0" + patient_id.strip().encode("utf-8"), hashlib.sha256)
    return -1 - int.from_bytes(digest[:8], "big") % MAX_SHIFT


def shift_date(text: str, days: int) -> str | None:
    """Move one DA value; None where it is not a whole, possible date (or moves out of the calendar)."""
    match = _DA.fullmatch(text) or _OLD_DA.fullmatch(text)
    return None if match is None else _moved(match, days)


def shift_date_time(text: str, days: int) -> str | None:
    """Move one DT value; its time, fraction and offset from UTC stay. None where it has no whole, possible date."""
    match = _DT.fullmatch(text)
    if match is None:
        return None
    moved = _moved(match, days)
    return None if moved is None else moved + match[4]


def is_timezone(text: str) -> bool:
    """Whether a text is an offset from UTC as (0008,0201) has it."""
    return _TIMEZONE.fullmatch(text) is not None


def _moved(match: re.Match[str], days: int) -> str | None:
    try:
        moved = date(int(match[1]), int(match[2]), int(match[3])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}"
