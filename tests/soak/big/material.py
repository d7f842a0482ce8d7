"""Many small instances, and one very large one, made quickly: written by pydicom once, then changed in their bytes."""

import struct
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pydicom import Dataset, config
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.uid import UID, CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian

ROOT = "1.2.826.0.1.3680043.8.498.88"
SIDE = 16  # pixels of a small picture
FRAME_SIDE = 512
FRAME = FRAME_SIDE * FRAME_SIDE * 2  # bytes
NOISE_EACH = 128  # frames: every so many one is not empty
SERIES_EACH = 10  # series of a study
STUDIES_EACH = 2  # studies of a patient
_SOP, _SERIES, _STUDY = (f"{ROOT}.{level}.{digit * 10}" for level, digit in ((4, "1"), (3, "2"), (2, "3")))
_PATIENT, _NAME, _NUMBER = "PAT-4444444444", "Quillfeather5555555555^Ottoline", "6666666666"
_FIRST = 1_000_000_000  # so that all numbers have ten digits


@dataclass(frozen=True, slots=True)
class Material:
    """What was made below a folder. size: bytes of all files."""

    folder: Path
    instances: int
    series: int
    size: int


def make_many(folder: Path, instances: int, series: int) -> Material:
    """Small CT instances, evenly in series; ten series a study, two studies a patient, a folder for each of them."""
    template = _small()
    size = 0
    for number in range(instances):
        at_series = number * series // instances
        at_study = at_series // SERIES_EACH
        at_patient = at_study // STUDIES_EACH
        file = folder / f"P{at_patient:05d}" / f"ST{at_study:05d}" / f"SE{at_series:05d}" / f"IM{number:06d}"
        if number == 0 or at_series != (number - 1) * series // instances:
            file.parent.mkdir(parents=True)
        text = template
        for placeholder, value in (
            (b"1111111111", number),
            (b"2222222222", at_series),
            (b"3333333333", at_study),
            (b"4444444444", at_patient),
            (b"5555555555", at_patient),
            (b"6666666666", number),
        ):
            text = text.replace(placeholder, b"%010d" % (_FIRST + value))
        size += file.write_bytes(text)
    return Material(folder, instances, series, size)


def make_one(folder: Path, frames: int) -> Material:
    """One enhanced CT with a group of elements for each frame.

    The pixel data stay below the 32-bit length that a native transfer syntax has (PS3.5 section 7.1.1); with 8,191
    frames the file as a whole is larger than 4 GiB. Frames that are empty take no room on a disk that knows holes.
    """
    assert frames * FRAME < 2**32 - 1, "more than a native transfer syntax can hold"
    dataset = _described(EnhancedCTImageStorage, FRAME_SIDE)
    dataset.NumberOfFrames = frames
    dataset.ContentQualification = "PRODUCT"
    dataset.AcquisitionContextSequence = []
    dataset.PerFrameFunctionalGroupsSequence = [_groups(number) for number in range(frames)]
    header = _written(dataset) + struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, frames * FRAME)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "large.dcm"
    noise = Random(frames).randbytes(FRAME)  # noqa: S311 - pictures, no secrets
    with path.open("wb") as file:
        file.write(header)
        for number in sorted({*range(0, frames, NOISE_EACH), frames - 1}):
            file.seek(len(header) + number * FRAME)
            file.write(noise)
    return Material(folder, 1, 1, path.stat().st_size)


def _small() -> bytes:
    dataset = _described(CTImageStorage, SIDE)
    dataset.InstanceNumber = _NUMBER
    dataset.SliceThickness, dataset.KVP = "1.0", "120"
    dataset.PatientWeight, dataset.PatientAge = "84", "067Y"
    dataset.ImageComments = ""
    dataset.PixelData = bytes(SIDE * SIDE * 2)
    return _written(dataset)


def _described(sop_class: UID, side: int) -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, _SOP
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = _STUDY, _SERIES
    dataset.PatientID, dataset.PatientName = _PATIENT, _NAME
    dataset.PatientBirthDate, dataset.PatientSex = "19510713", "F"
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = "20200405"
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = "101112"
    dataset.StudyID, dataset.AccessionNumber = "1", "ACC1"
    dataset.Manufacturer, dataset.InstitutionName = "SIEMENS", "Universitätsklinikum Musterstadt"
    dataset.ReferringPhysicianName = "Schäfer^Ulrike"
    dataset.StudyDescription, dataset.SeriesDescription = "Thorax nativ", "Axial 1.0"
    dataset.Modality, dataset.SeriesNumber = "CT", 1
    dataset.BurnedInAnnotation = "NO"
    dataset.Rows = dataset.Columns = side
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleIntercept, dataset.RescaleSlope = "-1024", "1"
    return dataset


def _groups(number: int) -> Dataset:
    content, position, groups = Dataset(), Dataset(), Dataset()
    content.FrameAcquisitionNumber = number + 1
    content.FrameAcquisitionDateTime = f"20200405101112.{number:06d}"
    position.ImagePositionPatient = [-192.0, -192.0, round(-0.5 * number, 2)]
    groups.FrameContentSequence = [content]
    groups.PlanePositionSequence = [position]
    return groups


def _written(dataset: Dataset) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = DicomBytesIO()
    with config.disable_value_validation():
        dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
