"""A C-STORE request as bytes for the line: command set, and data set in P-DATA-TF PDUs.

Sources: PS3.7 sections 9.3.1.1 (the command) and 6.3.1 (its encoding), PS3.8 section 9.3.5 and annex E (PDUs).
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

COMMAND_FIELD = 0x0001  # C-STORE-RQ
LOW_PRIORITY = 0x0002
DATA_SET_PRESENT = 0x0001  # anything but 0x0101
P_DATA_TF = 0x04
COMMAND, DATA, LAST = 0x01, 0x00, 0x02  # message control header, PS3.8 annex E.2
OVERHEAD = 6  # of what a PDU's length counts, in front of the fragment: item length, context, control header
PIECE = 256 * 1024  # bytes that go to the network at once


def store_command(sop_class_uid: str, sop_instance_uid: str, message_id: int) -> bytes:
    """The command set, implicit VR little endian."""
    elements = b"".join(
        (
            _element(0x0002, _uid(sop_class_uid)),
            _element(0x0100, struct.pack("<H", COMMAND_FIELD)),
            _element(0x0110, struct.pack("<H", message_id)),
            _element(0x0700, struct.pack("<H", LOW_PRIORITY)),
            _element(0x0800, struct.pack("<H", DATA_SET_PRESENT)),
            _element(0x1000, _uid(sop_instance_uid)),
        )
    )
    return _element(0x0000, struct.pack("<I", len(elements))) + elements


def store_request(command: bytes, data_set: BinaryIO, length: int, *, context_id: int, max_pdu: int) -> Iterator[bytes]:
    """The whole request in pieces of about ``PIECE`` bytes, each of whole PDUs.

    Args:
        data_set: read from its present position on.
        length: bytes of the data set.
        max_pdu: what the peer takes, bytes.

    Raises:
        EOFError: the data set is shorter than it should be.
    """
    fragment = max_pdu - OVERHEAD
    piece = bytearray()
    for start in range(0, len(command), fragment):
        part = command[start : start + fragment]
        last = start + fragment >= len(command)
        piece += _header(len(part), context_id, COMMAND | (LAST if last else 0)) + part
    left = length
    while left:
        part = data_set.read(min(fragment, left))
        if not part:
            raise EOFError
        left -= len(part)
        piece += _header(len(part), context_id, DATA | (0 if left else LAST))
        piece += part
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _header(length: int, context_id: int, control: int) -> bytes:
    return struct.pack(">BBIIBB", P_DATA_TF, 0, length + OVERHEAD, length + 2, context_id, control)


def _element(number: int, value: bytes) -> bytes:
    return struct.pack("<HHI", 0x0000, number, len(value)) + value


def _uid(uid: str) -> bytes:
    return uid.encode("ascii") + b"\0" * (len(uid) % 2)
