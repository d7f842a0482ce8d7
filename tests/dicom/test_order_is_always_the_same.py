"""The same files give the same inventory, however the disk orders them."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adit_uploader.dicom import folders
from adit_uploader.dicom.grouping import natural_key
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.dicom.scan import scan
from tests.dicom.samples import make_file, write


def make_folder(folder: Path) -> None:
    number = 0
    for patient in ("P10", "P2", "P1"):
        for study, date in (("2", "20240101"), ("1", "20250101")):
            for series in (10, 2, None):
                for instance in (11, 2, 1):
                    number += 1
                    values = {
                        "PatientID": patient,
                        "PatientName": f"{patient}^{study}",
                        "StudyInstanceUID": f"1.{patient[1:]}.{study}",
                        "StudyDate": date,
                        "StudyDescription": f"study {study}" if instance == 2 else None,
                        "SeriesInstanceUID": f"1.{patient[1:]}.{study}.{series or 0}",
                        "SeriesNumber": series,
                        "InstanceNumber": instance,
                    }
                    write(folder / f"{number % 7}" / str(number), make_file(number, **values))
    write(folder / "0" / "text", b"text")
    write(folder / "0" / "copy", (folder / "1" / "1").read_bytes())


def order_of(inventory: Inventory) -> list[tuple[object, ...]]:
    return [
        (patient.patient_id, study.date, series.number, instance.instance_number)
        for patient in inventory.patients
        for study in patient.studies
        for series in study.series
        for instance in series.instances
    ]


def test_everything_is_in_its_natural_order(tmp_path: Path) -> None:
    make_folder(tmp_path)
    inventory = scan([tmp_path])
    assert order_of(inventory) == [
        (patient, date, series, instance)
        for patient in ("P1", "P2", "P10")
        for date in ("20240101", "20250101")
        for series in (2, 10, None)
        for instance in (1, 2, 11)
    ]
    first = inventory.patients[0]
    assert first.names == ("P1^2", "P1^1")
    assert first.birth_dates == ("19600229",)
    assert first.studies[0].description == "study 2"
    assert first.studies[0].series[0].size == sum(one.size for one in first.studies[0].series[0].instances)


def test_the_order_of_folders_and_paths_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path)
    expected = scan([tmp_path])
    real = folders.os.listdir
    for seed in range(3):
        random = Random(seed)  # noqa: S311

        def shuffled(path: Path, random: Random = random) -> list[str]:
            names = real(path)
            random.shuffle(names)
            return names

        monkeypatch.setattr(folders.os, "listdir", shuffled)
        assert scan([tmp_path]) == expected
        monkeypatch.undo()
    parts = sorted(tmp_path.iterdir(), reverse=True)
    assert scan(parts) == expected


@given(st.lists(st.text(max_size=12), max_size=20))
def test_any_ids_can_be_ordered(ids: list[str]) -> None:
    keys = sorted((natural_key(text), text) for text in ids)
    assert [text for _, text in keys] == sorted(ids, key=lambda text: (natural_key(text), text))


def test_numbers_in_ids_count_as_numbers() -> None:
    ids = ["10", "9", "A10", "A9", "a1", "", "A9b", "²"]
    assert sorted(ids, key=natural_key) == ["", "9", "10", "a1", "A9", "A9b", "A10", "²"]
