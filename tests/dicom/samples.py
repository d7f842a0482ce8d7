"""Small made-up instances, as bytes."""

from io import BytesIO
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import CTImageStorage, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

PREFIX = 132  # preamble and "DICM"


def make_dataset(number: int = 1, **values: object) -> Dataset:
    """A CT image of 4 x 4 pixels; a value of None leaves the element out."""
    dataset = Dataset()
    elements: dict[str, object] = {
        "SpecificCharacterSet": "ISO_IR 100",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": f"1.2.3.4.{number}",
        "StudyDate": "20240131",
        "Modality": "CT",
        "StudyDescription": "CT des Schädels",
        "SeriesDescription": "Kopf nativ",
        "PatientName": "Müller^Jürgen",
        "PatientID": "0012345",
        "PatientBirthDate": "19600229",
        "PatientSex": "M",
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.3.4",
        "SeriesNumber": 2,
        "InstanceNumber": number,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 4,
        "Columns": 4,
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "PixelData": bytes(range(32)),
        **values,
    }
    for keyword, value in elements.items():
        if value is not None:
            setattr(dataset, keyword, value)
    return dataset


def as_bytes(dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The data set as a whole file."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "1.2.3")
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "1.2.3")
    dataset.file_meta.ImplementationClassUID = "1.2.3.4.5"
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def make_file(number: int = 1, syntax: str = ExplicitVRLittleEndian, **values: object) -> bytes:
    return as_bytes(make_dataset(number, **values), syntax)


def bare(data: bytes) -> bytes:
    """The data set of a file alone, without preamble and file meta."""
    meta = dcmread(BytesIO(data), stop_before_pixels=True).file_meta
    return data[PREFIX + 12 + meta.FileMetaInformationGroupLength :]


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
