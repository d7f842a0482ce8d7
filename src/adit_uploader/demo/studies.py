"""Made-up studies of two patients, as a hospital's export has them: nobody is meant, nothing was ever measured."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    UID,
    BasicTextSRStorage,
    CTImageStorage,
    ExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    MRImageStorage,
)

from .phantoms import CT_OFFSET, Picture, ct_overview, ct_slice, mr_slice

_IMPLEMENTATION = UID("2.25.202178351907632189150743105326188904371")
_AXIAL = [1, 0, 0, 0, 1, 0]
_SAGITTAL = [0, 1, 0, 0, 0, -1]
_CORONAL = [1, 0, 0, 0, 0, -1]


def make_demo_studies(out: Path) -> None:
    """Write the demo's studies below a folder: 2 patients, 3 studies, CT, MR and reports, and what is no instance.

    The same files each time, byte for byte.

    Raises:
        OSError: the folder can't be written.
    """
    chest = _chest_study()
    _write_all(out / "Export_CT" / "DICOM", _chest_files(chest))
    for number, study in enumerate(_head_studies(), start=1):
        _write_all(out / "Export_MR" / f"ST{number:05d}", _head_files(study, follow_up=number == 2))
    _write_directory(out / "Export_CT" / "DICOMDIR")
    text = "Bilddaten auf Anforderung der Station 3B.\r\nZum Betrachten wird ein DICOM-Programm gebraucht.\r\n"
    (out / "Export_CT" / "LIESMICH.TXT").write_bytes(text.encode("cp1252"))


@dataclass(frozen=True, slots=True)
class _Study:
    """What all instances of a study have in common; `uid` names it for UIDs made from it."""

    name: str
    values: dict[str, object]

    def uid(self, *names: object) -> str:
        """A UID that is always the same for the same names (PS3.5 annex B.2)."""
        digest = hashlib.sha256("/".join(("adit-uploader demo", self.name, *map(str, names))).encode()).digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _chest_study() -> _Study:
    return _Study(
        "chest",
        {
            "SpecificCharacterSet": "ISO_IR 100",
            "PatientName": "Müller^Jürgen",
            "PatientID": "0004711829",
            "PatientBirthDate": "19571103",
            "PatientSex": "M",
            "PatientAge": "067Y",
            "PatientSize": "1.78",
            "PatientWeight": "84",
            "PatientAddress": "Lindenstraße 12, 69115 Heidelberg",
            "StudyDate": "20250314",
            "StudyTime": "091523.000000",
            "StudyID": "CTTHX",
            "AccessionNumber": "0081443207",
            "StudyDescription": "CT Thorax nativ",
            "ReferringPhysicianName": "Schäfer^Ulrike^^Dr.",
            "InstitutionName": "Universitätsklinikum Musterstadt",
            "InstitutionAddress": "Am Klinikum 1\r\nMusterstadt",
            "InstitutionalDepartmentName": "Radiologie",
            "Manufacturer": "SIEMENS",
            "ManufacturerModelName": "SOMATOM Definition AS",
            "StationName": "CTAWP00001",
            "DeviceSerialNumber": "00001",
            "SoftwareVersions": "syngo CT VA48A",
        },
    )


def _head_studies() -> tuple[_Study, _Study]:
    common: dict[str, object] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientName": "Weiß^Änne",
        "PatientID": "0002093355",
        "PatientBirthDate": "19830621",
        "PatientSex": "F",
        "PatientWeight": "61",
        "StudyID": "2093",
        "StudyDescription": "MRT Schädel",
        "ReferringPhysicianName": "Özdemir^Kaan",
        "InstitutionName": "Universitätsklinikum Musterstadt",
        "Manufacturer": "GE MEDICAL SYSTEMS",
        "ManufacturerModelName": "Optima MR450w",
        "StationName": "MR450W-1",
        "DeviceSerialNumber": "000000MR450W",
        "SoftwareVersions": "DV26.0_R03",
    }
    first = {"StudyDate": "20240918", "StudyTime": "140211", "AccessionNumber": "0079920114", "PatientAge": "041Y"}
    second = {"StudyDate": "20250402", "StudyTime": "110748", "AccessionNumber": "0081760938", "PatientAge": "041Y"}
    return _Study("head 1", {**common, **first}), _Study("head 2", {**common, **second})


def _chest_files(study: _Study) -> Iterator[Dataset]:
    overview = _ct(study, series=1, description="Topogramm  0.6  T20f", number=1)
    overview.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER", "CT_SOM5 TOP"]
    overview.RescaleType = "US"  # a sum along the beam is in no Hounsfield units
    _place(overview, _CORONAL, [-192, 0, 192], 2.0, thickness="0.6")
    _set_picture(overview, ct_overview(192, 192, 2.0), window=("800", "1500"))
    yield overview
    for series, (description, kernel, step, count) in enumerate(
        (("Thorax nativ  7.0  B31f", "B31f", 7.0, 36), ("Thorax nativ  14.0  B70f", "B70f", 14.0, 18)), start=2
    ):
        for index in range(count):
            position = 125.0 - step * index
            image = _ct(study, series=series, description=description, number=index + 1)
            image.ConvolutionKernel = kernel
            _place(image, _AXIAL, [-192, -192, position], 0.75, thickness=str(step))
            sharp = kernel == "B70f"
            window = ("-600", "1500") if sharp else ("40", "400")
            _set_picture(image, ct_slice(position, 512, 0.75, sharp=sharp), window=window)
            yield image
    report = "Herr Jürgen Müller, geb. 03.11.1957: Kein Nachweis pulmonaler Rundherde. Herz normal groß."
    yield _report(study, report, "FUJI Basic Text SR for HL7 Radiological Report")


def _head_files(study: _Study, *, follow_up: bool) -> Iterator[Dataset]:
    number = 0
    for plane, orientation in (("axial", _AXIAL), ("sagittal", _SAGITTAL), ("coronal", _CORONAL)):
        for position in (-20.0, 20.0):
            number += 1
            image = _mr(study, series=1, description="3-pl T2* FGRE", number=number, weighting="T2")
            corner = {
                "axial": [-128, -128, position],
                "sagittal": [position, -128, 128],
                "coronal": [-128, position, 128],
            }
            _place(image, orientation, corner[plane], 2.0, thickness="8")
            _set_picture(image, mr_slice(plane, position, 128, 2.0, "T2"), window=("500", "1000"))
            yield image
    for index in range(12 if follow_up else 24):
        position = -58.0 + (12.0 if follow_up else 6.0) * index
        image = _mr(study, series=2, description="Ax T2 PROPELLER", number=index + 1, weighting="T2")
        _place(image, _AXIAL, [-128, -128, position], 1.0, thickness="5")
        _set_picture(image, mr_slice("axial", position, 256, 1.0, "T2"), window=("600", "1200"))
        yield image
    if follow_up:
        report = "Frau Änne Weiß (ID 0002093355): Befund im Vergleich zum 18.09.2024 unverändert."
        yield _report(study, report, "Befund")
        return
    for index in range(16):
        position = -60.0 + 8.0 * index
        image = _mr(study, series=3, description="Sag T1 FLAIR", number=index + 1, weighting="T1")
        _place(image, _SAGITTAL, [position, -128, 128], 1.0, thickness="5")
        _set_picture(image, mr_slice("sagittal", position, 256, 1.0, "T1"), window=("450", "900"))
        yield image


def _instance(study: _Study, sop_class: str, modality: str, *, series: int, description: str, number: int) -> Dataset:
    dataset = Dataset()
    for keyword, value in study.values.items():
        setattr(dataset, keyword, value)
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = study.uid(series, number)
    dataset.StudyInstanceUID = study.uid()
    dataset.SeriesInstanceUID = study.uid(series)
    dataset.Modality = modality
    dataset.SeriesNumber = series
    dataset.SeriesDescription = description
    dataset.InstanceNumber = number
    minute = 20 + series % 30
    dataset.SeriesDate = dataset.ContentDate = dataset.StudyDate
    dataset.SeriesTime = f"{dataset.StudyTime[:2]}{minute:02d}00"
    dataset.ContentTime = f"{dataset.StudyTime[:2]}{minute:02d}{number % 60:02d}.000000"
    return dataset


def _image(study: _Study, sop_class: str, modality: str, *, series: int, description: str, number: int) -> Dataset:
    dataset = _instance(study, sop_class, modality, series=series, description=description, number=number)
    dataset.FrameOfReferenceUID = study.uid("frame of reference")
    dataset.PositionReferenceIndicator = ""
    dataset.PatientPosition = "HFS"
    dataset.AcquisitionNumber = series
    dataset.AcquisitionDate = dataset.ContentDate
    dataset.AcquisitionTime = dataset.ContentTime
    dataset.ProtocolName = description.split("  ", maxsplit=1)[0]
    return dataset


def _ct(study: _Study, *, series: int, description: str, number: int) -> Dataset:
    dataset = _image(study, CTImageStorage, "CT", series=series, description=description, number=number)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"]
    dataset.BodyPartExamined = "CHEST"
    dataset.KVP = "120"
    dataset.XRayTubeCurrent = 129
    dataset.ExposureTime = 500
    dataset.Exposure = 65
    dataset.RescaleIntercept = str(-CT_OFFSET)
    dataset.RescaleSlope = "1"
    dataset.RescaleType = "HU"
    private = dataset.private_block(0x0019, "SIEMENS CT VA0  COAD", create=True)
    private.add_new(0x90, "DS", "-3.5")
    private.add_new(0xB0, "DS", "10.5")
    private = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    private.add_new(0x08, "CS", "SOM 5")
    private.add_new(0x10, "OB", _vendor_block(dataset, b"SV10\4\3\2\1"))
    return dataset


def _mr(study: _Study, *, series: int, description: str, number: int, weighting: str) -> Dataset:
    dataset = _image(study, MRImageStorage, "MR", series=series, description=description, number=number)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    dataset.BodyPartExamined = "HEAD"
    dataset.ScanningSequence = "SE"
    dataset.SequenceVariant = "SK"
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "2D"
    dataset.RepetitionTime = "5200" if weighting == "T2" else "2100"
    dataset.EchoTime = "98" if weighting == "T2" else "24"
    dataset.EchoTrainLength = 16
    dataset.MagneticFieldStrength = "1.5"
    dataset.FlipAngle = "160"
    private = dataset.private_block(0x0009, "GEMS_IDEN_01", create=True)
    private.add_new(0x01, "LO", "GE_GENESIS_FF")
    private.add_new(0x02, "SH", "MR01")
    private.add_new(0x04, "SH", "Optima MR450w")
    private = dataset.private_block(0x0025, "GEMS_SERS_01", create=True)
    private.add_new(0x1B, "OB", _vendor_block(dataset, b"\x1f\x8b"))
    private = dataset.private_block(0x0043, "GEMS_PARM_01", create=True)
    private.add_new(0x39, "IS", [1000, 8, 0, 0])
    return dataset


def _vendor_block(dataset: Dataset, beginning: bytes) -> bytes:
    """Bytes as vendors write them, in which the patient is named once more."""
    text = f"tPatientName={dataset.PatientName};tPatientID={dataset.PatientID};tBirthDate={dataset.PatientBirthDate};"
    block = beginning + text.encode("latin-1") + hashlib.sha256(dataset.SOPInstanceUID.encode()).digest() * 16
    return block + b"\0" * (len(block) % 2)


def _place(dataset: Dataset, orientation: list[int], corner: list[float], spacing: float, *, thickness: str) -> None:
    dataset.ImageOrientationPatient = orientation
    dataset.ImagePositionPatient = corner
    dataset.PixelSpacing = [spacing, spacing]
    dataset.SliceThickness = thickness
    row, column = orientation[:3], orientation[3:]
    normal = [row[(k + 1) % 3] * column[(k + 2) % 3] - row[(k + 2) % 3] * column[(k + 1) % 3] for k in range(3)]
    dataset.SliceLocation = sum(side * at for side, at in zip(normal, corner, strict=True))


def _set_picture(dataset: Dataset, picture: Picture, *, window: tuple[str, str]) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = picture.shape
    dataset.BitsAllocated = 16
    dataset.BitsStored = 12
    dataset.HighBit = 11
    dataset.PixelRepresentation = 0
    dataset.WindowCenter, dataset.WindowWidth = window
    dataset.PixelData = picture.astype("<u2").tobytes()


def _report(study: _Study, text: str, description: str) -> Dataset:
    dataset = _instance(study, BasicTextSRStorage, "SR", series=999, description=description, number=1)
    dataset.ReferencedPerformedProcedureStepSequence = []
    dataset.PerformedProcedureCodeSequence = []
    dataset.CompletionFlag = "COMPLETE"
    dataset.VerificationFlag = "UNVERIFIED"
    dataset.ValueType = "CONTAINER"
    dataset.ContinuityOfContent = "SEPARATE"
    dataset.ConceptNameCodeSequence = [_code("18748-4", "LN", "Diagnostic imaging report")]
    finding = Dataset()
    finding.RelationshipType = "CONTAINS"
    finding.ValueType = "TEXT"
    finding.ConceptNameCodeSequence = [_code("121071", "DCM", "Finding")]
    finding.TextValue = text
    dataset.ContentSequence = [finding]
    return dataset


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = scheme
    item.CodeMeaning = meaning
    return item


def _write_all(folder: Path, datasets: Iterator[Dataset]) -> None:
    for dataset in datasets:
        path = folder / f"SE{dataset.SeriesNumber:05d}" / f"IM{dataset.InstanceNumber:05d}"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, dataset)


def _write(path: Path, dataset: Dataset) -> None:
    _write_with_meta(path, dataset, dataset.SOPClassUID, dataset.SOPInstanceUID)


def _write_directory(path: Path) -> None:
    """A DICOMDIR as media have it; this one lists nothing."""
    dataset = Dataset()
    dataset.FileSetID = "DEMO"
    dataset.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    dataset.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    dataset.FileSetConsistencyFlag = 0
    dataset.DirectoryRecordSequence = []
    _write_with_meta(path, dataset, MediaStorageDirectoryStorage, UID("2.25.99117845250061729301124789120417305512"))


def _write_with_meta(path: Path, dataset: Dataset, sop_class: UID, sop_instance: UID) -> None:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = sop_instance
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = _IMPLEMENTATION
    dataset.file_meta.ImplementationVersionName = "ADIT_UP_DEMO"
    dcmwrite(path, dataset, enforce_file_format=True)
