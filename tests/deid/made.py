"""DICOM files made for one test: any syntax, any element anywhere."""

from collections.abc import Callable, Mapping
from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
)

from adit_uploader.deid.engine import DeidentifiedInstance, Deidentifier, PatientSecrets
from adit_uploader.deid.profiles import profile

KEY = bytes(range(32))
SYNTAXES = {
    "explicit": ExplicitVRLittleEndian,
    "implicit": ImplicitVRLittleEndian,
    "big-endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "encapsulated": JPEG2000Lossless,
}
PIXELS = bytes(range(256)) * 8


def image(**elements: object) -> Dataset:
    """A small CT image of Anna Müller; elements by keyword replace or add, None removes."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = "1.2.3.4.5.1"
    ds.StudyDate = "20200705"
    ds.StudyTime = "081500.123456"
    ds.AccessionNumber = "ACC-778899"
    ds.Modality = "CT"
    ds.Manufacturer = "Maker"
    ds.PatientName = "Müller^Anna"
    ds.PatientID = "P-0012345"
    ds.PatientBirthDate = "19500102"
    ds.PatientSex = "F"
    ds.StudyInstanceUID = "1.2.3.4.5"
    ds.SeriesInstanceUID = "1.2.3.4.5.2"
    ds.FrameOfReferenceUID = "1.2.3.4.5.3"
    ds.StudyID = "1"
    ds.SeriesNumber = "1"
    ds.InstanceNumber = "1"
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows = 32
    ds.Columns = 32
    ds.BitsAllocated = 16
    ds.BitsStored = 16
    ds.HighBit = 15
    ds.PixelRepresentation = 0
    for keyword, value in elements.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def written(
    ds: Dataset,
    syntax: str = "explicit",
    *,
    preamble: bytes = bytes(128),
    pixels: bool = True,
    after: Dataset | None = None,
    meta: Mapping[str, object] | None = None,
    uid: UID | None = None,
) -> bytes:
    """The file's bytes.

    Args:
        after: elements behind the pixel data.
        meta: more of the file meta, by keyword.
        uid: of a transfer syntax that writes as ``syntax`` does.
    """
    ds = Dataset(ds)
    uid = uid or SYNTAXES[syntax]
    if pixels:
        ds.PixelData = encapsulate([PIXELS]) if syntax == "encapsulated" else PIXELS
        ds["PixelData"].VR = "OB" if syntax == "encapsulated" else "OW"
        ds["PixelData"].is_undefined_length = syntax == "encapsulated"
    if after is not None:
        ds.update(after)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = uid
    ds.file_meta.SourceApplicationEntityTitle = "CANARY-META"
    for keyword, value in (meta or {}).items():
        setattr(ds.file_meta, keyword, value)
    ds.preamble = preamble
    target = BytesIO()
    ds.save_as(target, enforce_file_format=True)
    return target.getvalue()


def implicit(ds: Dataset) -> bytes:
    """The data set as implicit VR little endian writes it."""
    target = DicomBytesIO()
    target.is_little_endian, target.is_implicit_VR = True, True
    write_dataset(target, ds)
    return target.getvalue()


def deidentified(
    data: bytes,
    name: str = "research",
    *,
    patient_id: str = "P-0012345",
    pseudonym: str = "PSEUDO",
    secrets: PatientSecrets | None = None,
    engine: Deidentifier | None = None,
) -> DeidentifiedInstance:
    """What the engine makes of a file."""
    engine = engine or Deidentifier(profile(name), KEY)
    return engine.deidentify(BytesIO(data), len(data), pseudonym=pseudonym, patient_id=patient_id, secrets=secrets)


def whole(result: DeidentifiedInstance, data: bytes, size: int = 1000) -> bytes:
    """The finished file's bytes."""
    out = b"".join(result.chunks(BytesIO(data), size))
    assert len(out) == result.length
    return out


def result_of(ds: Dataset, name: str = "research", syntax: str = "explicit", **options: object) -> Dataset:
    """A data set de-identified and read again by pydicom."""
    data = written(ds, syntax)
    make: Callable[..., DeidentifiedInstance] = deidentified
    return dcmread(BytesIO(whole(make(data, name, **options), data)))
