"""Blanking compressed pictures: each frame unpacked, blanked, packed without loss, and compared before it counts."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from adit_uploader.deid.errors import NotBlankable
from adit_uploader.deid.marks import text
from adit_uploader.deid.tree import Element
from adit_uploader.dicom.errors import DecoderMissing, PictureDamaged
from adit_uploader.dicom.pictures.codestream import is_irreversible
from adit_uploader.dicom.pictures.decoding import MISSING, Decoded, decode_frame, decoder_errors, numpy
from adit_uploader.dicom.pictures.frames import Encapsulated, encapsulated
from adit_uploader.dicom.pictures.layout import PHOTOMETRIC, PLANAR, Layout
from adit_uploader.dicom.pictures.packbits import packed, unpacked
from adit_uploader.dicom.structure import Structure
from adit_uploader.standard.uids import JPEG_2000_LOSSLESS, JPEG_LS, RLE
from adit_uploader.values import dataclass, replace

from .areas import Blanking
from .black import black_cells, black_values
from .encapsulating import EncapsulatedStream
from .syntaxes import LOSSY_METHODS, MAY_BE_LOSSLESS, WRITTEN_AS

_ENCODERS = {JPEG_LS: "pyjpegls", JPEG_2000_LOSSLESS: "pylibjpeg"}
LOSSY, _RATIO, _METHOD = 0x00282110, 0x00282112, 0x00282114


@dataclass(frozen=True, slots=True)
class Recompressed:
    """What came of it.

    Attributes:
        photometric: what the values mean now.
        compressed: bytes of the frames before.
        lossy: how (0028,2114) calls what they had lost before, '' where their compression does not tell of a loss.
    """

    body: EncapsulatedStream
    transfer_syntax_uid: str
    photometric: str
    compressed: int
    lossy: str = ""


def recompress(
    stream: BinaryIO, structure: Structure, layout: Layout, values: Mapping[int, bytes], blanking: Blanking
) -> Recompressed:
    """Blank all frames, one at a time.

    Args:
        values: of the header's elements, undecoded; the palette's are read.

    Raises:
        NotBlankable: they are compressed in a way that can't be written again, or there is no room for them.
        PictureError: they can't be decoded.
    """
    source = structure.transfer_syntax_uid
    if source not in WRITTEN_AS:
        raise NotBlankable("The picture is compressed in a way in which this program can't write it again.")
    frames = encapsulated(stream, structure, layout)
    compressed = sum(length for spans in frames.frames for _, length in spans)
    if source == RLE:
        made = _Packing(layout, values, blanking).all_of(stream, frames)
        return Recompressed(EncapsulatedStream(made), RLE, layout.photometric, compressed)
    lossy = LOSSY_METHODS.get(source, "")
    if source in MAY_BE_LOSSLESS and not is_irreversible(frames.read(stream, 0)):
        lossy = ""
    for target in (WRITTEN_AS[source], RLE):
        work = _Recoding(layout, values, blanking, source, target)
        try:
            body = EncapsulatedStream(work.all_of(stream, frames))
        except _CannotWrite:
            continue
        return Recompressed(body, target, work.photometric, compressed, lossy)
    raise NotBlankable("The picture can't be compressed again without loss.")


def told(found: Recompressed, layout: Layout, present: Mapping[int, bytes], source: str) -> tuple[Element, ...]:
    """Elements of the header that must say what the pixel data is now, and that it was compressed with loss before.

    Args:
        present: values of those that the header has.
        source: transfer syntax before.

    Source: PS3.3 sections C.7.6.3.1.2 and C.7.6.1.1.5.
    """
    changed = []
    if found.photometric != layout.photometric:
        changed.append(text(PHOTOMETRIC, "CS", found.photometric))
    if layout.samples > 1 and source != RLE:
        changed.append(Element(PLANAR, "US", b"\0\0"))
    if found.lossy and present.get(LOSSY, b"").strip() != b"01":
        ratio = f"{layout.native_bytes / max(found.compressed, 1):.2f}"
        changed += [
            text(LOSSY, "CS", "01"),
            text(_RATIO, "DS", ratio),
            text(_METHOD, "CS", found.lossy),
        ]
    return tuple(changed)


class _Packing:
    """RLE: bytes of planes are overwritten, and nothing is decoded further than that."""

    def __init__(self, layout: Layout, values: Mapping[int, bytes], blanking: Blanking) -> None:
        self._layout = layout
        cells = black_cells(layout, values, little=True)
        self._fill = [cell[byte] for cell in cells for byte in reversed(range(layout.cell))]  # highest byte first
        self._bands = list(blanking.bands())

    def all_of(self, stream: BinaryIO, frames: Encapsulated) -> Iterator[bytes]:
        size = self._layout.rows * self._layout.columns
        for number in range(len(frames.frames)):
            planes = unpacked(frames.read(stream, number), len(self._fill), size)
            for plane, value in zip(planes, self._fill, strict=True):
                self._blank(plane, value)
            yield packed(planes, self._layout.columns)

    def _blank(self, plane: bytearray, value: int) -> None:
        for rows, spans in self._bands:
            for row in rows:
                start = row * self._layout.columns
                for begin, end in spans:
                    plane[start + begin : start + end] = bytes((value,)) * (end - begin)


class _CannotWrite(Exception):
    """An encoder takes no picture of this form, or not this one: noise can grow beyond what it is willing to write."""


class _Recoding:
    """JPEG, JPEG-LS and JPEG 2000: decoded, and written again without loss."""

    def __init__(
        self, layout: Layout, values: Mapping[int, bytes], blanking: Blanking, source: str, target: str
    ) -> None:
        self._layout = layout
        self._values = values
        self._bands = list(blanking.bands())
        self._source = source
        self._target = target
        self.photometric = layout.photometric
        if layout.samples > 1:
            reversible = target == JPEG_2000_LOSSLESS and layout.photometric in {"YBR_RCT", "YBR_ICT"}
            self.photometric = "YBR_RCT" if reversible else "RGB"

    def all_of(self, stream: BinaryIO, frames: Encapsulated) -> Iterator[bytes]:
        """The frames as they are now. Raises _CannotWrite: not in this transfer syntax."""
        written = replace(self._layout, photometric=self.photometric)
        for number in range(len(frames.frames)):
            decoded = self._blanked(decode_frame(frames.read(stream, number), self._layout, self._source))
            if self._target == RLE:
                yield _run_length(decoded, written)
                continue
            frame = _encoded(decoded, written, self._target)
            try:
                again = decode_frame(frame, written, self._target)
            except PictureDamaged:
                raise _CannotWrite from None
            if not numpy().array_equal(again.values, decoded.values):
                raise _CannotWrite
            yield frame

    def _blanked(self, decoded: Decoded) -> Decoded:
        layout = replace(self._layout, photometric=decoded.photometric)
        black = black_values(layout, self._values, little=True)
        values = numpy().array(decoded.values)  # a copy that can be written, row by row
        for rows, spans in self._bands:
            for begin, end in spans:
                values[rows.start : rows.stop, begin:end] = black if layout.samples > 1 else black[0]
        return replace(decoded, values=values)


def _run_length(decoded: Decoded, layout: Layout) -> bytes:
    values = decoded.values
    if values.dtype.itemsize != layout.cell:
        raise PictureDamaged("The compressed picture's values are of another size than the header says.")
    samples = [values] if layout.samples == 1 else [values[:, :, number] for number in range(layout.samples)]
    cells = [sample.astype(sample.dtype.newbyteorder(">")).tobytes() for sample in samples]
    planes = [bytearray(cell[byte :: layout.cell]) for cell in cells for byte in range(layout.cell)]
    return packed(planes, layout.columns)


def _encoded(decoded: Decoded, layout: Layout, target: str) -> bytes:
    from pydicom.pixels.encoders.base import get_encoder  # noqa: PLC0415 - only with a picture
    from pydicom.uid import UID  # noqa: PLC0415

    encoder = get_encoder(UID(target))
    if _ENCODERS[target] not in encoder.available_plugins:
        raise DecoderMissing(MISSING)
    options: dict[str, Any] = {
        "rows": layout.rows,
        "columns": layout.columns,
        "number_of_frames": 1,
        "samples_per_pixel": layout.samples,
        "bits_allocated": decoded.values.dtype.itemsize * 8,
        "bits_stored": decoded.stored,
        "pixel_representation": int(layout.signed),
        "photometric_interpretation": layout.photometric,
    }
    if layout.samples > 1:
        options["planar_configuration"] = 0
    try:
        with decoder_errors():
            return encoder.encode(decoded.values, encoding_plugin=_ENCODERS[target], **options)
    except PictureDamaged:
        raise _CannotWrite from None
