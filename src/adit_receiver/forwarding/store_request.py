"""A C-STORE request as bytes for the line: command set, and data set in P-DATA-TF PDUs.

Sources: PS3.7 sections 9.3.1.1 (the command) and 6.3.1 (its encoding), PS3.8 section 9.3.5 and annex E (PDUs).
"""

import io
import struct
from collections.abc import Iterator

COMMAND_FIELD = 0x0001  # C-STORE-RQ
LOW_PRIORITY = 0x0002
DATA_SET_PRESENT = 0x0001  # anything but 0x0101
P_DATA_TF = 0x04
COMMAND, DATA, LAST = 0x01, 0x00, 0x02  # message control header, PS3.8 annex E.2
OVERHEAD = 6  # of what a PDU's length counts, in front of the fragment: item length, context, control header
PIECE = 256 * 1024  # bytes that go to the network at once


_HEADER = struct.Struct(">BBIIBB")
_PREAMBLE = 128
_LONG = frozenset({b"OB", b"OW", b"UN", b"UT", b"SQ", b"OF", b"OD", b"OL", b"OV", b"UC", b"UR", b"SV", b"UV"})
_BEGINNING = 4096  # bytes in which file meta information mostly ends


def data_set_offset(file: io.FileIO) -> int:
    """Where the data set begins: behind the last element of group 0002 (PS3.10 section 7.1); the file is left there.

    The group's own length is not relied on: files exist in which it is wrong.

    Raises:
        OSError: the file can't be read.
        ValueError: this is no DICOM file.
    """
    beginning = file.read(_BEGINNING)
    if beginning[_PREAMBLE : _PREAMBLE + 4] != b"DICM":
        raise ValueError("no DICOM file")
    place = _PREAMBLE + 4
    while True:
        while place + 12 > len(beginning):
            more = file.read(_BEGINNING)
            if not more:
                break
            beginning += more
        if beginning[place : place + 2] != b"\x02\x00":
            file.seek(place)
            return place
        if place + 12 > len(beginning):
            raise ValueError("cut in its file meta information")
        if beginning[place + 4 : place + 6] in _LONG:
            place += 12 + int.from_bytes(beginning[place + 8 : place + 12], "little")
        else:
            place += 8 + int.from_bytes(beginning[place + 6 : place + 8], "little")


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


def store_request(
    command: bytes, data_set: io.RawIOBase, length: int, *, context_id: int, max_pdu: int
) -> Iterator[memoryview]:
    """The whole request in pieces of about ``PIECE`` bytes, each of whole PDUs; a piece is good until the next is made.

    Args:
        data_set: read from its present position on.
        length: bytes of the data set.
        max_pdu: what the peer takes, bytes.

    Raises:
        OSError: the data set can't be read.
        EOFError: the data set is shorter than it should be.
    """
    fragment = max_pdu - OVERHEAD
    piece = memoryview(bytearray(PIECE + max_pdu + _HEADER.size))
    place = 0
    for start in range(0, len(command), fragment):
        part = command[start : start + fragment]
        last = start + fragment >= len(command)
        _HEADER.pack_into(piece, place, *_header(len(part), context_id, COMMAND | (LAST if last else 0)))
        place += _HEADER.size + len(part)
        piece[place - len(part) : place] = part
    left = length
    while left:
        size = min(fragment, left)
        left -= size
        _HEADER.pack_into(piece, place, *_header(size, context_id, DATA | (0 if left else LAST)))
        place += _HEADER.size
        _fill(piece[place : place + size], data_set)
        place += size
        if place >= PIECE:
            yield piece[:place]
            place = 0
    if place:
        yield piece[:place]


def _fill(target: memoryview, source: io.RawIOBase) -> None:
    """Raises EOFError: the source ends before."""
    while target:
        size = source.readinto(target)
        if not size:
            raise EOFError
        target = target[size:]


def _header(length: int, context_id: int, control: int) -> tuple[int, int, int, int, int, int]:
    return P_DATA_TF, 0, length + OVERHEAD, length + 2, context_id, control


def _element(number: int, value: bytes) -> bytes:
    return struct.pack("<HHI", 0x0000, number, len(value)) + value


def _uid(uid: str) -> bytes:
    return uid.encode("ascii") + b"\0" * (len(uid) % 2)
