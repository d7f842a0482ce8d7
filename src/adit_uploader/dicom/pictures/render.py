"""Thumbnails and previews: one frame of a file as a small picture for a screen.

Imports numpy and pydicom only when a picture is asked for: nobody else pays for them.
"""

from typing import BinaryIO

from adit_uploader.dicom.errors import NoPicture, PictureDamaged, SourceUnreadable
from adit_uploader.dicom.inventory import Location
from adit_uploader.dicom.source import open_location
from adit_uploader.dicom.structure import Structure, read_structure
from adit_uploader.values import dataclass, field

from .decoding import Frames
from .display import colours, fitted, grey, header_of, painted, thinned
from .frames import values_of
from .layout import PALETTES, SEGMENTED_PALETTES, WANTED, Layout, layout_of
from .palette import palette_of

MAX_SIDE = 8192  # pixels that a screen may ask for


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame, ready for a screen.

    Attributes:
        width, height: of this picture, in its own pixels.
        grey: whether a pixel is one byte of grey; else three: red, green, blue.
        data: width * height bytes, or three times that; from the upper left, row by row, without padding.
        columns, rows: size of the frame in the file; rectangles are drawn in these.
        frames: how many the file has.
    """

    width: int
    height: int
    grey: bool
    data: bytes = field(repr=False)
    columns: int
    rows: int
    frames: int


def render(
    location: Location, frame: int = 0, max_size: tuple[int, int] = (256, 256), *, whole_range: bool = False
) -> Picture:
    """One frame of a file, decoded alone, as it is meant to be seen and no larger than asked for.

    Decoders are libraries in C and C++, and files may be hostile: whoever must not end with one of them calls this
    in a worker process, with a time limit. Arguments, result and errors can be pickled, and nothing is kept between
    two calls. Memory is bounded by one frame, of at most 512 MiB as native data, whatever the file says.

    Args:
        frame: counted from 0.
        max_size: width and height in pixels into which the result must fit; its proportions stay. Never enlarged.
        whole_range: show every value that occurs, whatever window the file asks for: text that the window would hide
            can be seen then. Of pictures in grey only.

    Raises:
        NoPicture: a video, a document, or anything else that has no picture that can be shown; the message says what.
        PictureDamaged: there should be one and its bytes can't be decoded to what the header says.
        DecoderMissing: this installation lacks numpy or a decoder.
        SourceError: the file can't be opened.
        DamagedFile, NotDicom: it is no DICOM file that can be understood to its end.
    """
    if min(max_size) < 1 or max(max_size) > MAX_SIDE:
        raise ValueError(f"a picture has 1 to {MAX_SIDE} pixels a side")
    with open_location(location) as file:
        try:
            return _rendered(file, frame, max_size, whole_range=whole_range)
        except OSError:
            raise SourceUnreadable("The file can't be read any more.") from None


def _rendered(file: BinaryIO, frame: int, max_size: tuple[int, int], *, whole_range: bool) -> Picture:
    file.seek(0, 2)
    size = file.tell()
    structure = read_structure(file, size)
    try:
        stream = structure.inflated or file
        layout = picture_layout(stream, structure)
        frames = Frames(stream, structure, layout)
        if not 0 <= frame < layout.frames:
            raise PictureDamaged("The file has no frame of this number.")
        decoded = thinned(frames.decode(frame))
        if layout.photometric == "PALETTE COLOR":
            tables = values_of(stream, structure, PALETTES | SEGMENTED_PALETTES)
            shown = painted(decoded, palette_of(tables, little=structure.little, signed=layout.signed))
        elif layout.samples > 1:
            shown = colours(decoded)
        else:
            shown = grey(decoded, header_of(file, size), frame, whole_range=whole_range)
    finally:
        if structure.inflated is not None:
            structure.inflated.close()
    small = fitted(shown, max_size)
    return Picture(
        width=small.shape[1],
        height=small.shape[0],
        grey=small.ndim == 2,
        data=small.tobytes(),
        columns=layout.columns,
        rows=layout.rows,
        frames=layout.frames,
    )


def picture_layout(stream: BinaryIO, structure: Structure) -> Layout:
    """What the header says of the picture.

    Raises:
        NoPicture, PictureDamaged: as `layout_of`; NoPicture also where there is no pixel data at all.
        OSError: reading failed.
    """
    if structure.pixel is None:
        raise NoPicture("This file has no picture: it is a document, a report or a recording.")
    values = values_of(stream, structure, WANTED)
    return layout_of(values, little=structure.little, pixel_tag=structure.pixel.tag)
