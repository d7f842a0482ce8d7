"""What identifies one patient, and which of its words are strong enough to call a match a leak."""

from collections.abc import Iterable

from adit_uploader.deid.spelling import folded, is_alphabetic_script
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
            words |= folded(word)
    return frozenset(words - TITLES - PARTICLES)


def strong_words(words: Iterable[str]) -> frozenset[str]:
    """Those words whose mere occurrence names a person: three letters or more, and no word of DICOM's own."""
    known = vocabulary()
    return frozenset(
        word for word in words if (len(word) >= MIN_STRONG_NAME or not is_alphabetic_script(word)) and word not in known
    )


def joined_names(names: Iterable[str]) -> frozenset[str]:
    """Family and given name as one word, in both orders, folded: a person even where each is a common word."""
    joined: set[str] = set()
    for name in names:
        for group in name.split("="):
            words = [word for part in group.split("^")[:2] for word in pieces(part)]
            if len(words) < 2:
                continue
            spelled = [sorted(folded(word)) for word in (words[0], words[-1])]
            joined |= {first + last for first in spelled[0] for last in spelled[1]}
            joined |= {last + first for first in spelled[0] for last in spelled[1]}
    return frozenset(word for word in joined if len(word) >= MIN_ID)
