"""Where each frame's bytes lie in pixel data, native or encapsulated; one frame is read at a time.

Source: PS3.5 sections 8.1.1 (native), A.4 (fragments, basic offset table), PS3.3 C.7.6.3.1.8 (extended one).
"""

from collections.abc import Iterator, Mapping
from struct import unpack
from typing import BinaryIO

from adit_uploader.dicom.errors import NoPicture, PictureDamaged
from adit_uploader.dicom.structure import Structure, elements_of
from adit_uploader.values import dataclass

from .layout import MAX_FRAME, Layout

EXTENDED_OFFSETS = 0x7FE00001
_MAX_VALUE = 64 * 1024 * 1024
_ITEM = 0xFFFEE000
_WRONG_COUNT = "The compressed picture does not hold as many frames as the header says."

Span = tuple[int, int]  # offset and length, bytes


def values_of(stream: BinaryIO, structure: Structure, tags: frozenset[int]) -> dict[int, bytes]:
    """Values of some elements of the outermost data set, undecoded; those of undefined length are left out.

    Args:
        stream: the file, or of a deflated file its inflated data set.

    Raises:
        PictureDamaged, DamagedFile: the file became shorter.
        OSError: reading failed.
    """
    return {
        one.tag: read_span(stream, (one.value_offset, one.length))
        for one in elements_of(stream, structure)
        if one.tag in tags and one.length is not None and one.length <= _MAX_VALUE
    }


def read_span(stream: BinaryIO, span: Span) -> bytes:
    """Raises PictureDamaged: the file became shorter."""
    offset, length = span
    stream.seek(offset)
    data = stream.read(length)
    if len(data) != length:
        raise PictureDamaged("The file became shorter while it was read.")
    return data


@dataclass(frozen=True, slots=True)
class Encapsulated:
    """The frames of encapsulated pixel data, each as the spans of its fragments."""

    frames: tuple[tuple[Span, ...], ...]

    def read(self, stream: BinaryIO, frame: int) -> bytes:
        """One frame's compressed bytes; frames beyond the last are damage.

        Raises:
            PictureDamaged: there is no such frame, or the file became shorter.
        """
        if frame >= len(self.frames):
            raise PictureDamaged(_WRONG_COUNT)
        spans = self.frames[frame]
        if sum(length for _, length in spans) > MAX_FRAME:
            raise PictureDamaged("One frame of the picture is larger than this program decodes.")
        return b"".join(read_span(stream, span) for span in spans)


def encapsulated(stream: BinaryIO, structure: Structure, layout: Layout) -> Encapsulated:
    """Find the frames of encapsulated pixel data.

    Raises:
        PictureDamaged: their number is not that of the header, or the tables contradict the fragments.
        NoPicture: there is none.
        OSError: reading failed.
    """
    pixel = structure.pixel
    if pixel is None or pixel.length is not None:
        raise NoPicture("There is no compressed picture.")
    items = list(_items(stream, pixel.value_offset))
    if not items:
        raise PictureDamaged(_WRONG_COUNT)
    table, fragments = items[0], items[1:]
    extended = values_of(stream, structure, frozenset({EXTENDED_OFFSETS})).get(EXTENDED_OFFSETS, b"")
    if layout.frames == 1:
        return Encapsulated((tuple(fragments),))
    if len(fragments) == layout.frames:
        return Encapsulated(tuple((one,) for one in fragments))
    return Encapsulated(_grouped(fragments, _starts(stream, table, extended, layout.frames)))


def _items(stream: BinaryIO, offset: int) -> Iterator[Span]:
    """The offset table and the fragments; the scan has proven that they lie within the file."""
    while True:
        group, number, length = unpack("<HHL", read_span(stream, (offset, 8)))
        if group << 16 | number != _ITEM:
            return
        yield offset + 8, length
        offset += 8 + length


def _starts(stream: BinaryIO, table: Span, extended: bytes, frames: int) -> tuple[int, ...]:
    """Positions of the frames' first items, counted from the first fragment's item."""
    if len(extended) == frames * 8:
        return unpack(f"<{frames}Q", extended)
    if table[1] == frames * 4:
        return unpack(f"<{frames}L", read_span(stream, table))
    raise PictureDamaged(_WRONG_COUNT)


def _grouped(fragments: list[Span], starts: tuple[int, ...]) -> tuple[tuple[Span, ...], ...]:
    """Fragments by the frame in which they lie."""
    if not fragments or starts[0] != 0 or list(starts) != sorted(set(starts)):
        raise PictureDamaged(_WRONG_COUNT)
    first = fragments[0][0]
    places: Mapping[int, int] = {offset - first: number for number, (offset, _) in enumerate(fragments)}
    try:
        begins = [places[start] for start in starts]
    except KeyError:
        raise PictureDamaged(_WRONG_COUNT) from None
    ends = [*begins[1:], len(fragments)]
    return tuple(tuple(fragments[begin:end]) for begin, end in zip(begins, ends, strict=True))
