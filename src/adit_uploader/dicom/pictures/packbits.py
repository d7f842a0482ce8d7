"""RLE: a frame's bytes in planes, each packed by itself. Source: PS3.5 annex G."""

import re
from struct import pack, unpack

from adit_uploader.dicom.errors import PictureDamaged

_MAX_SEGMENTS = 15
_HEADER = 64
_BROKEN = "The compressed picture can't be decoded."
_RUN = re.compile(rb"(.)\1{2,127}", re.DOTALL)  # two equal bytes within others cost less as they are


def unpacked(frame: bytes, segments: int, size: int) -> list[bytearray]:
    """The planes of a frame.

    Args:
        segments: how many there must be: bytes of a pixel.
        size: bytes of each.

    Raises:
        PictureDamaged: there are others, or they don't hold as many bytes.
    """
    if len(frame) < _HEADER or not 0 < segments <= _MAX_SEGMENTS:
        raise PictureDamaged(_BROKEN)
    count, *offsets = unpack("<16L", frame[:_HEADER])
    if count != segments:
        raise PictureDamaged(_BROKEN)
    starts = offsets[:count]
    if starts[0] < _HEADER or starts != sorted(set(starts)) or starts[-1] > len(frame):
        raise PictureDamaged(_BROKEN)
    ends = [*starts[1:], len(frame)]
    return [_plane(frame[begin:end], size) for begin, end in zip(starts, ends, strict=True)]


def _plane(data: bytes, size: int) -> bytearray:
    plane = bytearray()
    at = 0
    while len(plane) < size:
        if at + 2 > len(data):
            raise PictureDamaged(_BROKEN)
        control = data[at]
        if control < 128:
            piece = data[at + 1 : at + 2 + control]
            if len(piece) != control + 1:
                raise PictureDamaged(_BROKEN)
            plane += piece
            at += 2 + control
        elif control > 128:
            plane += data[at + 1 : at + 2] * (257 - control)
            at += 2
        else:
            at += 1
    if len(plane) != size:
        raise PictureDamaged(_BROKEN)
    return plane


def packed(planes: list[bytearray], line: int) -> bytes:
    """A frame of its planes, always in the same way, of even length.

    Args:
        line: bytes of a row, which is packed by itself.
    """
    segments = []
    for plane in planes:
        segment = b"".join(_packed_line(plane[start : start + line]) for start in range(0, len(plane), line))
        segments.append(segment + bytes(len(segment) % 2))
    offsets = [_HEADER]
    for segment in segments[:-1]:
        offsets.append(offsets[-1] + len(segment))
    header = pack("<16L", len(segments), *offsets, *[0] * (_MAX_SEGMENTS - len(offsets)))
    return header + b"".join(segments)


def _packed_line(line: bytearray) -> bytes:
    parts = []
    at = 0
    for run in _RUN.finditer(line):
        parts += _literals(line[at : run.start()])
        parts.append(bytes((257 - (run.end() - run.start()), line[run.start()])))
        at = run.end()
    parts += _literals(line[at:])
    return b"".join(parts)


def _literals(data: bytearray) -> list[bytes]:
    return [
        bytes((len(piece) - 1,)) + piece for start in range(0, len(data), 128) if (piece := data[start : start + 128])
    ]
