"""Stretches of elements that files have in common: once walked through, they are found again in one step.

Most elements of a file are those of the file before it, and lie between the same neighbours. Whether elements are
consistent depends on nothing but their bytes, the encoding and what lies before them; so where the same bytes lie once
more, and the tags still ascend, nothing in them has to be looked at again.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from adit_uploader.memory import MAX_SIZE, Memory
from adit_uploader.standard.elements import sequences
from adit_uploader.values import dataclass

from .vrs import LONG_VRS

Proofs = Memory[bytes, int]
"""Sequences of defined length that were found to be consistent, and the number of elements and items in each."""

HEAD = 8  # bytes: tag, and length or VR and length, by which a stretch is looked for

_MAX_BYTES = 512 * 1024
_MAX_OF_A_HEAD = 4  # stretches that begin alike
_MAX_PIECES = 2000  # of a file; what has more has little in common with others

Piece = tuple[int, bytes, "Stretch | None"]
"""One element (its tag, itself, None), or a stretch of them (its first tag, all of it, itself)."""


class Stretch:
    """Elements that follow each other, two or more.

    Attributes:
        tags, raws: of each.
        raw: all of them.
        last: the last tag.
        values: of those that are wanted, by tag.
        steps: number of elements and items.
    """

    __slots__ = ("last", "raw", "raws", "steps", "tags", "values")

    def __init__(self, tags: tuple[int, ...], raws: tuple[bytes, ...], values: dict[int, bytes], steps: int) -> None:
        self.tags = tags
        self.raws = raws
        self.raw = b"".join(raws)
        self.last = tags[-1]
        self.values = values
        self.steps = steps


def elements_in(pieces: Sequence[Piece]) -> list[bytes]:
    """The elements of which these consist, one by one."""
    return list(chain.from_iterable((raw,) if stretch is None else stretch.raws for _, raw, stretch in pieces))


def singly(pieces: Sequence[Piece]) -> list[Piece]:
    """The same without stretches."""
    tags = chain.from_iterable((tag,) if stretch is None else stretch.tags for tag, _, stretch in pieces)
    return [(tag, raw, None) for tag, raw in zip(tags, elements_in(pieces), strict=True)]


@dataclass(slots=True, eq=False)
class _Run:
    """Neighbours that were met before."""

    pieces: list[Piece]
    size: int = 0
    steps: int = 0


class Stretches:
    """Those that were met in files of one encoding, by whoever wants the same values of each. Bounded.

    Attributes:
        heads: stretches by their first bytes, the one met last first.
    """

    __slots__ = ("_bytes", "_implicit", "_private", "_proofs", "_seen", "_settled", "_wanted", "heads")

    def __init__(self, wanted: frozenset[int], proofs: Proofs, *, implicit: bool, private: bool) -> None:
        """
        Args:
            wanted: tags whose values are.
            proofs: of the same files.
            private: whether private elements may be in them; not for whoever decides what becomes of elements, which
                for those is decided by more than their bytes.
        """
        self._private = private
        self._wanted = wanted
        self._proofs = proofs
        self._implicit = implicit
        self._seen: Memory[bytes, bool] = Memory()
        self._bytes = 0
        self._settled = 0  # pieces of a file of which nothing was learned; nor is it of others with no more
        self.heads: dict[bytes, tuple[Stretch, ...]] = {}

    def learn(self, pieces: list[Piece]) -> None:
        """Join what was met before and lies together again.

        Args:
            pieces: of a file that is consistent, in its order; where something else lies between two of them, or one
                is too large, an element without bytes.
        """
        if not self._settled < len(pieces) <= _MAX_PIECES:
            return
        new = [run for run in self._runs(pieces) if len(run.pieces) > 1]
        if not new and any(stretch is not None for _, _, stretch in pieces):
            self._settled = len(pieces)
        for run in new:
            self._keep(self._joined(run))

    def _runs(self, pieces: list[Piece]) -> Iterator[_Run]:
        run = _Run([])
        for piece in pieces:
            tag, raw, stretch = piece
            steps = self._steps(tag, raw) if stretch is None else stretch.steps
            if steps and run.size + len(raw) <= MAX_SIZE:
                run.pieces.append(piece)
                run.size += len(raw)
                run.steps += steps
                continue
            yield run
            run = _Run([piece], len(raw), steps) if steps else _Run([])
        yield run

    def _steps(self, tag: int, raw: bytes) -> int:
        """Of an element that may be in a stretch; 0 where it may not, as one that is met for the first time."""
        if not raw or (tag >> 16 & 1 and not self._private):
            return 0
        if self._seen.at_hand(raw) is None and self._seen.recall(raw, len(raw)) is None:
            self._seen.keep(raw, True, len(raw))
            return 0
        if self._implicit:
            return 0 if tag in sequences() else 1
        if raw[4:6] not in {b"SQ", b"UN"}:
            return 1
        steps = self._proofs.at_hand(raw)
        return 0 if steps is None else steps + 1

    def _joined(self, run: _Run) -> Stretch:
        tags = tuple(chain.from_iterable((tag,) if one is None else one.tags for tag, _, one in run.pieces))
        raws = tuple(elements_in(run.pieces))
        values = {tag: self._value(raw) for tag, raw in zip(tags, raws, strict=True) if tag in self._wanted}
        return Stretch(tags, raws, values, run.steps)

    def _value(self, raw: bytes) -> bytes:
        return raw[12:] if not self._implicit and raw[4:6] in LONG_VRS else raw[8:]

    def _keep(self, stretch: Stretch) -> None:
        self._bytes += len(stretch.raw)
        if self._bytes > _MAX_BYTES:
            self.heads.clear()
            self._settled = 0
            self._bytes = len(stretch.raw)
        head = stretch.raw[:HEAD]
        others = self.heads.get(head, ())
        self._bytes -= sum(len(one.raw) for one in others[_MAX_OF_A_HEAD - 1 :])
        self.heads[head] = (stretch, *others[: _MAX_OF_A_HEAD - 1])


class Shared(NamedTuple):
    """What instances have in common whose values are the same bytes.

    Attributes:
        said: fields of ``Instance``, by their names.
        picture_size: bytes that each one's pixel data has at least.
    """

    said: dict[str, Any]
    picture_size: int


class Familiar:
    """What one reader of many files remembers of them.

    Attributes:
        said: what their values say, by these.
    """

    __slots__ = ("_stretches", "proofs", "said")

    def __init__(self) -> None:
        self.proofs: Proofs = Memory()
        self.said: Memory[tuple[object, ...], Shared] = Memory()
        self._stretches: dict[tuple[bool, bool, frozenset[int]], Stretches] = {}

    def stretches(self, wanted: frozenset[int], *, implicit: bool, private: bool) -> Stretches:
        """Those of little endian files for whoever wants these values. private: as by ``Stretches``."""
        key = (implicit, private, wanted)
        found = self._stretches.get(key)
        if found is None:
            found = self._stretches[key] = Stretches(wanted, self.proofs, implicit=implicit, private=private)
        return found
