"""One frame as an array of stored values. The room's one boundary to numpy and the decoders.

Native and RLE frames are read by this program itself; JPEG, JPEG-LS and JPEG 2000 by pydicom with a named decoder for
each, so that the same file gives the same values on every machine. Nothing here is imported before a picture is wanted.
"""

import logging
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from adit_uploader.dicom.errors import DecoderMissing, NoPicture, PictureDamaged
from adit_uploader.dicom.structure import Structure
from adit_uploader.standard.uids import RLE, is_video
from adit_uploader.values import dataclass, replace

from .codestream import check_codestream
from .frames import Encapsulated, encapsulated, read_span
from .layout import Layout
from .packbits import unpacked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[Any]

_J = "1.2.840.10008.1.2.4."
DECODERS = {
    **dict.fromkeys((_J + "50", _J + "51", _J + "57", _J + "70"), "pylibjpeg"),
    **dict.fromkeys((_J + "80", _J + "81"), "pyjpegls"),
    **dict.fromkeys((_J + "90", _J + "91", _J + "201", _J + "202", _J + "203"), "pylibjpeg"),
}
"""The decoder of each compressed transfer syntax that pydicom reads for us."""

MISSING = (
    "This installation has no decoder for pictures. Install adit-uploader with its pictures: "
    "pip install 'adit-uploader[pictures]'."
)
_LOGGERS = ("pydicom", "pylibjpeg", "openjpeg")
_FOREIGN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A frame. values: rows x columns, or rows x columns x 3; photometric: what they mean; stored: bits of each."""

    values: "Values"
    photometric: str
    stored: int
    signed: bool


def numpy() -> Any:
    """Raises DecoderMissing: it is not installed."""
    try:
        import numpy  # noqa: PLC0415 - see the module's docstring
    except ImportError:
        raise DecoderMissing(MISSING) from None
    return numpy


class Frames:
    """Decodes a file's frames one at a time; holds none of them.

    Raises, at its making:
        NoPicture: it is a video, or compressed in a way that nothing here reads.
        PictureDamaged: frames and header contradict each other.
    """

    def __init__(self, stream: BinaryIO, structure: Structure, layout: Layout) -> None:
        syntax = structure.transfer_syntax_uid
        self._stream = stream
        self._structure = structure
        self._layout = layout
        self._compressed: Encapsulated | None = None
        if is_video(syntax):
            raise NoPicture("This is a video, which this program does not show. Look at it with a DICOM viewer.")
        if structure.pixel is None:
            raise NoPicture("This file has no picture: it is a document, a report or a recording.")
        if structure.pixel.length is None:
            if syntax not in DECODERS and syntax != RLE:
                raise NoPicture("The picture is compressed in a way that this program does not read.")
            self._compressed = encapsulated(stream, structure, layout)
        elif structure.pixel.length < layout.native_bytes:
            raise PictureDamaged("The picture is shorter than the file's header says.")

    def decode(self, frame: int) -> Decoded:
        """One frame, counted from 0.

        Raises:
            PictureDamaged: its bytes make no picture.
            NoPicture: its values are of a kind that is not shown.
            DecoderMissing: numpy or the decoder is not installed.
            OSError: reading failed.
        """
        if self._compressed is None:
            return _native(self._stream, self._structure, self._layout, frame)
        data = self._compressed.read(self._stream, frame)
        if self._structure.transfer_syntax_uid == RLE:
            return _run_length(data, self._layout)
        return decode_frame(data, self._layout, self._structure.transfer_syntax_uid)


def decode_frame(data: bytes, layout: Layout, transfer_syntax_uid: str) -> Decoded:
    """A compressed frame by itself; colours become RGB, as viewers show them.

    Raises:
        PictureDamaged, DecoderMissing: as `Frames.decode`.
    """
    precision = check_codestream(data, layout)
    numpy()
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415 - see the module's docstring
    from pydicom.uid import UID  # noqa: PLC0415

    item = b"\xfe\xff\x00\xe0" + struct.pack("<L", len(data) + len(data) % 2) + data + bytes(len(data) % 2)
    options: dict[str, Any] = {
        "rows": layout.rows,
        "columns": layout.columns,
        "number_of_frames": 1,
        "samples_per_pixel": layout.samples,
        "bits_allocated": layout.allocated,
        "bits_stored": layout.stored,
        "pixel_representation": int(layout.signed),
        "photometric_interpretation": layout.photometric,
        "pixel_keyword": "PixelData",
    }
    if layout.samples > 1:
        options["planar_configuration"] = 0
    decoder = get_decoder(UID(transfer_syntax_uid))
    name = DECODERS[transfer_syntax_uid]
    if name not in decoder.available_plugins:
        raise DecoderMissing(MISSING)
    with decoder_errors():
        values, meta = decoder.as_array(
            b"\xfe\xff\x00\xe0\x00\x00\x00\x00" + item, index=0, raw=False, decoding_plugin=name, **options
        )
    shape = (layout.rows, layout.columns) if layout.samples == 1 else (layout.rows, layout.columns, layout.samples)
    if values.shape != shape:
        raise PictureDamaged("The compressed picture is not of the size that the header says.")
    stored = max(layout.stored, precision) if layout.samples == 1 else layout.stored
    photometric = str(meta["photometric_interpretation"])
    return Decoded(values, photometric, stored, layout.signed)


@contextmanager
def decoder_errors() -> Iterator[None]:
    """Translates what pydicom and its plugins raise, and silences what they tell: it may hold values.

    Raises:
        PictureDamaged: the picture can't be decoded or encoded.
    """
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _FOREIGN:
        raise PictureDamaged("The compressed picture can't be decoded.") from None
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _native(stream: BinaryIO, structure: Structure, layout: Layout, frame: int) -> Decoded:
    pixel = structure.pixel
    if pixel is None:
        raise NoPicture("This file has no picture.")
    np = numpy()
    start, end = frame * layout.frame_bits, (frame + 1) * layout.frame_bits
    swapped = not structure.little and layout.cell <= 1 and pixel.vr == b"OW"
    first = start // 8 - (start // 8 % 2 if swapped else 0)
    last = (end + 7) // 8
    last += last % 2 if swapped else 0
    data = read_span(stream, (pixel.value_offset + first, min(last, pixel.length or 0) - first))
    if swapped:
        data = np.frombuffer(data, ">u2").astype("<u2").tobytes()
    if layout.allocated == 1:
        bits = np.unpackbits(np.frombuffer(data, "u1"), bitorder="little")
        begin = start - first * 8
        values = bits[begin : begin + layout.frame_bits].reshape(layout.rows, layout.columns)
        return Decoded(values, layout.photometric, 1, False)
    kind = "f" if layout.real else "i" if layout.signed else "u"
    if layout.cell not in {1, 2, 4, 8}:
        raise NoPicture("The picture's values are of a size that this program does not show.")
    dtype = np.dtype(f"{'<' if structure.little else '>'}{kind}{layout.cell}")
    offset = start // 8 - first
    flat = np.frombuffer(data, dtype, count=layout.frame_bits // layout.allocated, offset=offset)
    return _coloured(_shaped(flat, layout), layout)


def _shaped(flat: "Values", layout: Layout) -> "Values":
    if layout.subsampled:
        np = numpy()
        if layout.columns % 2:
            raise NoPicture("The picture's colours belong to pairs of pixels, and its rows don't hold whole pairs.")
        pairs = flat.reshape(layout.rows, layout.columns // 2, 4)
        whole: Values = np.repeat(pairs, 2, axis=1)[:, :, 1:].copy()  # the first sample is replaced by each pixel's own
        whole[:, 0::2, 0] = pairs[:, :, 0]
        whole[:, 1::2, 0] = pairs[:, :, 1]
        return whole
    if layout.samples == 1:
        return flat.reshape(layout.rows, layout.columns)
    if layout.planar:
        return flat.reshape(layout.samples, layout.rows, layout.columns).transpose(1, 2, 0)
    return flat.reshape(layout.rows, layout.columns, layout.samples)


def _run_length(data: bytes, layout: Layout) -> Decoded:
    np = numpy()
    if layout.cell not in {1, 2, 4, 8}:
        raise PictureDamaged("The compressed picture can't be decoded.")
    planes = unpacked(data, layout.samples * layout.cell, layout.rows * layout.columns)
    samples = [
        np.stack([np.frombuffer(plane, "u1") for plane in planes[first : first + layout.cell]], axis=-1)
        .view(f">{'i' if layout.signed else 'u'}{layout.cell}")
        .reshape(layout.rows, layout.columns)
        for first in range(0, len(planes), layout.cell)
    ]
    values = samples[0] if layout.samples == 1 else np.stack(samples, axis=-1)
    return _coloured(values, replace(layout, photometric="YBR_FULL") if layout.subsampled else layout)


def _coloured(values: "Values", layout: Layout) -> Decoded:
    """Bits outside the value taken away, and colours as RGB."""
    np = numpy()
    if not layout.real and (layout.shift or layout.stored < layout.allocated):
        values = values.astype(values.dtype.newbyteorder("="))
        above = layout.allocated - layout.stored - layout.shift
        values = np.right_shift(np.left_shift(values, above), above + layout.shift)
    photometric = layout.photometric
    if photometric.startswith("YBR_FULL"):
        if layout.stored != 8:
            raise NoPicture("The picture's colours are of a kind that this program does not show.")
        from pydicom.pixels.processing import convert_color_space  # noqa: PLC0415

        values, photometric = convert_color_space(np.ascontiguousarray(values), "YBR_FULL", "RGB"), "RGB"
    elif photometric.startswith("YBR"):
        raise NoPicture("The picture's colours are of a kind that this program does not show.")
    return Decoded(values, photometric, layout.stored, layout.signed)
