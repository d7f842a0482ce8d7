"""What a file itself says about its patient, before anything is replaced."""

from collections.abc import Iterable
from enum import IntEnum, auto

from adit_uploader.deid.encoding import Element
from adit_uploader.deid.identity import Identity, PatientSecrets
from adit_uploader.deid.texts import decode
from adit_uploader.deid.uids import is_well_known
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.values import dataclass

PATIENT_GROUP = 0x0010
CHARACTER_SET = 0x00080005
_STUDY, _SERIES, _INSTANCE, _FRAME = 0x0020000D, 0x0020000E, 0x00080018, 0x00200052
_OWN_UIDS = frozenset({_STUDY, _SERIES, _INSTANCE, _FRAME})
_SINGLE = frozenset({"LT", "ST", "UT"})


class Kind(IntEnum):
    """What a text is of a person."""

    ID = auto()
    NAME = auto()
    BIRTH_DATE = auto()
    CONTACT = auto()
    OTHER_NAME = auto()  # of another person


# What an element of the patient holds; its table row says only that it identifies.
_KINDS = {
    0x00100020: Kind.ID,  # PatientID
    0x00101000: Kind.ID,  # OtherPatientIDs
    0x00101090: Kind.ID,  # MedicalRecordLocator
    0x00080050: Kind.ID,  # AccessionNumber
    0x00380010: Kind.ID,  # AdmissionID
    0x00380060: Kind.ID,  # ServiceEpisodeID
    0x00100030: Kind.BIRTH_DATE,
    0x00101040: Kind.CONTACT,  # PatientAddress
    0x00102154: Kind.CONTACT,  # PatientTelephoneNumbers
    0x00102155: Kind.CONTACT,  # PatientTelecomInformation
}

Fact = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What one element, with all that lies in it, says.

    Attributes:
        facts: of the patient, and of others.
        uids: that name this instance, its study, series and frame of reference.
    """

    facts: frozenset[Fact] = frozenset()
    uids: frozenset[str] = frozenset()


NOTHING = Said()


def said_by(element: Element, characters: CharacterSet) -> Said:
    """Collect from one element. characters: of the data set that it lies in."""
    if element.items is None and _kind(element.tag, element.vr) is None and element.tag not in _OWN_UIDS:
        return NOTHING  # most
    facts: set[Fact] = set()
    uids: set[str] = set()
    _collect([element], characters, facts, uids)
    return Said(frozenset(facts), frozenset(uids)) if facts or uids else NOTHING


def identity_of(facts: Iterable[Fact]) -> Identity:
    """The patient's secrets, and other persons' names."""
    texts: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for kind, text in facts:
        texts[kind].add(text)
    secrets = PatientSecrets(
        frozenset(texts[Kind.ID]),
        frozenset(texts[Kind.NAME]),
        frozenset(texts[Kind.BIRTH_DATE]),
        frozenset(texts[Kind.CONTACT]),
    )
    return Identity(secrets, frozenset(texts[Kind.OTHER_NAME]))


def _collect(elements: list[Element], characters: CharacterSet, facts: set[Fact], uids: set[str]) -> None:
    for element in elements:
        tag = element.tag
        if tag == CHARACTER_SET:
            characters = CharacterSet(element.value)
        elif element.items is not None:
            for item in element.items:
                _collect(item.elements, characters, facts, uids)
        elif tag in _OWN_UIDS and element.vr != "PN":
            uids.update(uid for uid in _values(element, characters) if not is_well_known(uid))
        else:
            kind = _kind(tag, element.vr)
            if kind is not None:
                facts.update((kind, text) for text in _values(element, characters))


def _kind(tag: int, vr: str) -> Kind | None:
    if vr == "PN":
        return Kind.NAME if tag >> 16 == PATIENT_GROUP else Kind.OTHER_NAME
    return _KINDS.get(tag)


def _values(element: Element, characters: CharacterSet) -> list[str]:
    text = decode(element.value, characters)
    if not text:
        return []
    values = [text] if element.vr in _SINGLE else text.split("\\")
    return [value.strip() for value in values if value.strip()]
