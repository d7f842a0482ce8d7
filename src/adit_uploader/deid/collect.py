"""What a file itself says about its patient, before anything is replaced."""

from collections.abc import Iterable

from adit_uploader.deid.collect_tags import KINDS, PATIENT_GROUP, Kind
from adit_uploader.deid.identity import Identity, PatientSecrets
from adit_uploader.deid.texts import decode, is_plain
from adit_uploader.deid.tree import Element
from adit_uploader.deid.uids import is_well_known
from adit_uploader.deid.vocabulary import proper_vr
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.values import dataclass

CHARACTER_SET = 0x00080005
_STUDY, _SERIES, _INSTANCE, _FRAME = 0x0020000D, 0x0020000E, 0x00080018, 0x00200052
_OWN_UIDS = frozenset({_STUDY, _SERIES, _INSTANCE, _FRAME})
_SINGLE = frozenset({"LT", "ST", "UT"})


Fact = tuple[Kind, str, int]
"""What it is, its text, and the element that says it."""


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


def identity_of(facts: Iterable[Fact], *, without: frozenset[int] = frozenset()) -> Identity:
    """The patient's secrets, and other persons' names. without: elements that are not heard."""
    texts: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for kind, text, tag in facts:
        if tag not in without:
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
            kind = _kind(tag, proper_vr(tag, element.vr))
            if kind is not None:
                facts.update((kind, text, tag) for text in _values(element, characters))


def _kind(tag: int, vr: str) -> Kind | None:
    if vr == "PN":
        return Kind.NAME if tag >> 16 == PATIENT_GROUP else Kind.OTHER_NAME
    return KINDS.get(tag)


def _values(element: Element, characters: CharacterSet) -> list[str]:
    return [
        value.strip()
        for text in _readings(element.value, characters)
        for value in ([text] if element.vr in _SINGLE else text.split("\\"))
        if value.strip()
    ]


def _readings(value: bytes, characters: CharacterSet) -> list[str]:
    """A value as declared; where that is wrong, or seems so, in the ways that it may be meant too.

    A name that is not understood would not be looked for.
    """
    text = decode(value, characters)
    if is_plain(value):
        return [text or ""]
    readings = [text] if text is not None else [characters.label(value), value.decode("cp1252", "replace")]
    try:
        readings.append(value.decode("utf-8"))
    except UnicodeDecodeError:
        return readings
    return list(dict.fromkeys(readings))
