"""What a compressed frame says of itself, read before any decoder sees it: its size decides what a decoder takes.

Source: ISO/IEC 10918-1 annex B (JPEG), 14495-1 annex C (JPEG-LS), 15444-1 annex A (JPEG 2000).
"""

from struct import error as short_data
from struct import unpack_from

from adit_uploader.dicom.errors import PictureDamaged

from .layout import Layout

_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_2000_START = b"\xff\x4f\xff\x51"
_LONGEST_FRONT = 64 * 1024  # some writers wrap the stream in a file's boxes
_CODING_STYLE, _FIRST_TILE = 0xFF52, 0xFF90
_MAX_TILES = 65_535
_DIFFERS = "The compressed picture is not of the size that the header says."
_BROKEN = "The compressed picture can't be decoded."


def check_codestream(data: bytes, layout: Layout) -> int:
    """Passes if the frame has the header's rows, columns and samples; returns the bits of its samples.

    Raises:
        PictureDamaged: it hasn't, or can't be read.
    """
    try:
        if data[:2] == b"\xff\xd8":
            precision, rows, columns, samples = _jpeg(data)
        else:
            precision, rows, columns, samples = _jpeg_2000(data)
    except short_data:
        raise PictureDamaged(_BROKEN) from None
    if (rows, columns, samples) != (layout.rows, layout.columns, layout.samples):
        raise PictureDamaged(_DIFFERS)
    if not 0 < precision <= layout.allocated:
        raise PictureDamaged("The compressed picture's values are of another size than the header says.")
    return precision


def is_irreversible(data: bytes) -> bool:
    """Whether a JPEG 2000 frame says that its values went through the transformation that loses some of them.

    One that says otherwise can still have lost something: bits that were cut off.

    Raises:
        PictureDamaged: it can't be read.
    """
    at = data.find(_JPEG_2000_START, 0, _LONGEST_FRONT) + 2
    try:
        while at > 1:
            kind, length = unpack_from(">HH", data, at)
            if kind == _CODING_STYLE:
                return bool(unpack_from(">B", data, at + 13)[0] == 0)
            at = at + 2 + length if kind != _FIRST_TILE else 0
    except short_data:
        raise PictureDamaged(_BROKEN) from None
    raise PictureDamaged(_BROKEN)


def _jpeg(data: bytes) -> tuple[int, int, int, int]:
    at = 2
    while True:
        (mark,) = unpack_from(">B", data, at)
        (kind,) = unpack_from(">B", data, at + 1)
        if mark != 0xFF:
            raise PictureDamaged(_BROKEN)
        if kind == 0xFF:  # fill
            at += 1
            continue
        if kind in _FRAME_MARKERS:
            precision, rows, columns, samples = unpack_from(">BHHB", data, at + 4)
            return precision, rows, columns, samples
        if kind in _ALONE:
            at += 2
            continue
        if kind in {0xD9, 0xDA}:
            raise PictureDamaged(_BROKEN)
        at += 2 + unpack_from(">H", data, at + 2)[0]


def _jpeg_2000(data: bytes) -> tuple[int, int, int, int]:
    start = data.find(_JPEG_2000_START, 0, _LONGEST_FRONT)
    if start < 0:
        raise PictureDamaged(_BROKEN)
    columns, rows, left, top, tile_columns, tile_rows, _, _, samples = unpack_from(">8LH", data, start + 8)
    if not tile_columns or not tile_rows or left >= columns or top >= rows:
        raise PictureDamaged(_BROKEN)
    if -(-columns // tile_columns) * -(-rows // tile_rows) > _MAX_TILES:
        raise PictureDamaged(_BROKEN)
    depths = {unpack_from(">BBB", data, start + 42 + number * 3) for number in range(min(samples, 4))}
    if len(depths) != 1 or next(iter(depths))[1:] != (1, 1):  # colours of other depth or size
        raise PictureDamaged(_BROKEN)
    return (next(iter(depths))[0] & 0x7F) + 1, rows - top, columns - left, samples
