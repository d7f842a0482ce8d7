"""A DICOM file split into its header, its pixel data span and what follows, without touching a pixel."""

from dataclasses import dataclass
from typing import BinaryIO

from pydicom.dataset import Dataset, FileMetaDataset


@dataclass(frozen=True, slots=True)
class PixelSpan:
    """Where the top-level pixel data element lies. All numbers are bytes.

    Attributes:
        tag: 0x7FE00008 (float), 0x7FE00009 (double) or 0x7FE00010.
        vr: as in the file; "OW" where the file is implicit VR (PS3.5 annex A.1).
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
        inflated: the whole data set inflated (deflated transfer syntax), else None. Whoever asked for the header closes it.
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
    """
    raise NotImplementedError
