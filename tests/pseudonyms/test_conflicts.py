"""Who seems to be one person under two IDs, and what was pseudonymized before."""

from dataclasses import replace

import pytest

from adit_uploader.dicom.inventory import Patient
from adit_uploader.pseudonyms.conflicts import ConflictKind, conflicts


def person(key: str, name: str = "Müller^Anna", born: str = "19700101") -> Patient:
    return Patient(key, (name,) if name else (), (born,) if born else (), (), ())


def test_one_name_and_birth_date_under_two_ids_is_one_conflict_of_both() -> None:
    (found,) = conflicts([person("1"), person("2", "MUELLER^ANNA^Maria"), person("3", "Jäger^Bernd")])
    assert found.kind is ConflictKind.SAME_PERSON
    assert [one.patient_id for one in found.patients] == ["1", "2"]


@pytest.mark.parametrize(
    "other",
    [
        person("2", born="19700102"),
        person("2", born=""),
        person("2", ""),
        person("2", "Müller"),
        replace(person("2"), names=("Müller^Anna", "Jäger^Bernd")),
    ],
    ids=["other date", "no date", "no name", "no given name", "contradicts itself"],
)
def test_what_is_not_certain_is_no_conflict(other: Patient) -> None:
    assert not conflicts([person("1"), other])
