"""Made-up studies on disk, small ones."""

import zipfile
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, UltrasoundImageStorage

from adit_uploader.dicom.scan import scan
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.transfer.plan import UploadPlan, make_plan
from tests.transfer.small_receiver import SITE_KEY

ROOT = "1.2.826.0.1.3680043.8.498.1"


def write_instance(
    path: Path,
    *,
    patient: int = 1,
    patient_id: str = "",
    study: int = 1,
    series: int = 1,
    number: int = 1,
    rows: int = 16,
    sop_class: str = CTImageStorage,
    seed: int = 0,
) -> Path:
    """One image of a patient, valid enough for every check. patient_id: '' for one made of the patient's number."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    uid = f"{ROOT}.{patient}.{study}.{series}.{number}"
    dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = uid
    dataset.StudyInstanceUID = f"{ROOT}.{patient}.{study}"
    dataset.SeriesInstanceUID = f"{ROOT}.{patient}.{study}.{series}"
    dataset.PatientID = patient_id or f"PAT-{patient:05d}"
    dataset.PatientName = f"Möhrenfeld{patient}^Änne"
    dataset.PatientBirthDate = f"195{patient % 10}0713"
    dataset.PatientSex = "F"
    dataset.StudyDate = "20200405"
    dataset.StudyTime = "101112"
    dataset.StudyID = "1"
    dataset.AccessionNumber = f"ACC{patient}{study}"
    dataset.ReferringPhysicianName = ""
    dataset.SeriesDate = "20200405"
    dataset.SeriesTime = "101113"
    dataset.Modality = "US" if sop_class == UltrasoundImageStorage else "CT"
    dataset.SeriesNumber = series
    dataset.InstanceNumber = number
    dataset.SeriesDescription = f"Axial {series}"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Rows = dataset.Columns = rows
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelData = bytes((index * 7 + number + seed) % 256 for index in range(rows)) * (2 * rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_export(folder: Path) -> Path:
    """Instances in folders and an archive, four of them twice, and what is none."""
    write_studies(folder, instances=9)
    packed = write_studies(folder.with_name("packed"), patients=1, series=1, instances=4)
    with zipfile.ZipFile(folder / "more.ZIP", "w") as archive:
        for path in packed.rglob("*.dcm"):
            archive.write(path, path.name)
    (folder / "notes.txt").write_text("no image")
    (folder / "nowhere").symlink_to(folder / "not there")
    return folder


def write_studies(folder: Path, *, patients: int = 2, series: int = 2, instances: int = 3, rows: int = 16) -> Path:
    """A folder of patients with one study each."""
    for patient in range(1, patients + 1):
        for one in range(1, series + 1):
            for number in range(1, instances + 1):
                write_instance(
                    folder / f"Möhrenfeld{patient}" / f"s{one}" / f"{number}.dcm",
                    patient=patient,
                    series=one,
                    number=number,
                    rows=rows,
                )
    return folder


def plan_of(folder: Path) -> UploadPlan:
    """The folder in mode internal, for the small receiver."""
    choice = InternalChoice("Radiology")
    return make_plan(scan([folder]), choice, profile="research", site_key=SITE_KEY, destination="Archive")
