"""Values that stand for removed ones: valid in their VR, the same for everyone."""

from adit_uploader.deid.writing import padded

DUMMY_TEXT = "ANONYMIZED"
DUMMY_URI = "urn:anonymized"

_DUMMIES = {
    **dict.fromkeys(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"), DUMMY_TEXT.encode()),
    "AS": b"000Y",
    "DA": b"19000101",
    "DT": b"19000101000000",
    "TM": b"000000",
    "DS": b"0",
    "IS": b"0",
    "UR": DUMMY_URI.encode(),
    **dict.fromkeys(("OB", "OW", "UN", "SS", "US"), bytes(2)),
    **dict.fromkeys(("AT", "FL", "OF", "OL", "SL", "UL"), bytes(4)),
    **dict.fromkeys(("FD", "OD", "OV", "SV", "UV"), bytes(8)),
}


def dummy(vr: str) -> bytes:
    """The value for action D, padded. Source: PS3.5 table 6.2-1. UI and SQ have none: they are replaced otherwise."""
    return padded(vr, _DUMMIES[vr])
