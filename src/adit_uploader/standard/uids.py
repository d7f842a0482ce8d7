"""The UIDs of PS3.6 annex A. The data is generated (resources/standard); this module only reads it."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"


class UidEntry(NamedTuple):
    """A UID of the standard. kind: ``Transfer Syntax``, ``SOP Class``, ``Coding Scheme``, ..."""

    name: str
    kind: str


def _read() -> Mapping[str, UidEntry]:
    rows = json.loads(Path(__file__).with_name("uids.json").read_bytes())
    return MappingProxyType({uid: UidEntry(*entry) for uid, entry in rows.items()})


UIDS = _read()
"""UID -> what the standard says of it."""


def is_transfer_syntax(uid: str) -> bool:
    """Whether a UID is a transfer syntax of the standard."""
    entry = UIDS.get(uid)
    return entry is not None and entry.kind == "Transfer Syntax"


def is_video(uid: str) -> bool:
    """Whether a transfer syntax is a video's: its frames lean on one another. Source: PS3.5 section 10 (MPEG, HEVC)."""
    name = UIDS[uid].name if is_transfer_syntax(uid) else ""
    return "MPEG" in name or "HEVC" in name or "Video" in name
