"""The frame of a DICOM file: preamble, file meta information, and the deflated form.

Source: PS3.10 section 7.1, PS3.5 annex A.5 (deflated).
"""

import zlib
from collections.abc import Iterable
from functools import lru_cache
from struct import pack

from adit_uploader.deid.marks import text
from adit_uploader.deid.tree import Element, Syntax
from adit_uploader.deid.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from adit_uploader.deid.writing import Writer, padded
from adit_uploader.standard.uids import EXPLICIT_BIG, IMPLICIT_LITTLE

PREAMBLE = bytes(128) + b"DICM"
_DEFLATE_LEVEL = 6
_EXPLICIT = Syntax()
_SYNTAXES = {EXPLICIT_BIG: Syntax(little=False), IMPLICIT_LITTLE: Syntax(implicit=True)}
_GROUP_LENGTH = pack("<HH2sH", 0x0002, 0x0000, b"UL", 4)


def syntax_of(transfer_syntax_uid: str) -> Syntax:
    """How a transfer syntax writes a data set. All but two are explicit VR little endian."""
    return _SYNTAXES.get(transfer_syntax_uid, _EXPLICIT)


def front(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> bytes:
    """Zeroed preamble, prefix and a fresh file meta group that holds only what a file must have."""
    before, behind = _around(sop_class_uid, transfer_syntax_uid)
    uid = padded("UI", sop_instance_uid.encode("utf-8"))
    own = pack("<HH2sH", 0x0002, 0x0003, b"UI", len(uid)) + uid
    return b"".join((PREAMBLE, _GROUP_LENGTH, pack("<L", len(before) + len(own) + len(behind)), before, own, behind))


@lru_cache(64)
def _around(sop_class_uid: str, transfer_syntax_uid: str) -> tuple[bytes, bytes]:
    """What stands before and behind the one element of the file meta group in which a series' files differ."""
    writer = Writer(Syntax())
    before = [Element(0x00020001, "OB", b"\0\1"), text(0x00020002, "UI", sop_class_uid)]
    behind = [
        text(0x00020010, "UI", transfer_syntax_uid),
        text(0x00020012, "UI", IMPLEMENTATION_CLASS_UID),
        text(0x00020013, "SH", IMPLEMENTATION_VERSION_NAME),
    ]
    return writer.data_set(before), writer.data_set(behind)


def deflated(parts: Iterable[bytes]) -> bytes:
    """The parts of a data set deflated, always in the same way, and padded to an even length."""
    deflater = zlib.compressobj(_DEFLATE_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = b"".join([*map(deflater.compress, parts), deflater.flush()])
    return packed + bytes(len(packed) % 2)
