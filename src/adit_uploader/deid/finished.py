"""A finished instance: new bytes around an unchanged span of the source, or around pictures with parts blanked."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

from adit_uploader.deid.errors import SourceChanged
from adit_uploader.deid.vocabulary import keyword
from adit_uploader.values import dataclass

_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an element (top level or nested), for reports; never its value.

    Attributes:
        tag: as a number.
        keyword: '' for a private or unknown one.
        action: remove, empty, dummy, new-uid, shift, clean, recode, impossible-date, ...
    """

    tag: int
    keyword: str
    action: str


class PixelStream(Protocol):
    """A pixel data element that is not the source's own bytes. Can be read more than once, and gives the same bytes.

    Attributes:
        length: bytes of the whole element.
    """

    @property
    def length(self) -> int: ...

    def blocks(self, file: BinaryIO) -> Iterator[bytes]:
        """The element in blocks of any size; file: the source. Raises SourceChanged: it can no longer be read."""
        ...

    def close(self) -> None:
        """Let go of what it holds. Can be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class DeidentifiedInstance:
    """A finished instance: new header bytes, a span of the source that is copied unchanged, a trailer.

    Whoever has one closes it.

    Attributes:
        patient_id: the pseudonym (in mode none the original).
        head: what lies before the pixel data, in any number of pieces, which are those of the source where nothing
            changed.
        body: (offset, length) in the source file of the bytes copied unchanged; the stream of pixel data in which
            rectangles were blanked; or None.
        length: bytes of the finished file.
        told: (tag, action) of what did not stay as it was, in any number of sets.
    """

    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    transfer_syntax_uid: str
    patient_id: str
    head: tuple[bytes, ...]
    body: tuple[int, int] | PixelStream | None
    trailer: bytes
    length: int
    told: tuple[frozenset[tuple[int, str]], ...] = ()

    @property
    def header(self) -> bytes:
        """What lies before the pixel data, in one piece: copied, however large it is."""
        return b"".join(self.head)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What did not stay as it was, by tag."""
        return tuple(Change(tag, keyword(tag), str(action)) for tag, action in sorted(frozenset().union(*self.told)))

    def pieces(self) -> Iterator[bytes]:
        """What lies before the pixel data, in pieces of any size."""
        return _gathered(self.head)

    def chunks(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        """Yield the finished file's bytes in order, each at most ``size`` bytes, none empty.

        Args:
            file: the source it was made from, seekable.

        Raises:
            SourceChanged: the source shrank or can no longer be read.
        """
        rest = b""
        for piece in self.pieces():
            start = 0
            if rest:
                start = min(size - len(rest), len(piece))
                rest += piece[:start]
                if len(rest) < size:
                    continue
                yield rest
            whole = len(piece) - (len(piece) - start) % size
            yield from (piece[at : at + size] for at in range(start, whole, size))
            rest = piece[whole:]
        if isinstance(self.body, tuple):
            offset, left = self.body
            file.seek(offset)
            while left:
                part = _read(file, min(left, size - len(rest)))
                left -= len(part)
                yield rest + part if rest else part
                rest = b""
        elif self.body is not None:
            for block in self.body.blocks(file):
                rest += block
                whole = len(rest) - len(rest) % size
                yield from (rest[start : start + size] for start in range(0, whole, size))
                rest = rest[whole:]
        rest += self.trailer
        for start in range(0, len(rest), size):
            yield rest[start : start + size]

    def close(self) -> None:
        """Let go of what it holds beside its source. Can be called twice."""
        if self.body is not None and not isinstance(self.body, tuple):
            self.body.close()


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces: many small ones make a larger one, a large one stays as it is."""
    small: list[bytes] = []
    length = 0
    for piece in pieces:
        if len(piece) >= _PIECE:
            yield b"".join(small)
            yield piece
            small, length = [], 0
            continue
        small.append(piece)
        length += len(piece)
        if length >= _PIECE:
            yield b"".join(small)
            small, length = [], 0
    yield b"".join(small)


def _read(file: BinaryIO, wanted: int) -> bytes:
    try:
        part = file.read(wanted)
    except OSError:
        raise SourceChanged("The file can no longer be read. It may have been moved, or its drive removed.") from None
    if not part:
        raise SourceChanged("The file became shorter while it was being sent.")
    return part
