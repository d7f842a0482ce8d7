"""A DICOM file split into its header, its pixel data span and what follows, without touching a pixel."""

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset

from .elements import Element
from .errors import DamagedFile
from .structure import Structure, read_structure

# what pydicom raises on a data set it can't make sense of; warnings too, where they are made errors
_FOREIGN = (
    ArithmeticError,
    AttributeError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    UserWarning,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class PixelSpan:
    """Where the top-level pixel data element lies. All numbers are bytes.

    Attributes:
        tag: 0x7FE00008 (float), 0x7FE00009 (double) or 0x7FE00010.
        vr: as in the file; where the file is implicit VR: "OF", "OD" or "OW", by the tag (PS3.5 annex A.1).
        offset: of the element's first byte, its tag.
        length: the whole element, with its header and, where encapsulated, its sequence delimiter.
        value_offset: of the value's first byte (encapsulated: of the basic offset table's item).
        value_length: None where encapsulated (undefined length).
    """

    tag: int
    vr: str
    offset: int
    length: int
    value_offset: int
    value_length: int | None


@dataclass(frozen=True, slots=True)
class Header:
    """A file's parts.

    Attributes:
        preamble: 128 bytes, or b"" where the file has none.
        file_meta: group 0002 as in the file; empty where the file has none.
        dataset: everything before the pixel data (everything, where there is none); raw pydicom elements.
        pixel_data: offsets are positions in the file, or in `inflated` where that is given.
        trailing: elements after the pixel data.
        transfer_syntax_uid: as declared, or as recognised where nothing is declared.
        inflated: the whole data set inflated (deflated transfer syntax), else None.
            Whoever asked for the header closes it.
    """

    preamble: bytes
    file_meta: FileMetaDataset
    dataset: Dataset
    pixel_data: PixelSpan | None
    trailing: Dataset
    transfer_syntax_uid: str
    inflated: BinaryIO | None = None


def read_header(file: BinaryIO, size: int) -> Header:
    """The parts of a DICOM file.

    Walks the file's structure to its last byte, and holds everything but the pixel data in memory.

    Args:
        file: seekable.
        size: bytes of the file.

    Raises:
        NotDicom: no DICOM object.
        DamagedFile: anything that is not fully consistent: a value beyond the end of the file, a missing delimiter,
            an element twice, an unknown transfer syntax. Also its subclasses HeaderTooLarge and NestedTooDeep.
        OSError: reading failed.
    """
    structure = read_structure(file, size)
    try:
        return _split(file, structure)
    except (DamagedFile, OSError):
        if structure.inflated is not None:
            structure.inflated.close()
        raise


def _split(file: BinaryIO, structure: Structure) -> Header:
    source = structure.inflated or file
    pixel = structure.pixel
    before_end = structure.dataset_end if pixel is None else pixel.offset
    after_offset = structure.dataset_end if pixel is None else pixel.end
    meta = _parse(_read(file, structure.meta_offset, structure.meta_end), implicit=False, little=True)
    dataset = _parse(
        _read(source, structure.dataset_offset, before_end), implicit=structure.implicit, little=structure.little
    )
    trailing = _parse(
        _read(source, after_offset, structure.dataset_end), implicit=structure.implicit, little=structure.little
    )
    found = {*dataset.keys(), *trailing.keys(), *(() if pixel is None else (pixel.tag,))}
    if found != set(structure.tags):
        raise DamagedFile("The data set can be read in two ways.")
    try:
        file_meta = FileMetaDataset(meta)
    except _FOREIGN:
        raise DamagedFile("The file meta information is not written as it must be.") from None
    return Header(
        preamble=_read(file, 0, 128) if structure.has_preamble else b"",
        file_meta=file_meta,
        dataset=dataset,
        pixel_data=None if pixel is None else _span(pixel),
        trailing=trailing,
        transfer_syntax_uid=structure.transfer_syntax_uid,
        inflated=structure.inflated,
    )


def _read(file: BinaryIO, begin: int, end: int) -> bytes:
    file.seek(begin)
    data = file.read(end - begin)
    if len(data) != end - begin:
        raise DamagedFile("The file became shorter while it was read.")
    return data


def _parse(data: bytes, *, implicit: bool, little: bool) -> Dataset:
    try:
        return read_dataset(BytesIO(data), implicit, little)
    except _FOREIGN:
        raise DamagedFile("The data set can't be understood.") from None


def _span(pixel: Element) -> PixelSpan:
    implied = {0x7FE00008: "OF", 0x7FE00009: "OD"}.get(pixel.tag, "OW")
    return PixelSpan(
        tag=pixel.tag,
        vr=pixel.vr.decode("ascii") or implied,
        offset=pixel.offset,
        length=pixel.end - pixel.offset,
        value_offset=pixel.value_offset,
        value_length=pixel.length,
    )
