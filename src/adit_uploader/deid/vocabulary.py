"""DICOM's own words: VRs by the dictionary, and names that stand for elements in messages."""

from functools import lru_cache

from adit_uploader.standard.elements import ELEMENTS

LONG_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
STRING_VRS = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)
_STRICT = frozenset({"AS", "DA", "DT", "PN", "TM", "UI"})
_AMBIGUOUS = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW"}


def dictionary_vr(tag: int) -> str | None:
    """VR of a public element, one of the possible ones where it depends; None where the dictionary does not know it."""
    entry = ELEMENTS.get(tag)
    if entry is None:
        return None
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
