"""DICOM's own words: VRs by the dictionary, and names that stand for elements in messages."""

from functools import cache

from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary

LONG_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
STRING_VRS = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)
_AMBIGUOUS = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW"}


def dictionary_vr(tag: int) -> str | None:
    """VR of a public element, one of the possible ones where it depends; None where the dictionary does not know it."""
    entry = DicomDictionary.get(tag)
    if entry is None:
        return None
    return _AMBIGUOUS.get(entry[0], entry[0])


def vr_fits(tag: int, vr: str) -> bool:
    """Whether a declared VR is one that the dictionary gives, or of its kind (text for text, number for number)."""
    entry = DicomDictionary.get(tag)
    if entry is None or vr in entry[0]:
        return True
    expected = _AMBIGUOUS.get(entry[0], entry[0])
    if "SQ" in (vr, expected):
        return False
    return (vr in STRING_VRS) == (expected in STRING_VRS)


def element_name(tag: int) -> str:
    """``(gggg,eeee) Keyword``, without the keyword where there is none."""
    text = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    entry = DicomDictionary.get(tag)
    return f"{text} {entry[4]}" if entry and entry[4] else text


def keyword(tag: int) -> str:
    """Keyword of a public element, '' where there is none."""
    entry = DicomDictionary.get(tag)
    return entry[4] if entry else ""


@cache
def registered_uids() -> frozenset[str]:
    """UIDs that the standard registers: transfer syntaxes, SOP classes, coding schemes, frames of reference, ..."""
    return frozenset(str(uid) for uid in UID_dictionary)
