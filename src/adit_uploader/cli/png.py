"""Pictures as PNG files. Source: the PNG specification (W3C), third edition, sections 5 and 11."""

import zlib
from struct import pack

from adit_uploader.dicom.pictures.render import Picture

_GREY, _COLOUR = 0, 2


def png_bytes(picture: Picture) -> bytes:
    """The picture as a PNG file, 8 bits a sample."""
    line = picture.width * (1 if picture.grey else 3)
    rows = b"".join(b"\0" + picture.data[start : start + line] for start in range(0, len(picture.data), line))
    kind = _GREY if picture.grey else _COLOUR
    head = pack(">LLBBBBB", picture.width, picture.height, 8, kind, 0, 0, 0)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return pack(">L", len(data)) + name + data + pack(">L", zlib.crc32(name + data))
