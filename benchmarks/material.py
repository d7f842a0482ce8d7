"""Made-up files of the size and make that Siemens scanners write: CT, MR, and one large multi-frame CT.

Nobody is meant. The same files each time, byte for byte.
"""

import hashlib
import os
import random
import struct
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, MRImageStorage

_IMPLEMENTATION = UID("1.3.12.2.1107.5.1.4")
_PATIENTS = (
    ("0004711829", "Müller^Jürgen", "19571103", "M", "0081443207"),
    ("0002093355", "Weiß^Änne", "19830621", "F", "0081760938"),
)
_SERIES_EACH = 2
_FRAME = 512 * 512 * 2


@dataclass(frozen=True, slots=True)
class Material:
    """Files below a folder, and their bytes altogether."""

    folder: Path
    files: int
    size: int


def make_ct(folder: Path, count: int) -> Material:
    """``count`` files of about 528 KB, of two patients and four series."""
    return _make(folder, count, modality="CT")


def make_mr(folder: Path, count: int) -> Material:
    """``count`` files of about 160 KB, most of the header in private elements."""
    return _make(folder, count, modality="MR")


def flat(material: Material, folder: Path) -> Material:
    """The same files in one folder without subfolders, which is all that some programs read."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted(path for path in material.folder.rglob("*") if path.is_file())):
        os.link(path, folder / f"{number:05d}.dcm")
    return Material(folder, material.files, material.size)


def make_large(folder: Path, frames: int) -> Material:
    """One enhanced multi-frame CT of 512 x 512 x 2 bytes a frame."""
    dataset = _instance("CT", 0, 0, 1)
    dataset.SOPClassUID = EnhancedCTImageStorage
    dataset.NumberOfFrames = frames
    dataset.ContentQualification = "PRODUCT"
    dataset.AcquisitionContextSequence = []
    dataset.PerFrameFunctionalGroupsSequence = [_frame_groups(number) for number in range(frames)]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "large.dcm"
    _write(path, dataset)
    pixels = _pixels(_FRAME)
    with path.open("ab") as file:
        file.write(struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, frames * _FRAME))
        for number in range(frames):
            file.write(_turned(pixels, number))
    return Material(folder, 1, path.stat().st_size)


def _make(folder: Path, count: int, *, modality: str) -> Material:
    size, side = 0, 512 if modality == "CT" else 256
    pixels = _pixels(side * side * 2)
    for number in range(count):
        part = number * len(_PATIENTS) * _SERIES_EACH // count
        patient, series = divmod(part, _SERIES_EACH)
        dataset = _instance(modality, patient, series + 1, number + 1)
        dataset.PixelData = _turned(pixels, number)
        dataset["PixelData"].VR = "OW"
        path = folder / f"PAT{patient:05d}" / f"SE{series + 1:05d}" / f"IM{number + 1:05d}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, dataset)
        size += path.stat().st_size
    return Material(folder, count, size)


def _pixels(size: int) -> bytes:
    """Twelve bits of noise in sixteen."""
    noise = bytearray(random.Random(size).randbytes(size))  # noqa: S311 - pictures, no secrets
    noise[1::2] = noise[1::2].translate(bytes(value & 0x03 for value in range(256)))
    return bytes(noise)


def _turned(pixels: bytes, number: int) -> bytes:
    at = number * 1022 % len(pixels)
    return pixels[at:] + pixels[:at]


def _uid(*names: object) -> str:
    digest = hashlib.sha256("/".join(map(str, ("benchmark", *names))).encode()).digest()
    return f"1.3.12.2.1107.5.1.4.50000.{int.from_bytes(digest[:10], 'big')}"


def _instance(modality: str, patient: int, series: int, number: int) -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    _describe_patient(dataset, patient)
    _describe_study(dataset, modality, patient, series)
    dataset.SOPClassUID = CTImageStorage if modality == "CT" else MRImageStorage
    dataset.SOPInstanceUID = _uid(modality, patient, series, number)
    dataset.InstanceCreationDate = dataset.ContentDate = dataset.AcquisitionDate = dataset.StudyDate
    moment = f"{9 + series:02d}{number // 60 % 60:02d}{number % 60:02d}.{number:06d}"
    dataset.InstanceCreationTime = dataset.ContentTime = dataset.AcquisitionTime = moment
    dataset.AcquisitionNumber = 1
    dataset.InstanceNumber = number
    dataset.ImagePositionPatient = [-192.0, -192.0, round(-0.75 * number, 2)]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.SliceLocation = round(-0.75 * number, 2)
    dataset.SliceThickness = "0.75"
    dataset.ReferencedImageSequence = [
        _reference(dataset.SOPClassUID, _uid(modality, patient, 0, at)) for at in range(3)
    ]
    dataset.SourceImageSequence = [_reference(dataset.SOPClassUID, _uid("raw", modality, patient, series, number))]
    if modality == "CT":
        _add_ct(dataset)
    else:
        _add_mr(dataset)
    _add_picture(dataset, 512 if modality == "CT" else 256)
    return dataset


def _describe_patient(dataset: Dataset, patient: int) -> None:
    number, name, birth_date, sex, accession = _PATIENTS[patient]
    dataset.PatientID = number
    dataset.PatientName = name
    dataset.PatientBirthDate = birth_date
    dataset.PatientSex = sex
    dataset.PatientAge = "067Y"
    dataset.PatientSize = "1.78"
    dataset.PatientWeight = "84"
    dataset.PatientAddress = "Lindenstraße 12, 69115 Musterstadt"
    dataset.OtherPatientIDs = f"X{number}"
    dataset.PatientComments = f"{name.split('^')[0]} kommt im Rollstuhl"
    dataset.AccessionNumber = accession


def _describe_study(dataset: Dataset, modality: str, patient: int, series: int) -> None:
    dataset.StudyDate = dataset.SeriesDate = "20250314"
    dataset.StudyTime, dataset.SeriesTime = "091523.187000", f"{9 + series:02d}2011.562000"
    dataset.StudyInstanceUID = _uid(modality, patient)
    dataset.SeriesInstanceUID = _uid(modality, patient, series)
    dataset.FrameOfReferenceUID = _uid(modality, patient, "frame of reference")
    dataset.PositionReferenceIndicator = ""
    dataset.StudyID = f"{modality}{patient}"
    dataset.SeriesNumber = series
    dataset.Modality = modality
    dataset.Manufacturer = "SIEMENS"
    dataset.InstitutionName = "Universitätsklinikum Musterstadt"
    dataset.InstitutionAddress = "Am Klinikum 1\r\nMusterstadt\r\nDE"
    dataset.InstitutionalDepartmentName = "Radiologie"
    dataset.ReferringPhysicianName = "Schäfer^Ulrike^^Dr."
    dataset.PerformingPhysicianName = "Özdemir^Kaan"
    dataset.OperatorsName = "MTR^Nord"
    dataset.StationName = "AWP00001"
    dataset.DeviceSerialNumber = "50000"
    dataset.SoftwareVersions = "syngo 2012B"
    dataset.StudyDescription = "Thorax^01_Thorax_nativ (Erwachsener)"
    dataset.SeriesDescription = "Thorax nativ  0.75  I31f  3"
    dataset.ProtocolName = "01_Thorax_nativ"
    dataset.BodyPartExamined = "CHEST"
    dataset.PatientPosition = "HFS"
    dataset.BurnedInAnnotation = "NO"
    dataset.RequestedProcedureDescription = "CT Thorax nativ"
    dataset.PerformedProcedureStepID = "CT20250314091523"
    dataset.PerformedProcedureStepStartDate = dataset.StudyDate
    dataset.PerformedProcedureStepStartTime = dataset.StudyTime
    dataset.PerformedProcedureStepDescription = "Thorax^01_Thorax_nativ"
    dataset.ReferencedStudySequence = [_reference("1.2.840.10008.3.1.2.3.1", _uid("study", modality, patient))]
    dataset.ReferencedPerformedProcedureStepSequence = [
        _reference("1.2.840.10008.3.1.2.3.3", _uid("step", modality, patient))
    ]
    request = Dataset()
    request.RequestedProcedureID = "RP-4711829"
    request.RequestedProcedureDescription = "CT Thorax nativ"
    request.ScheduledProcedureStepID = "SPS-1"
    request.ScheduledProcedureStepDescription = "CT Thorax nativ"
    request.ScheduledProtocolCodeSequence = [_code("CTTHX", "L", "CT Thorax")]
    dataset.RequestAttributesSequence = [request]
    dataset.ProcedureCodeSequence = [_code("CTTHX", "L", "CT Thorax")]


def _add_ct(dataset: Dataset) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"]
    dataset.ManufacturerModelName = "SOMATOM Definition AS"
    dataset.ScanOptions = "FAST"
    dataset.KVP = "120"
    dataset.DataCollectionDiameter = "500"
    dataset.ReconstructionDiameter = "384"
    dataset.DistanceSourceToDetector = "1085.6"
    dataset.DistanceSourceToPatient = "595"
    dataset.GantryDetectorTilt = "0"
    dataset.TableHeight = "148"
    dataset.RotationDirection = "CW"
    dataset.ExposureTime = 500
    dataset.XRayTubeCurrent = 129
    dataset.Exposure = 65
    dataset.FilterType = "FLAT"
    dataset.GeneratorPower = "18"
    dataset.FocalSpots = "1.2"
    dataset.DateOfLastCalibration = "20250314"
    dataset.TimeOfLastCalibration = "061208.000000"
    dataset.ConvolutionKernel = ["I31f", "3"]
    dataset.SpiralPitchFactor = 1.2
    dataset.CTDIvol = 4.39
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "-1024", "1", "HU"
    block = dataset.private_block(0x0019, "SIEMENS CT VA0  COAD", create=True)
    block.add_new(0x90, "DS", "-3.5")
    block.add_new(0x92, "DS", "0")
    block.add_new(0xB0, "DS", "10.5")
    block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x08, "CS", "SOM 5")
    block.add_new(0x09, "LO", "VA10A 971201")
    block.add_new(0x10, "OB", _vendor_bytes(dataset, 900))
    block = dataset.private_block(0x0029, "SIEMENS MEDCOM HEADER", create=True)
    block.add_new(0x31, "LO", "4.0.701169187")


def _add_mr(dataset: Dataset) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"]
    dataset.ManufacturerModelName = "Skyra"
    dataset.ScanningSequence = "SE"
    dataset.SequenceVariant = ["SK", "SP"]
    dataset.ScanOptions = "PFP"
    dataset.MRAcquisitionType = "2D"
    dataset.SequenceName = "*tse2d1_16"
    dataset.AngioFlag = "N"
    dataset.RepetitionTime = "5200"
    dataset.EchoTime = "98"
    dataset.NumberOfAverages = "1"
    dataset.ImagingFrequency = "123.258271"
    dataset.ImagedNucleus = "1H"
    dataset.MagneticFieldStrength = "3"
    dataset.EchoTrainLength = 16
    dataset.PixelBandwidth = "221"
    dataset.TransmitCoilName = "Body"
    dataset.AcquisitionMatrix = [0, 256, 205, 0]
    dataset.InPlanePhaseEncodingDirection = "ROW"
    dataset.FlipAngle = "150"
    dataset.SAR = "0.83"
    block = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x08, "CS", "IMAGE NUM 4")
    block.add_new(0x09, "LO", "1.0")
    block.add_new(0x0B, "DS", "13030")
    block.add_new(0x15, "FD", [-119.5, -158.2, 22.8])
    block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x08, "CS", "IMAGE NUM 4")
    block.add_new(0x09, "LO", "20250314")
    block.add_new(0x10, "OB", _vendor_bytes(dataset, 10_000))
    block.add_new(0x18, "CS", "MR")
    block.add_new(0x20, "OB", _vendor_bytes(dataset, 14_000))
    block = dataset.private_block(0x0051, "SIEMENS MR HEADER", create=True)
    block.add_new(0x08, "CS", "IMAGE NUM 4")
    block.add_new(0x0A, "LO", "TA 02:31")
    block.add_new(0x0C, "LO", "FoV 230*230")
    block.add_new(0x0F, "LO", "HEA;HEP")


def _add_picture(dataset: Dataset, side: int) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows = dataset.Columns = side
    dataset.PixelSpacing = [0.75, 0.75]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.SmallestImagePixelValue, dataset.LargestImagePixelValue = 0, 1023
    dataset.WindowCenter, dataset.WindowWidth = ["40", "-600"], ["400", "1200"]
    dataset.WindowCenterWidthExplanation = ["WINDOW1", "WINDOW2"]


def _frame_groups(number: int) -> Dataset:
    content = Dataset()
    content.FrameAcquisitionNumber = number + 1
    content.FrameReferenceDateTime = f"20250314092011.{number:06d}"
    content.FrameAcquisitionDateTime = f"20250314092011.{number:06d}"
    position = Dataset()
    position.ImagePositionPatient = [-192.0, -192.0, round(-0.5 * number, 2)]
    groups = Dataset()
    groups.FrameContentSequence = [content]
    groups.PlanePositionSequence = [position]
    return groups


def _vendor_bytes(dataset: Dataset, size: int) -> bytes:
    """A vendor's own block, in which the patient is named once more, among text and zeros."""
    text = f"SV10\4\3\2\1tPatientName={dataset.PatientName};tPatientID={dataset.PatientID};".encode("latin-1")
    fill = b"sSliceArray.asSlice[0].dThickness = 5.0\n" * (size // 80)
    return (text + fill + bytes(size))[: size & ~1]


def _reference(sop_class: str, sop_instance: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class
    item.ReferencedSOPInstanceUID = sop_instance
    return item


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = scheme
    item.CodeMeaning = meaning
    return item


def _write(path: Path, dataset: Dataset) -> None:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = _IMPLEMENTATION
    dataset.file_meta.ImplementationVersionName = "SIEMENS_S7VA48A"
    dcmwrite(path, dataset, enforce_file_format=True)
