"""From a file's pixel data and rectangles to the pixel data that may leave, and what the header must say of it."""

from typing import BinaryIO

from adit_uploader.deid.errors import NotBlankable
from adit_uploader.deid.finished import PixelStream
from adit_uploader.deid.tree import Element
from adit_uploader.dicom.errors import PictureError
from adit_uploader.dicom.pictures.layout import WANTED, Layout, layout_of
from adit_uploader.dicom.structure import Structure
from adit_uploader.values import dataclass

from .areas import Blanking
from .black import black_cells
from .compressed import LOSSY, recompress, told
from .native import NativeStream, pattern_of

_SMALLEST, _LARGEST = 0x00280106, 0x00280107
_EXTENDED_TABLES = frozenset({0x7FE00001, 0x7FE00002})  # of frames that are no longer there
_MAX_BEHIND = 16  # bytes after the last frame: padding, and never a picture


_VALUES_SEEN = frozenset({_SMALLEST, _LARGEST})


@dataclass(frozen=True, slots=True)
class BlankedPixels:
    """Pixel data with its rectangles blanked.

    Attributes:
        body: the pixel data element; whoever has it closes it.
        transfer_syntax_uid: that it is written in now.
        changed: elements of the header that must be as here, since the pixel data is.
        removed: tags of the header that would no longer be true.
    """

    body: PixelStream
    transfer_syntax_uid: str
    changed: tuple[Element, ...] = ()
    removed: frozenset[int] = _VALUES_SEEN


def blank(stream: BinaryIO, structure: Structure, elements: list[Element], blanking: Blanking) -> BlankedPixels:
    """Blank rectangles in every frame.

    Args:
        stream: the source, or of a deflated file its inflated data set; read again when the body is.
        elements: of the header, as read.

    Raises:
        NotBlankable: it can't be done in this picture; nothing of it may be sent as blanked.
    """
    pixel = structure.pixel
    values = {element.tag: element.value for element in elements if element.tag in WANTED | {LOSSY}}
    if pixel is None:
        raise NotBlankable("There is no picture in this file, so nothing of it can be blanked.")
    try:
        layout = layout_of(values, little=structure.little, pixel_tag=pixel.tag)
        if not blanking.fits(layout.columns, layout.rows):
            raise NotBlankable("The picture has another size than the one on which the rectangles were drawn.")
        if pixel.length is None:
            return _compressed(stream, structure, layout, values, blanking)
        return BlankedPixels(_native(structure, layout, values, blanking), structure.transfer_syntax_uid)
    except PictureError as error:
        raise NotBlankable(error.message) from None


def _compressed(
    stream: BinaryIO,
    structure: Structure,
    layout: Layout,
    values: dict[int, bytes],
    blanking: Blanking,
) -> BlankedPixels:
    found = recompress(stream, structure, layout, values, blanking)
    changed = told(found, layout, values, structure.transfer_syntax_uid)
    return BlankedPixels(found.body, found.transfer_syntax_uid, changed, _VALUES_SEEN | _EXTENDED_TABLES)


def _native(structure: Structure, layout: Layout, values: dict[int, bytes], blanking: Blanking) -> NativeStream:
    pixel = structure.pixel
    if pixel is None or pixel.length is None or layout.photometric.startswith(("YBR_PARTIAL", "YBR_ICT", "YBR_RCT")):
        raise NotBlankable("The picture's colours are of a kind that this program can't blank.")
    if layout.subsampled and layout.columns % 2:
        raise NotBlankable("The picture's colours belong to pairs of pixels, and its rows don't hold whole pairs.")
    behind = pixel.length - layout.native_bytes
    if not 0 <= behind <= _MAX_BEHIND:
        raise NotBlankable("The picture is not of the length that the header says.")
    swapped = not structure.little and layout.cell <= 1 and pixel.vr == b"OW"
    if swapped and layout.allocated == 1:
        raise NotBlankable("Single bits in big endian words are read differently by different programs.")
    if swapped and pixel.length % 2:
        raise NotBlankable("The picture is not of the length that the header says.")
    black = black_cells(layout, values, little=structure.little)
    return NativeStream(
        offset=pixel.offset,
        value_offset=pixel.value_offset,
        length=pixel.end - pixel.offset,
        pattern=pattern_of(layout, blanking, black),
        swapped=swapped,
    )
