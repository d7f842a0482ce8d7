"""Whether a text is a valid value of a VR. Source: PS3.5 table 6.2-1."""

import re

from adit_uploader.deid.dates import shift_date, shift_date_time
from adit_uploader.deid.vocabulary import STRING_VRS

_LENGTHS = {"AE": 16, "CS": 16, "DS": 16, "IS": 12, "SH": 16, "LO": 64, "UI": 64, "ST": 1024, "LT": 10240}
_FORMS = {
    "AS": (re.compile(r"\d{3}[DWMY]"), "an age is three digits and D, W, M or Y, such as 045Y"),
    "CS": (re.compile(r"[A-Z0-9 _]+"), "a code is of capital letters, digits, spaces and underscores"),
    "DS": (re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"), "a number such as 12.5 is needed"),
    "IS": (re.compile(r"[+-]?\d+"), "a whole number is needed"),
    "TM": (re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?"), "a time is written HHMMSS"),
    "UI": (re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+"), "a UID is of numbers and dots, such as 1.2.840.1"),
}
_LONG_TEXTS = frozenset({"LT", "ST", "UT"})  # of several lines, and with backslashes
_ANY_LETTER = _LONG_TEXTS | {"LO", "PN", "SH", "UC"}


def fault_of(vr: str, value: str) -> str | None:
    """What keeps a text from being a single value of a VR, in words; None where nothing does."""
    if vr not in STRING_VRS:
        return f"an element of VR {vr} holds no text that could be given here"
    if not value.strip():
        return "the value is empty; use the action empty"
    if value != value.strip():
        return "spaces around a value have no meaning; leave them out"
    return _wrong_characters(vr, value) or _wrong_length(vr, value) or _wrong_form(vr, value)


def _wrong_characters(vr: str, value: str) -> str | None:
    allowed = "\n\r\t\f" if vr in _LONG_TEXTS else ""
    if any((ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0) and letter not in allowed for letter in value):
        return "control characters are not allowed"
    if "\\" in value and vr not in _LONG_TEXTS:
        return "a backslash parts values; only a single value can be given"
    if not value.isascii() and vr not in _ANY_LETTER:
        return f"an element of VR {vr} holds letters of the English alphabet and digits only"
    return None


def _wrong_length(vr: str, value: str) -> str | None:
    if vr == "PN":
        groups = value.split("=")
        if len(groups) > 3 or any(len(group) > 64 or group.count("^") > 4 for group in groups):
            return "a name has at most three spellings (=) of 64 characters and five parts (^) each"
        return None
    longest = _LENGTHS.get(vr)
    return f"at most {longest} characters fit, these are {len(value)}" if longest and len(value) > longest else None


def _wrong_form(vr: str, value: str) -> str | None:
    if vr == "DA":
        good = re.fullmatch(r"\d{8}", value) and shift_date(value, 0) == value
        return None if good else "a date is written YYYYMMDD, and must exist"
    if vr == "DT":
        return None if shift_date_time(value, 0) == value else "a date with time is written YYYYMMDDHHMMSS"
    form, words = _FORMS.get(vr, (None, ""))
    if form is not None and not form.fullmatch(value):
        return words
    if vr == "IS" and not -(2**31) <= int(value) < 2**31:
        return "the number is too large"
    return None
