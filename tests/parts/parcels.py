"""Real DICOM files as parcels on their way to a destination."""

import hashlib
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from adit_receiver.forwarding.parcels import Parcel

# of the files inside pydicom's own package: each with another transfer syntax or kind of object
SHIPPED = (
    "CT_small.dcm",
    "MR_small_implicit.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "JPEG-lossy.dcm",
    "examples_ybr_color.dcm",
    "rtplan.dcm",
    "test-SR.dcm",
)


def made_file(number: int, *, kind: str = "CT", size: int = 64) -> bytes:
    """A small made-up file of kind CT (``size`` x ``size`` pixels) or SR; always the same for the same arguments."""
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2" if kind == "CT" else "1.2.840.10008.5.1.4.1.1.88.11"
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=["instance", kind, str(number)])
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study", str(number % 2)])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series", kind, str(number % 2)])
    dataset.PatientID = dataset.PatientName = f"pseudonym-{number % 2}"
    dataset.Modality = kind
    dataset.InstanceNumber = number
    if kind == "CT":
        dataset.Rows = dataset.Columns = size
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
        dataset.PixelData = bytes((number + index) % 251 for index in range(size * 2)) * size
    else:
        dataset.ValueType = "CONTAINER"
        dataset.ContinuityOfContent = "SEPARATE"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def shipped_file(name: str) -> bytes:
    """One of the files that pydicom brings along, with a SOPInstanceUID of its own: several have the same."""
    dataset = pydicom.dcmread(shipped_path(name))
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=["shipped", name])
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def shipped_path(name: str) -> Path:
    """The same as it is."""
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str), name
    return Path(path)


def parcel_of(data: bytes, folder: Path, key: int, own_digests: frozenset[str] = frozenset()) -> Parcel:
    """The file as a parcel, written below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key}"
    path.write_bytes(data)
    dataset = pydicom.dcmread(BytesIO(data), stop_before_pixels=True)
    return Parcel(
        key=key,
        path=path,
        length=len(data),
        digest=hashlib.sha256(data).hexdigest(),
        sop_class_uid=str(dataset.SOPClassUID),
        sop_instance_uid=str(dataset.SOPInstanceUID),
        transfer_syntax_uid=str(dataset.file_meta.TransferSyntaxUID),
        series_instance_uid=str(dataset.SeriesInstanceUID),
        study_instance_uid=str(dataset.StudyInstanceUID),
        patient_id=str(dataset.PatientID),
        own_digests=own_digests,
    )


def encoded_data_set(data: bytes) -> bytes:
    """What follows the file meta information: the bytes that C-STORE carries."""
    end_of_meta = 132 + 12 + int.from_bytes(data[140:144], "little")
    return data[end_of_meta:]
