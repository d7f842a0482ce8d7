"""Whether files can belong to one patient, and whether a pseudonym gives the patient away."""

import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import combinations

from adit_uploader.dicom.inventory import Patient

from .internal import normalise

_TRANSLITERATED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_MIN_NAME_PART = 3  # characters: shorter ones are initials and particles


class Contradiction(StrEnum):
    NAMES = "names"
    BIRTH_DATES = "birth-dates"


def contradictions(patients: Sequence[Patient]) -> tuple[Contradiction, ...]:
    """What speaks against all these files being of one patient; missing values contradict nothing.

    Names contradict each other if both have a family, given or middle name and it differs; capitals, umlauts written
    as two letters, and titles don't count.
    """
    found: list[Contradiction] = []
    names = [_name_parts(name) for patient in patients for name in patient.names]
    if any(_differ(first, second) for first, second in combinations(set(names), 2)):
        found.append(Contradiction.NAMES)
    dates = {_digits(date) for patient in patients for date in patient.birth_dates} - {""}
    if len(dates) > 1:
        found.append(Contradiction.BIRTH_DATES)
    return tuple(found)


def is_one_patient(patients: Sequence[Patient]) -> bool:
    """Whether files that don't contradict each other are shown to be one patient's.

    They are if they have one PatientID. Without one, they are if they are a single study, or if every instance has
    the same name and birth date.
    """
    if len({normalise(patient.patient_id) for patient in patients}) > 1:
        return False
    if all(normalise(patient.patient_id) for patient in patients):
        return True
    if len({study.study_instance_uid for patient in patients for study in patient.studies}) <= 1:
        return True
    people = {
        (_name_parts(instance.patient_name), _digits(instance.patient_birth_date))
        for patient in patients
        for instance in patient.instances()
    }
    return len(people) == 1 and all(any(name) and date for name, date in people)


def same_person_key(patient: Patient) -> tuple[str, str, str] | None:
    """Family name, given name and birth date, by which two PatientIDs are seen to be one person's.

    None where they are not all there, or where the files of this one PatientID contradict each other.
    """
    if contradictions([patient]):
        return None
    names = {(family, given) for family, given, _ in map(_name_parts, patient.names) if family and given}
    dates = {_digits(date) for date in patient.birth_dates} - {""}
    if len(names) != 1 or len(dates) != 1:
        return None
    return (*names.pop(), dates.pop())


def identifies(pseudonym: str, patient: Patient) -> bool:
    """Whether the pseudonym is the patient's own ID, birth date, or made of the parts of the name."""
    text = _folded(pseudonym)
    if patient.patient_id and text == _folded(patient.patient_id):
        return True
    if _digits(pseudonym) in {_digits(date) for date in patient.birth_dates} - {""} and not any(
        character.isalpha() for character in pseudonym
    ):
        return True
    own = {part for name in patient.names for part in _words(name)}
    words = set(_words(pseudonym))
    return bool(words) and words <= own and any(len(word) >= _MIN_NAME_PART for word in words)


def _folded(text: str) -> str:
    return normalise(text).casefold().translate(_TRANSLITERATED)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _words(text: str) -> Iterable[str]:
    return "".join(character if character.isalnum() else " " for character in _folded(text)).split()


def _name_parts(name: str) -> tuple[str, str, str]:
    """Family, given and middle name of the alphabetic group, in a form that can be compared."""
    alphabetic = unicodedata.normalize("NFC", name).split("=")[0]
    parts = [" ".join(_words(part)) for part in alphabetic.split("^")]
    family, given, middle, *_ = [*parts, "", "", ""]
    return family, given, middle


def _differ(first: tuple[str, str, str], second: tuple[str, str, str]) -> bool:
    return any(one and other and one != other for one, other in zip(first, second, strict=True))
