"""Small studies of two made-up patients, whose IDs begin with zeros as those of hospitals do."""

from pathlib import Path

import pydicom
from pydicom.uid import UltrasoundImageStorage

from tests.transfer.studies import write_instance

IDS = ("0004711", "0002734")
SIDE = 64  # pixels of the ultrasound, each way
FIRST_IMAGES, LATER_IMAGES = 7, 4  # of all that the two make


def write_export(folder: Path, *, images: int = 3, rows: int = 16) -> Path:
    """A CT of each patient."""
    for patient, patient_id in enumerate(IDS, start=1):
        for number in range(1, images + 1):
            path = folder / f"patient {patient}" / f"{number}.dcm"
            write_instance(path, patient=patient, patient_id=patient_id, number=number, rows=rows)
    return folder


def write_first_export(folder: Path) -> Path:
    """A CT of each patient, an ultrasound of the first, and a text: FIRST_IMAGES images."""
    write_export(folder)
    ultrasound = folder / "patient 1" / "us.dcm"
    write_instance(
        ultrasound, patient=1, patient_id=IDS[0], study=3, series=9, rows=SIDE, sop_class=UltrasoundImageStorage
    )
    (folder / "LIESMICH.TXT").write_text("Bilder auf Anforderung.", encoding="ascii")
    return folder


def write_later_export(folder: Path) -> Path:
    """Another CT of each patient: LATER_IMAGES images."""
    for patient, patient_id in enumerate(IDS, start=1):
        for number in (1, 2):
            path = folder / f"later {patient}" / f"{number}.dcm"
            write_instance(path, patient=patient, patient_id=patient_id, study=2, number=number)
    return folder


def ultrasound_of(folder: Path) -> pydicom.Dataset:
    """As it lies in the first export."""
    return pydicom.dcmread(folder / "patient 1" / "us.dcm")
