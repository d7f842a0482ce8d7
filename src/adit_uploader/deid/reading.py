"""What a file says before anything is replaced: who it is about, and how its instance is named."""

import re
from itertools import chain
from typing import TypeVar

from adit_uploader.deid.collect import NOTHING, Fact, said_by
from adit_uploader.deid.errors import InvalidIdentity
from adit_uploader.deid.marks import PATIENT_ID
from adit_uploader.deid.places import creator_of
from adit_uploader.deid.source import Source
from adit_uploader.deid.vocabulary import element_name
from adit_uploader.dicom.stretches import Piece, Stretch
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.filled import Filled
from adit_uploader.memory import Memory
from adit_uploader.values import dataclass

SOP_CLASS, SOP_INSTANCE = 0x00080016, 0x00080018
STUDY, SERIES = 0x0020000D, 0x0020000E
_NEEDED = (SOP_CLASS, SOP_INSTANCE, STUDY, SERIES)
_UID = re.compile(r"[0-9.]+")  # some writers break the rules of leading zeros and length, and mean one UID all the same

Creators = dict[tuple[int, int], str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a whole file says.

    Attributes:
        facts: of the patient and of others.
        replaced: the UIDs that name the instance, its study, series and frame of reference.
        uids: that the instance is named by, by tag.
        patient_id: as written, b"" where there is none.
        before, behind: private creators by group and block, of both parts of the file.
    """

    facts: frozenset[Fact]
    replaced: frozenset[str]
    uids: dict[int, str]
    patient_id: bytes
    before: Creators
    behind: Creators

    def names(self) -> dict[int, str]:
        """The UIDs without which an instance can't be named, by tag.

        Raises:
            InvalidIdentity: one is missing, or no UID.
        """
        found = self.uids
        missing = [element_name(tag) for tag in _NEEDED if not found.get(tag)]
        if missing:
            raise InvalidIdentity(
                Filled("The file lacks {names}. Export it again from its source.", names=", ".join(missing))
            )
        wrong = [element_name(tag) for tag in _NEEDED if not _UID.fullmatch(found[tag])]
        if wrong:
            raise InvalidIdentity(
                Filled(
                    "The file is named by what is no UID: {names}. Export it again from its source.",
                    names=", ".join(wrong),
                )
            )
        return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """What an element of an outermost data set, or a stretch of them, says; as ``Told`` has it."""

    facts: frozenset[Fact] = frozenset()
    replaced: frozenset[str] = frozenset()
    uids: tuple[tuple[int, str], ...] = ()
    patient_id: bytes | None = None
    creators: tuple[tuple[tuple[int, int], str], ...] = ()


_SILENT = _Reading()


class Readings:
    """Reads elements of outermost data sets, those that it remembers only once.

    What an element says depends on its own bytes, its file's transfer syntax and its file's character set, and on
    nothing else: so one of these serves all files that have these two in common, of whatever patients.
    """

    __slots__ = ("_memory", "characters")

    def __init__(self, characters: CharacterSet) -> None:
        self.characters = characters
        self._memory: Memory[bytes, _Reading] = Memory()

    def told_by(self, source: Source) -> Told:
        """What a file says.

        Raises:
            SourceDamaged: an element is not written as the transfer syntax says.
        """
        facts: list[frozenset[Fact]] = []
        replaced: list[frozenset[str]] = []
        uids: dict[int, str] = {}
        patient_id = b""
        before: Creators = {}
        behind: Creators = {}
        at_hand = self._memory.at_hand
        for part, creators in ((source.before, before), (source.behind, behind)):
            for piece in part.pieces:
                reading = at_hand(piece[1]) or self._read(source, piece)
                if reading is _SILENT:
                    continue
                facts.append(reading.facts)
                replaced.append(reading.replaced)
                uids.update(reading.uids)
                creators.update(reading.creators)
                if reading.patient_id is not None:
                    patient_id = reading.patient_id
        return Told(_united(facts), _united(replaced), uids, patient_id, before, behind)

    def _read(self, source: Source, piece: Piece) -> _Reading:
        tag, raw, stretch = piece
        reading = self._memory.recall(raw, len(raw))
        if reading is None:
            reading = self._of(source, tag, raw) if stretch is None else self._of_all(source, stretch)
            self._memory.keep(raw, reading, len(raw))
        return reading

    def _of_all(self, source: Source, stretch: Stretch) -> _Reading:
        every = [self._read(source, (tag, raw, None)) for tag, raw in zip(stretch.tags, stretch.raws, strict=True)]
        said = [one for one in every if one is not _SILENT]
        if not said:
            return _SILENT
        return _Reading(
            _united([one.facts for one in said]),
            _united([one.replaced for one in said]),
            tuple(chain.from_iterable(one.uids for one in said)),
            next((one.patient_id for one in said if one.patient_id is not None), None),
        )

    def _of(self, source: Source, tag: int, raw: bytes) -> _Reading:
        element = source.element(raw)
        said, creator = said_by(element, self.characters), creator_of(element)
        uids: tuple[tuple[int, str], ...] = ()
        if tag in _NEEDED and element.vr == "UI":
            uids = ((tag, element.value.decode("ascii", "replace").strip(" \0")),)
        patient_id = element.value if tag == PATIENT_ID else None
        if said is NOTHING and not uids and patient_id is None and creator is None:
            return _SILENT
        creators = () if creator is None else (((tag >> 16, tag & 0xFFFF), creator),)
        return _Reading(said.facts, said.uids, uids, patient_id, creators)


_T = TypeVar("_T")


def _united(sets: list[frozenset[_T]]) -> frozenset[_T]:
    return frozenset[_T]().union(*sets)
