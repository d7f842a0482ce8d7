"""Dates moved by a whole number of days; times of day and intervals stay as they are.

- A whole date moves, whatever its year (all are counted as Gregorian, as DICOM does), also in the form of ACR-NEMA
  (2020.07.05), and as a range, both of whose ends move; an open end stays open.
- A date without its day can't be moved by days without inventing one: there is no answer for it.
- Nor is there for an impossible one (20200230), a text, or one that would move before the year 1.

Source: PS3.5 table 6.2-1 (DA, DT, TM), PS3.4 C.2.2.2.5 (ranges), PS3.15 E.3.6 (Retain Longitudinal Temporal
Information Options).
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

MAX_SHIFT = 3650

_DA = r"(\d{4})(\d{2})(\d{2})"
_OLD_DA = r"(\d{4})\.(\d{2})\.(\d{2})"  # ACR-NEMA 2.0, still met
_HOUR, _SIXTY, _SECOND = r"(?:[01]\d|2[0-3])", r"[0-5]\d", r"(?:[0-5]\d|60)(?:\.\d{1,9})?"  # some count nanoseconds
_OFFSET = r"[+-](?:0\d|1[0-4])[0-5]\d"
_DT = rf"(\d{{4}})(\d{{2}})(\d{{2}})((?:{_HOUR}(?:{_SIXTY}(?:{_SECOND})?)?)?(?:{_OFFSET})?)"
_PARTIAL = rf"\d{{4}}(?:0[1-9]|1[0-2])?(?:{_OFFSET})?"
_TIME = rf"{_HOUR}(?:{_SIXTY}(?:{_SECOND}|{_SIXTY}\.)?|:{_SIXTY}(?::{_SECOND})?)?"  # colons: ACR-NEMA
_TM = rf"{_TIME}(?:-(?:{_TIME})?)?|-{_TIME}"
_TIMEZONE = _OFFSET
_RANGE = r"(\d[\d.]{7,}(?:[+-]\d{4})?)?-(\d[\d.]{7,}(?:[+-]\d{4})?)?"


def date_shift(site_key: bytes, patient_id: str) -> int:
    """Days by which all dates of a patient move: -1 to -3650, always into the past, never 0.

    Args:
        site_key: 32 bytes.
        patient_id: the original PatientID; spaces around it do not count.
    """
    digest = hmac.digest(site_key, b"date shift\0" + patient_id.strip().encode("utf-8"), hashlib.sha256)
    return -1 - int.from_bytes(digest[:8], "big") % MAX_SHIFT


def shift_date(text: str, days: int) -> str | None:
    """Move one DA value or a range of two; None where it is not a whole, possible date (or leaves the calendar)."""
    match = _matcher(_DA)(text) or _matcher(_OLD_DA)(text)
    return _moved(match, days) if match else _range(text, days, shift_date)


def shift_date_time(text: str, days: int) -> str | None:
    """Move one DT value or a range; time, fraction and offset from UTC stay. None where there is no whole date."""
    match = _matcher(_DT)(text)
    if match is None:
        return _range(text, days, shift_date_time)
    moved = _moved(match, days)
    return None if moved is None else moved + match[4]


def is_possible(text: str, vr: str) -> bool:
    """Whether a value of DA, DT or TM is one: whole or in part, single or a range, and no text in its place."""
    if vr == "TM":
        return _matcher(_TM)(text) is not None
    shift = shift_date if vr == "DA" else shift_date_time
    return _matcher(_PARTIAL)(text) is not None or shift(text, 0) is not None


def is_timezone(text: str) -> bool:
    """Whether a text is an offset from UTC as (0008,0201) has it."""
    return _matcher(_TIMEZONE)(text) is not None


@cache
def _matcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """What matches whole texts. Compiled when it is first asked for, which few files make all of them be."""
    return re.compile(pattern, re.ASCII).fullmatch


def _range(text: str, days: int, shift: Callable[[str, int], str | None]) -> str | None:
    """Both ends moved; None where it is no range, or an end of it is no date."""
    match = _matcher(_RANGE)(text)
    if match is None or not (match[1] or match[2]):
        return None
    ends = [shift(end, days) if end else "" for end in match.groups()]
    return None if None in ends else "-".join(end or "" for end in ends)


def _moved(match: re.Match[str], days: int) -> str | None:
    try:
        moved = date(int(match[1]), int(match[2]), int(match[3])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}"
