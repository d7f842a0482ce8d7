"""Palettes: from a stored value to its colour.

Source: PS3.3 sections C.7.6.3.1.5 and C.7.6.3.1.6 (descriptors and data), C.7.9.2 (segmented data).
"""

from collections.abc import Mapping
from struct import unpack
from typing import NamedTuple

from adit_uploader.dicom.errors import PictureDamaged

from .layout import PALETTES, SEGMENTED_PALETTES

_DESCRIPTORS = sorted(PALETTES)[:3]
_TABLES = sorted(PALETTES)[3:]
_SEGMENTED = sorted(SEGMENTED_PALETTES)
_MAX_NESTING = 4  # segments that repeat segments; the standard allows no second level
_WRONG = "The picture's palette can't be understood."


class Palette(NamedTuple):
    """Three tables of the same length. first: stored value that the first entries belong to; bits: of an entry."""

    first: int
    bits: int
    red: tuple[int, ...]
    green: tuple[int, ...]
    blue: tuple[int, ...]

    @property
    def darkest(self) -> int:
        """The stored value whose colour is nearest to black; the lowest, where there are several."""
        sums = [sum(entry) for entry in zip(self.red, self.green, self.blue, strict=True)]
        return self.first + sums.index(min(sums))


def palette_of(values: Mapping[int, bytes], *, little: bool, signed: bool) -> Palette:
    """The palette of a header.

    Args:
        values: of the header's elements, undecoded.
        signed: whether stored values are.

    Raises:
        PictureDamaged: there is none, or it contradicts itself.
    """
    order = "<" if little else ">"
    descriptors = [values.get(tag, b"") for tag in _DESCRIPTORS]
    if any(len(one) != 6 for one in descriptors) or len(set(descriptors)) != 1:
        raise PictureDamaged(_WRONG)
    count, first, bits = unpack(f"{order}H{'h' if signed else 'H'}H", descriptors[0])
    tables = [
        _table(values.get(plain, b""), values.get(segmented, b""), order, count or 0x10000)
        for plain, segmented in zip(_TABLES, _SEGMENTED, strict=True)
    ]
    return Palette(first, bits, *tables)


def _table(plain: bytes, segmented: bytes, order: str, count: int) -> tuple[int, ...]:
    if segmented and not plain:
        words = _words(segmented, order)
        table = _expanded(words, 0, len(words), count, 0)
    elif len(plain) in {count, count + 1} and count > 1:  # entries of one byte, packed
        table = list(plain[:count]) if order == "<" else list(_swapped(plain)[:count])
    else:
        table = list(_words(plain, order))
    if len(table) != count:
        raise PictureDamaged(_WRONG)
    return tuple(table)


def _words(data: bytes, order: str) -> tuple[int, ...]:
    if len(data) % 2:
        raise PictureDamaged(_WRONG)
    return unpack(f"{order}{len(data) // 2}H", data)


def _swapped(data: bytes) -> bytes:
    swapped = bytearray(data)
    swapped[0::2], swapped[1::2] = data[1::2], data[0::2]
    return bytes(swapped)


def _expanded(words: tuple[int, ...], at: int, segments: int, limit: int, depth: int) -> list[int]:
    """The entries that some segments stand for. segments: at most so many."""
    table: list[int] = []
    end = len(words)
    while at < end and segments > 0 and len(table) <= limit:
        segments -= 1
        if at + 3 > end:
            raise PictureDamaged(_WRONG)
        kind, length, value = words[at : at + 3]
        match kind:
            case 0 if at + 2 + length <= end:
                table += words[at + 2 : at + 2 + length]
                at += 2 + length
            case 1 if table:
                start = table[-1]
                table += [start + round((value - start) * step / length) for step in range(1, length + 1)]
                at += 3
            case 2 if at + 4 <= end and depth < _MAX_NESTING:
                begin = (value | words[at + 3] << 16) // 2
                table += _expanded(words, begin, length, limit, depth + 1)
                at += 4
            case _:
                raise PictureDamaged(_WRONG)
    return table
