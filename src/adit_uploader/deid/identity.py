"""What identifies one patient, and which of its words are strong enough to call a match a leak."""

from collections.abc import Iterable

from adit_uploader.deid.spelling import foldings, is_alphabetic_script, spellings
from adit_uploader.deid.words import PARTICLES, TITLES, pieces, vocabulary
from adit_uploader.dicom.inventory import Patient
from adit_uploader.values import dataclass, field

MIN_ID = 4
MIN_STRONG_ID = 6
MIN_STRONG_NAME = 3


@dataclass(frozen=True, slots=True)
class PatientSecrets:
    """What identifies a patient, collected over all of the patient's instances.

    Picklable; its repr shows nothing, so that it can't end in a log.

    Attributes:
        patient_ids: PatientID and other numbers of the person.
        names: as DICOM writes them (``Family^Given^...``).
        birth_dates: YYYYMMDD.
        contacts: addresses and phone numbers.
    """

    patient_ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    birth_dates: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return "PatientSecrets(...)"

    @classmethod
    def of(cls, patient: Patient) -> "PatientSecrets":
        """Collect from what a scan found under one PatientID."""
        return cls(frozenset({patient.patient_id} - {""}), frozenset(patient.names), frozenset(patient.birth_dates))

    def __or__(self, other: "PatientSecrets") -> "PatientSecrets":
        return PatientSecrets(
            self.patient_ids | other.patient_ids,
            self.names | other.names,
            self.birth_dates | other.birth_dates,
            self.contacts | other.contacts,
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """One patient's secrets, and the names of others (physicians, operators, ...) that free text loses too."""

    secrets: PatientSecrets
    others: frozenset[str] = field(default=frozenset(), repr=False)


def name_words(names: Iterable[str]) -> frozenset[str]:
    """The words of names, folded, without titles, particles and initials."""
    words: set[str] = set()
    for name in names:
        for word in pieces(name):
            if word.isdigit() or (len(word) < 2 and is_alphabetic_script(word)):
                continue
            words |= spellings(word)
    return frozenset(words - TITLES - PARTICLES)


def strong_words(words: Iterable[str]) -> frozenset[str]:
    """Those words whose mere occurrence names a person: three letters or more, and no word of DICOM's own."""
    known = vocabulary()
    return frozenset(
        word for word in words if (len(word) >= MIN_STRONG_NAME or not is_alphabetic_script(word)) and word not in known
    )


def joined_names(names: Iterable[str]) -> frozenset[str]:
    """Family and given name as one word, in both orders, folded: a person even where each is a common word.

    Names of several words are also one word by themselves (Müller-Lüdenscheid, Anna Maria, O'Brien).
    """
    joined: set[str] = set()
    for name in names:
        for group in name.split("="):
            parts = [words for part in group.split("^")[:2] if (words := pieces(part))]
            for which in (0, 1) if parts else ():
                joined |= _joined([[foldings(word)[which] for word in words] for words in parts])
    known = vocabulary()
    return frozenset(word for word in joined if len(word) >= MIN_ID and word not in known)


def _joined(parts: list[list[str]]) -> set[str]:
    """parts: the words of the family name, and those of the given name, where there is one."""
    compounds = {"".join(words) for words in parts if len(words) > 1}
    joined = {word for word in compounds if len(word) > MIN_ID}
    if len(parts) == 1:
        family, given = parts[0][:1], parts[0][1:]
    else:
        family, given = parts
    if given:
        first = {family[0], family[-1], "".join(family)}
        second = {given[0], given[-1], "".join(given)}
        joined |= {one + other for one in first for other in second} | {
            other + one for one in first for other in second
        }
    return joined


def initials(names: Iterable[str]) -> frozenset[str]:
    """The first letters of the words of names, as capitals without accents."""
    found: set[str] = set()
    for name in names:
        for word in pieces(name):
            if word[0].isalpha():
                found |= {folding[0].upper() for folding in foldings(word)} | {word[0].upper()}
    return frozenset(found)
