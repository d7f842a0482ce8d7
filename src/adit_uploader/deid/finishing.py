"""From elements as they were to finished bytes, checked; what a series' files have in common only once."""

from adit_uploader.deid.encoding import read
from adit_uploader.deid.marks import METHOD, added
from adit_uploader.deid.places import block_of, is_creator
from adit_uploader.deid.reading import Creators
from adit_uploader.deid.residual import Remains, ResidualCheck
from adit_uploader.deid.rewrite import Rewriter
from adit_uploader.deid.source import Part, Source
from adit_uploader.deid.tree import Element, Rewritten, Syntax
from adit_uploader.deid.writing import Writer
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.memory import MAX_SIZE, Memory
from adit_uploader.values import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an element of an outermost data set.

    Attributes:
        finished: its new bytes, b"" where nothing is left of it.
        changes: (tag, action) of it and of all that lies in it.
        remains: what the check found in the finished bytes, None where it found nothing at all.
    """

    finished: bytes
    changes: frozenset[tuple[int, str]] = frozenset()
    remains: Remains | None = None


_Key = bytes | tuple[str | None, bytes]
_IDLE = Outcome(b"")


class Finishing:
    """Rewrites, writes and checks elements, those that it remembers only once.

    The outcome of an element depends on its own bytes, on what this object was made of and, if it is private, on the
    creator of its block; on nothing else of its file. So one of these serves all files of the same situation.

    Attributes:
        marks: what every result of this situation holds in place of what the file has, by tag.
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
        self.marks = self.finished(marks)

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
        for index, outcome in enumerate(map(self._memory.at_hand, part.raws)):
            if outcome is not None:
                outcomes.append(outcome)
                continue
            tag, raw = part.tags[index], part.raws[index]
            if tag >> 16 & 1:  # what became of it also depends on its creator: never found by its bytes alone
                private.append(index)
                creator = creators.get(block_of(tag))
                outcomes.append(self._outcome((creator, raw), source, raw, creator, replaced))
            else:
                outcomes.append(self._outcome(raw, source, raw, None, replaced))
        if creators:
            self._drop_idle(part, private, outcomes)
        return outcomes

    def _outcome(self, key: _Key, source: Source, raw: bytes, creator: str | None, replaced: frozenset[str]) -> Outcome:
        outcome = self._memory.at_hand(key) or self._memory.recall(key, len(raw))
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
        used = {block_of(part.tags[index]) for index in kept if not is_creator(part.tags[index])}
        for index in kept:
            if is_creator(part.tags[index]) and block_of(part.tags[index]) not in used:
                outcomes[index] = _IDLE
