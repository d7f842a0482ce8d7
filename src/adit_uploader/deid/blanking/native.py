"""Blanking native pixel data as it passes: nothing is decoded, no more than a block is held.

Source: PS3.5 sections 8.1.1 (cells, single bits), 8.2 (byte order), PS3.3 C.7.6.3.1.2 and C.7.6.3.1.3 (sharing of
colours, planes).
"""

from collections.abc import Iterator
from typing import BinaryIO

from adit_uploader.deid.errors import SourceChanged
from adit_uploader.dicom.pictures.layout import Layout
from adit_uploader.values import dataclass, field

from .areas import Blanking

BLOCK = 256 * 1024  # bytes; even, so that no 16-bit word is cut

Fill = tuple[int, bytes]  # position within a line, and what is written there


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is overwritten in one frame after the other.

    Attributes:
        line: length of a line of pixels; bytes, or bits where `bits`.
        lines: of a frame; every plane of its own has all rows.
        fills: by line within a frame, for those with something to blank.
    """

    line: int
    lines: int
    bits: bool
    fills: dict[int, tuple[Fill, ...]]

    def apply(self, block: bytearray, start: int) -> None:
        """Overwrite in place. start: position of the block's first byte in the pixel data, bytes."""
        if self.bits:
            self._apply_bits(block, start * 8)
            return
        end = start + len(block)
        for number in range(start // self.line, (end - 1) // self.line + 1):
            for offset, data in self.fills.get(number % self.lines, ()):
                begin = number * self.line + offset - start
                cut = max(0, -begin)
                stop = min(begin + len(data), len(block))
                if begin + cut < stop:
                    block[begin + cut : stop] = data[cut : stop - begin]

    def _apply_bits(self, block: bytearray, start: int) -> None:
        end = start + len(block) * 8
        for number in range(start // self.line, (end - 1) // self.line + 1):
            for offset, data in self.fills.get(number % self.lines, ()):
                first = max(number * self.line + offset - start, 0)
                stop = min(number * self.line + offset + len(data) - start, len(block) * 8)
                if first < stop:
                    _set_bits(block, first, stop, data[0])


def _set_bits(block: bytearray, first: int, stop: int, value: int) -> None:
    """Bits are counted from the least significant one of each byte."""
    whole_from, whole_to = (first + 7) // 8, stop // 8
    if whole_from < whole_to:
        block[whole_from:whole_to] = (b"\xff" if value else b"\0") * (whole_to - whole_from)
    edges = {*range(first, min(whole_from * 8, stop)), *range(max(whole_to * 8, first), stop)}
    for bit in edges:
        if value:
            block[bit // 8] |= 1 << bit % 8
        else:
            block[bit // 8] &= ~(1 << bit % 8)


def pattern_of(layout: Layout, blanking: Blanking, black: tuple[bytes, ...]) -> Pattern:
    """What to overwrite in native data.

    Args:
        black: a cell for each sample, as `black_cells` gives them.

    Where two pixels share their colour, a rectangle grows to whole pairs.
    """
    fills: dict[int, tuple[Fill, ...]] = {}
    planes = layout.samples if layout.planar and not layout.subsampled else 1
    if layout.subsampled:
        unit, cells, step = (layout.cell * 2, (black[0] * 2 + black[1] + black[2], b""), 2)
        line = layout.columns * unit
    else:
        joined = (b"".join(black), b"") if planes == 1 else (b"", b"")
        unit, cells, step = (layout.cell * (layout.samples // planes) or 1, joined, 1)
        line = layout.columns * unit
    for rows, spans in blanking.bands():
        for plane in range(planes):
            cell = cells[0] if planes == 1 else black[plane]
            made = tuple(_fill(begin, end, unit, cell, step) for begin, end in spans)
            for row in rows:
                fills[plane * layout.rows + row] = made
    return Pattern(line, layout.rows * planes, layout.allocated == 1, fills)


def _fill(begin: int, end: int, unit: int, cell: bytes, step: int) -> Fill:
    begin -= begin % step
    end += -end % step
    return begin * unit, cell * ((end - begin) // step)


@dataclass(frozen=True, slots=True)
class NativeStream:
    """A native pixel data element with its rectangles blanked.

    Attributes:
        offset, value_offset: of the element and of its value in the source, bytes.
        length: of the whole element, bytes.
        swapped: whether bytes lie in 16-bit words of the other byte order.
    """

    offset: int
    value_offset: int
    length: int
    pattern: Pattern = field(repr=False)
    swapped: bool

    def blocks(self, file: BinaryIO) -> Iterator[bytes]:
        """The element, block by block.

        Args:
            file: the source that it was found in (of a deflated file: its inflated data set).

        Raises:
            SourceChanged: it shrank or can no longer be read.
        """
        file.seek(self.offset)
        yield _read(file, self.value_offset - self.offset)
        left = self.offset + self.length - self.value_offset
        position = 0
        while left:
            block = bytearray(_read(file, min(left, BLOCK)))
            if self.swapped:
                block[0::2], block[1::2] = block[1::2], block[0::2]
            self.pattern.apply(block, position)
            if self.swapped:
                block[0::2], block[1::2] = block[1::2], block[0::2]
            position += len(block)
            left -= len(block)
            yield bytes(block)

    def close(self) -> None:
        """Nothing is held."""


def _read(file: BinaryIO, wanted: int) -> bytes:
    """All of it: a block that ends within a word could not be swapped."""
    parts = []
    while wanted:
        try:
            part = file.read(wanted)
        except OSError:
            raise SourceChanged(
                "The file can no longer be read. It may have been moved, or its drive removed."
            ) from None
        if not part:
            raise SourceChanged("The file became shorter while it was being sent.")
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)
