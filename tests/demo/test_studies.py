"""The demo's studies look like a hospital's export, are valid, and are the same each time."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from pydicom import dcmread

from adit_uploader.demo.studies import make_demo_studies
from adit_uploader.dicom.inventory import LeftOutReason
from adit_uploader.dicom.scan import scan


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_two_patients_with_umlauts_ct_and_mr_and_reports(studies: Path) -> None:
    inventory = scan([studies])
    assert [patient.names for patient in inventory.patients] == [("Weiß^Änne",), ("Müller^Jürgen",)]
    assert all(patient.patient_id.startswith("000") for patient in inventory.patients)
    assert [len(patient.studies) for patient in inventory.patients] == [2, 1]
    (chest,) = inventory.patients[1].studies
    assert [(series.modality, len(series.instances)) for series in chest.series] == [
        ("CT", 1),
        ("CT", 36),
        ("CT", 18),
        ("SR", 1),
    ]
    assert {series.modality for study in inventory.patients[0].studies for series in study.series} == {"MR", "SR"}


def test_what_is_no_instance_is_left_out(studies: Path) -> None:
    assert [(item.location.path.name, item.reason) for item in scan([studies]).left_out] == [
        ("DICOMDIR", LeftOutReason.DICOMDIR),
        ("LIESMICH.TXT", LeftOutReason.NOT_DICOM),
    ]


def test_the_pictures_show_something(studies: Path) -> None:
    chest = dcmread(studies / "Export_CT" / "DICOM" / "SE00002" / "IM00012")
    values = chest.pixel_array.astype(int) + int(chest.RescaleIntercept)
    assert values[0, 0] < -900  # air
    assert values[230, 140] < -700  # lung
    assert values.max() > 300  # bone
    assert abs(float(values[256, 256]) - 40) < 150


def test_private_groups_name_the_patient_as_real_ones_do(studies: Path) -> None:
    chest = dcmread(studies / "Export_CT" / "DICOM" / "SE00002" / "IM00001")
    assert "Jürgen".encode("latin-1") in chest[0x0029, 0x1010].value
    head = dcmread(studies / "Export_MR" / "ST00001" / "SE00002" / "IM00001")
    assert head[0x0009, 0x0010].value == "GEMS_IDEN_01"


def test_the_same_files_each_time(studies: Path, tmp_path: Path) -> None:
    make_demo_studies(tmp_path)
    assert digests(tmp_path) == digests(studies)


def test_every_file_is_valid(studies: Path) -> None:
    validator = shutil.which("dciodvfy")
    assert validator, "apt-get install dicom3tools"
    files = [path for path in sorted(studies.rglob("*")) if path.is_file() and path.name != "LIESMICH.TXT"]
    for path in files:
        result = subprocess.run([validator, str(path)], capture_output=True, text=True, check=False)
        assert "Error" not in result.stderr + result.stdout, path.name
