"""What should be looked at before patients are sent, though nothing forbids it."""

from collections.abc import Sequence
from enum import StrEnum

from adit_uploader.dicom.inventory import Patient
from adit_uploader.values import dataclass

from .identity import same_person_key

_YES = "YES"


class ConflictKind(StrEnum):
    """What is strange."""

    SAME_PERSON = "same-person"  # one name and birth date under several PatientIDs: several pseudonyms
    ALREADY_PSEUDONYMIZED = "already-pseudonymized"  # the files say that the patient's identity was removed


@dataclass(frozen=True, slots=True)
class Conflict:
    """images: those that are meant, 0 where it is about the patients themselves."""

    kind: ConflictKind
    patients: tuple[Patient, ...]
    images: int = 0


def conflicts(patients: Sequence[Patient]) -> tuple[Conflict, ...]:
    """All conflicts among these patients, in their order. Goes through all instances."""
    people: dict[tuple[str, str, str], list[Patient]] = {}
    for patient in patients:
        key = same_person_key(patient)
        if key is not None:
            people.setdefault(key, []).append(patient)
    found = [Conflict(ConflictKind.SAME_PERSON, tuple(same)) for same in people.values() if len(same) > 1]
    for patient in patients:
        images = sum(one.patient_identity_removed.upper() == _YES for one in patient.instances())
        if images:
            found.append(Conflict(ConflictKind.ALREADY_PSEUDONYMIZED, (patient,), images))
    return tuple(found)
