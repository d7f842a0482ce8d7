"""DICOM's own words: VRs by the dictionary, and names that stand for elements in messages."""

from functools import lru_cache

from adit_uploader.standard.elements import ELEMENTS

LONG_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
STRING_VRS = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)
# PS3.6 chapter 6, the repeating groups that are not retired: overlay planes, by element number
OVERLAY_VRS = {
    0x0010: "US",
    0x0011: "US",
    0x0015: "IS",
    0x0022: "LO",
    0x0040: "CS",
    0x0045: "LO",
    0x0050: "SS",
    0x0051: "US",
    0x0100: "US",
    0x0102: "US",
    0x1301: "IS",
    0x1302: "DS",
    0x1303: "DS",
    0x1500: "LO",
    0x3000: "OW",
    0x4000: "LT",
}
_STRICT = frozenset({"AS", "DA", "DT", "PN", "TM", "UI"})
_AMBIGUOUS = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW"}


@lru_cache(8192)
def dictionary_vr(tag: int) -> str | None:
    """VR of a public element, one of the possible ones where it depends; None where the dictionary does not know it."""
    entry = ELEMENTS.get(tag)
    if entry is None:
        return OVERLAY_VRS.get(tag & 0xFFFF) if 0x6000 <= tag >> 16 <= 0x60FF and not tag >> 16 & 1 else None
    return _AMBIGUOUS.get(entry.vr, entry.vr)


@lru_cache(4096)
def vr_fits(tag: int, vr: str) -> bool:
    """Whether a declared VR is one that the dictionary gives, or of its kind (text for text, number for number)."""
    entry = ELEMENTS.get(tag)
    if entry is None or vr in entry.vr:
        return True
    expected = _AMBIGUOUS.get(entry.vr, entry.vr)
    if "SQ" in (vr, expected):
        return False
    return (vr in STRING_VRS) == (expected in STRING_VRS)


@lru_cache(4096)
def proper_vr(tag: int, vr: str) -> str:
    """The VR to take a public element for: the dictionary's, where that is a name, a date, an age or a UID.

    A date that its file calls a text or a time is a date all the same.
    """
    entry = ELEMENTS.get(tag)
    return entry.vr if entry and entry.vr in _STRICT and vr in STRING_VRS else vr


def element_name(tag: int) -> str:
    """``(gggg,eeee) Keyword``, without the keyword where there is none."""
    text = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    entry = ELEMENTS.get(tag)
    return f"{text} {entry.keyword}" if entry and entry.keyword else text


def keyword(tag: int) -> str:
    """Keyword of a public element, '' where there is none."""
    entry = ELEMENTS.get(tag)
    return entry.keyword if entry else ""
