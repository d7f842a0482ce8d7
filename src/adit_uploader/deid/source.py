"""A source opened: its parts proven, its elements as bytes; the room's one boundary to foreign errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from adit_uploader.deid.encoding import MAX_HEADER, Reader, read
from adit_uploader.deid.errors import SourceChanged, SourceDamaged
from adit_uploader.deid.part10 import syntax_of
from adit_uploader.deid.tree import Element
from adit_uploader.dicom.errors import DicomError
from adit_uploader.dicom.stretches import Familiar, Piece, elements_in, singly
from adit_uploader.dicom.structure import Structure, read_structure
from adit_uploader.memory import MAX_SIZE

_BLOCK = 1024 * 1024


class Part:
    """The elements of the outermost data set before its pixel data, or those behind.

    Attributes:
        pieces: elements and stretches of them, in the file's order.
    """

    __slots__ = ("pieces",)

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces

    @property
    def raws(self) -> list[bytes]:
        """The elements, one by one."""
        return elements_in(self.pieces)

    def singly(self) -> "Part":
        """The same without stretches."""
        return Part(singly(self.pieces))

    def raw(self, wanted: int) -> bytes:
        """The element of a tag, b"" where there is none."""
        for tag, raw, stretch in self.pieces:
            if stretch is not None and stretch.last >= wanted and wanted in stretch.tags:
                return stretch.raws[stretch.tags.index(wanted)]
            if tag == wanted and stretch is None:
                return raw
        return b""


class Source:
    """A file's header, proven to be consistent.

    Attributes:
        stream: what positions in it count in; of a deflated file its inflated data set.
    """

    __slots__ = ("_budget", "_parsed", "before", "behind", "stream", "structure", "syntax")

    def __init__(self, file: BinaryIO, structure: Structure) -> None:
        self.stream = structure.inflated or file
        self.structure = structure
        self.syntax = syntax_of(structure.transfer_syntax_uid)
        self.before = Part(structure.before)
        self.behind = Part(structure.behind)
        self._budget = MAX_HEADER
        self._parsed: dict[bytes, Element] = {}

    def element(self, raw: bytes) -> Element:
        """An element of this file, read.

        Raises:
            SourceDamaged: it is not written as the transfer syntax says, or the large ones have too many bytes in all.
        """
        found = self._parsed.get(raw)
        if found is None:
            if len(raw) <= MAX_SIZE:  # these may be remembered of another file, and so must not count
                (found,) = read(raw, self.syntax)
            else:
                reader = Reader(raw, self.syntax, self._budget)
                (found,) = reader.data_set(0, len(raw))
                self._budget = reader.budget
            self._parsed[raw] = found
        return found

    def forget(self, raw: bytes) -> None:
        """Let go of an element that was read."""
        self._parsed.pop(raw, None)

    def pixels(self) -> Iterator[bytes]:
        """The pixel data element of a deflated file, in blocks."""
        pixel = self.structure.pixel
        if pixel is not None:
            for start in range(pixel.offset, pixel.end, _BLOCK):
                self.stream.seek(start)
                yield self.stream.read(min(_BLOCK, pixel.end - start))


@contextmanager
def opened(file: BinaryIO, size: int, familiar: Familiar | None = None) -> Iterator[Source]:
    """A file's header, read. familiar: as by ``read_structure``.

    Raises:
        SourceDamaged, SourceChanged
    """
    inflated: BinaryIO | None = None
    try:
        structure = read_structure(file, size, keep=True, familiar=familiar)
        inflated = structure.inflated
        yield Source(file, structure)
    except DicomError as error:
        raise SourceDamaged(error.message) from None
    except OSError:
        raise SourceChanged("The file can no longer be read. It may have been moved, or its drive removed.") from None
    finally:
        if inflated is not None:
            inflated.close()
