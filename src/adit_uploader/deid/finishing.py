"""From elements as they were to finished bytes, checked; what a series' files have in common only once."""

from itertools import chain

from adit_uploader.deid.encoding import read
from adit_uploader.deid.marks import METHOD, STEPS, added
from adit_uploader.deid.places import block_of, is_creator
from adit_uploader.deid.reading import Creators
from adit_uploader.deid.residual import Path, Remains, ResidualCheck
from adit_uploader.deid.rewrite import Rewriter
from adit_uploader.deid.source import Part, Source
from adit_uploader.deid.tree import Element, Rewritten, Syntax
from adit_uploader.deid.writing import Writer
from adit_uploader.dicom.stretches import Piece, Stretch
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.memory import MAX_SIZE, Memory
from adit_uploader.values import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an element of an outermost data set, or of a stretch of them.

    Attributes:
        finished: the new bytes, b"" where nothing is left.
        changes: (tag, action) of it and of all that lies in it.
        remains: what the check found in the finished bytes, None where it found nothing at all.
    """

    finished: bytes
    changes: frozenset[tuple[int, str]] = frozenset()
    remains: Remains | None = None


_Key = bytes | tuple[str | None, bytes]
_IDLE = Outcome(b"")


@dataclass(frozen=True, slots=True)
class Marks:
    """What results hold in place of what their files have.

    Attributes:
        outcomes: by tag, ascending.
        removed: tags that must not be left of a file in any case.
    """

    outcomes: dict[int, Outcome]
    removed: frozenset[int]

    def with_more(self, outcomes: dict[int, Outcome], removed: frozenset[int] = frozenset()) -> "Marks":
        """These, and those of one instance."""
        return Marks(dict(sorted((self.outcomes | outcomes).items())), self.removed | removed)

    def among(self, pieces: list[Piece], outcomes: list[Outcome]) -> list[Outcome]:
        """Outcomes in the order of their tags, with the marks in their places.

        Args:
            outcomes: of each of the pieces; those of stretches have the marks that belong into them.
        """
        pairs = list(zip(pieces, outcomes, strict=True))
        tags = [first for first, _, _ in pieces]
        if tags != sorted(tags):  # then there are no stretches
            pairs.sort(key=lambda pair: pair[0][0])
        merged: list[Outcome] = []
        marks = iter(self.outcomes.items())
        tag, mark = next(marks, _END)
        for (first, _, stretch), outcome in pairs:
            while tag < first:
                merged.append(mark)
                tag, mark = next(marks, _END)
            if stretch is not None:
                merged.append(outcome)
                while tag <= stretch.last:
                    tag, mark = next(marks, _END)
            elif tag == first:
                merged.append(mark)
                tag, mark = next(marks, _END)
            elif first not in self.removed:
                merged.append(outcome)
        if tag != _NO_TAG:
            merged += [mark, *(outcome for _, outcome in marks)]
        return merged


_NO_TAG = 1 << 32
_END = (_NO_TAG, _IDLE)


class Finishing:
    """Rewrites, writes and checks elements, those that it remembers only once.

    The outcome of an element depends on its own bytes, on what this object was made of and, if it is private, on the
    creator of its block; on nothing else of its file. So one of these serves all files of the same situation.

    Attributes:
        marks: of every result of this situation.
    """

    __slots__ = ("_characters", "_check", "_memory", "_rewriter", "_syntax", "_writer", "marks")

    def __init__(
        self,
        rewriter: Rewriter,
        check: ResidualCheck,
        syntax: Syntax,
        characters: CharacterSet,
        marks: list[Element],
    ) -> None:
        self._rewriter = rewriter
        self._check = check
        self._syntax = syntax
        self._characters = characters
        self._writer = Writer(syntax)
        self._memory: Memory[_Key, Outcome] = Memory()
        self.marks = Marks({}, frozenset(STEPS)).with_more(self.finished(marks))

    def finished(self, elements: list[Element]) -> dict[int, Outcome]:
        """Elements written and checked as they are, by tag.

        The method is not: a profile's own name may be that of a patient by chance, and comes from no file.
        """
        written = {element.tag: self._writer.data_set([element]) for element in elements}
        return {
            tag: Outcome(data) if tag == METHOD else self._checked(data, frozenset()) for tag, data in written.items()
        }

    def added(self, earlier: Outcome, own: Outcome) -> Outcome:
        """What a file says already of how it was de-identified, followed by what its result says of that."""
        [before], [now] = (read(one.finished, self._syntax) for one in (earlier, own))
        finished = self._writer.data_set([added(before, now)])
        return Outcome(finished, remains=earlier.remains) if now.tag == METHOD else self._checked(finished, frozenset())

    def outcomes(self, source: Source, part: Part, creators: Creators, replaced: frozenset[str]) -> list[Outcome]:
        """What becomes of each element of a part of a file.

        Args:
            creators: by group and block, if they mean anything.
            replaced: the instance's own UIDs; of what is too large to be remembered no other UID is of interest.

        Raises:
            SourceDamaged, Unsupported: an element can't be read, or no longer be written.
        """
        outcomes: list[Outcome] = []
        private: list[int] = []
        at_hand = self._memory.at_hand
        for index, (tag, raw, stretch) in enumerate(part.pieces):
            if tag >> 16 & 1:  # what became of it also depends on its creator: never found by its bytes alone
                private.append(index)
                creator = creators.get(block_of(tag)) if creators else None
                key = (creator, raw)
                outcomes.append(at_hand(key) or self._outcome(key, source, raw, creator, replaced))
                continue
            outcome = at_hand(raw)
            if outcome is None and stretch is not None:
                outcome = self._memory.recall(raw, len(raw)) or self._together(source, stretch, replaced)
            outcomes.append(outcome or self._outcome(raw, source, raw, None, replaced))
        if creators:
            self._drop_idle(part, private, outcomes)
        return outcomes

    def _together(self, source: Source, stretch: Stretch, replaced: frozenset[str]) -> Outcome:
        """What becomes of a stretch, the marks in it included."""
        at_hand = self._memory.at_hand
        every = {
            tag: at_hand(raw) or self._outcome(raw, source, raw, None, replaced)
            for tag, raw in zip(stretch.tags, stretch.raws, strict=True)
        }
        changes = frozenset[tuple[int, str]]().union(*[one.changes for one in every.values()])
        marks = self.marks.outcomes
        inside = {tag: mark for tag, mark in marks.items() if stretch.tags[0] <= tag <= stretch.last}
        left = {tag: outcome for tag, outcome in every.items() if tag not in self.marks.removed} | inside
        ordered = [left[tag] for tag in sorted(left)]
        outcome = Outcome(b"".join([one.finished for one in ordered]), changes, _all_remains(ordered))
        self._memory.keep(stretch.raw, outcome, len(stretch.raw))
        return outcome

    def _outcome(self, key: _Key, source: Source, raw: bytes, creator: str | None, replaced: frozenset[str]) -> Outcome:
        """What becomes of an element that is not at hand."""
        outcome = self._memory.recall(key, len(raw))
        if outcome is None:
            rewriter = self._rewriter
            rewriter.changes = set()
            element = rewriter.element(source.element(raw), self._characters, creator)
            finished = b"" if element is None else element.raw or self._written(element)
            changes = frozenset(rewriter.changes)  # of a long sequence they are made while it is written
            del element  # a large one is read anew by the check: not twice at a time
            source.forget(raw)
            outcome = self._checked(finished, changes, replaced if len(raw) > MAX_SIZE else None)
            self._memory.keep(key, outcome, len(raw))
        return outcome

    def _written(self, element: Element) -> bytes:
        finished = self._writer.data_set([element])
        if isinstance(element.items, Rewritten) and element.items.same:
            return element.items.original.raw or finished
        return finished

    def _checked(
        self, finished: bytes, changes: frozenset[tuple[int, str]], uids: frozenset[str] | None = None
    ) -> Outcome:
        return Outcome(finished, changes, self._check.remains(finished, self._syntax, uids))

    @staticmethod
    def _drop_idle(part: Part, private: list[int], outcomes: list[Outcome]) -> None:
        """Private creators go whose blocks hold nothing any more."""
        kept = [index for index in private if outcomes[index].finished]
        tags = {index: part.pieces[index][0] for index in kept}
        used = {block_of(tag) for tag in tags.values() if not is_creator(tag)}
        for index, tag in tags.items():
            if is_creator(tag) and block_of(tag) not in used:
                outcomes[index] = _IDLE


def _all_remains(outcomes: list[Outcome]) -> Remains | None:
    found = [one.remains for one in outcomes if one.remains is not None]
    if not found:
        return None
    uids: dict[str, Path] = {}
    for one in found:
        uids |= one.uids
    return Remains(tuple(chain.from_iterable(one.leaks for one in found)), uids)
