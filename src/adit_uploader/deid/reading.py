"""What a file says before anything is replaced: who it is about, and how its instance is named."""

import re

from adit_uploader.deid.collect import NOTHING, Fact, Said, said_by
from adit_uploader.deid.errors import InvalidIdentity
from adit_uploader.deid.marks import PATIENT_ID
from adit_uploader.deid.places import creator_of
from adit_uploader.deid.source import Source
from adit_uploader.deid.vocabulary import element_name
from adit_uploader.dicom.texts import CharacterSet
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
            raise InvalidIdentity(f"The file lacks {', '.join(missing)}.")
        wrong = [element_name(tag) for tag in _NEEDED if not _UID.fullmatch(found[tag])]
        if wrong:
            raise InvalidIdentity(f"The file is named by what is no UID: {', '.join(wrong)}.")
        return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one element of an outermost data set says; all but the first as far as ``Told`` has them."""

    said: Said = NOTHING
    uid: str | None = None
    patient_id: bytes | None = None
    creator: str | None = None


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
        said: list[Said] = []
        uids: dict[int, str] = {}
        patient_id = b""
        before: Creators = {}
        behind: Creators = {}
        at_hand = self._memory.at_hand
        for part, creators in ((source.before, before), (source.behind, behind)):
            for tag, raw in zip(part.tags, part.raws, strict=True):
                reading = at_hand(raw) or self._read(source, raw)
                if reading is _SILENT:
                    continue
                said.append(reading.said)
                if reading.uid is not None:
                    uids[tag] = reading.uid
                if reading.patient_id is not None:
                    patient_id = reading.patient_id
                if reading.creator is not None:
                    creators[tag >> 16, tag & 0xFFFF] = reading.creator
        facts = frozenset[Fact]().union(*[one.facts for one in said])
        replaced = frozenset[str]().union(*[one.uids for one in said])
        return Told(facts, replaced, uids, patient_id, before, behind)

    def _read(self, source: Source, raw: bytes) -> _Reading:
        reading = self._memory.recall(raw, len(raw))
        if reading is None:
            element = source.element(raw)
            said, creator = said_by(element, self.characters), creator_of(element)
            uid = patient_id = None
            if element.tag in _NEEDED and element.vr == "UI":
                uid = element.value.decode("ascii", "replace").strip(" \0")
            elif element.tag == PATIENT_ID:
                patient_id = element.value
            silent = said is NOTHING and uid is None and patient_id is None and creator is None
            reading = _SILENT if silent else _Reading(said, uid, patient_id, creator)
            self._memory.keep(raw, reading, len(raw))
        return reading
