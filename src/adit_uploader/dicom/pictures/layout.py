"""What a header says of its picture: size, samples, bits, colours. Every value is checked before anybody counts on it.

Source: PS3.3 section C.7.6.3 (Image Pixel module), PS3.5 section 8 (encoding of pixel data).
"""

from collections.abc import Mapping
from math import prod

from adit_uploader.dicom.errors import NoPicture, PictureDamaged
from adit_uploader.dicom.texts import code, integer
from adit_uploader.values import dataclass

SAMPLES, PHOTOMETRIC, PLANAR, FRAMES = 0x00280002, 0x00280004, 0x00280006, 0x00280008
ROWS, COLUMNS, ALLOCATED, STORED = 0x00280010, 0x00280011, 0x00280100, 0x00280101
HIGH_BIT, REPRESENTATION = 0x00280102, 0x00280103
PALETTES = frozenset(range(0x00281101, 0x00281104)) | frozenset(range(0x00281201, 0x00281204))
SEGMENTED_PALETTES = frozenset(range(0x00281221, 0x00281224))
FLOAT_PIXELS, DOUBLE_PIXELS, PIXELS = 0x7FE00008, 0x7FE00009, 0x7FE00010
WANTED = (
    frozenset({SAMPLES, PHOTOMETRIC, PLANAR, FRAMES, ROWS, COLUMNS, ALLOCATED, STORED, HIGH_BIT, REPRESENTATION})
    | PALETTES
    | SEGMENTED_PALETTES
)

MAX_FRAME = 512 * 1024 * 1024  # bytes of one frame
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})
_COLOUR = frozenset(
    {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"},
)


@dataclass(frozen=True, slots=True)
class Layout:
    """One picture's form.

    Attributes:
        samples: 1, or 3 with colours.
        planar: whether each colour of a frame lies in a plane of its own (native data only).
        allocated, stored: bits of a sample's cell, and of its value in it.
        shift: bits below the value in its cell; 0 in all but very old files.
        signed: whether values are two's complement.
        real: whether samples are floating point numbers.
    """

    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    planar: bool
    allocated: int
    stored: int
    shift: int
    signed: bool
    real: bool

    @property
    def subsampled(self) -> bool:
        """Whether two pixels share their colour in native data."""
        return self.photometric == "YBR_FULL_422"

    @property
    def cell(self) -> int:
        """Bytes of a sample; 0 where eight samples share a byte."""
        return self.allocated // 8

    @property
    def frame_bits(self) -> int:
        """Bits of a frame as native data."""
        samples = 2 if self.subsampled else self.samples
        return prod((self.rows, self.columns, samples, self.allocated))

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame by itself, decoded."""
        return (self.rows * self.columns * self.samples * self.allocated + 7) // 8

    @property
    def native_bytes(self) -> int:
        """Bytes of all frames as native data; frames of single bits follow each other within a byte."""
        return (self.frame_bits * self.frames + 7) // 8


def layout_of(values: Mapping[int, bytes], *, little: bool, pixel_tag: int) -> Layout:
    """The picture's form.

    Args:
        values: of the header's elements, undecoded; at least `WANTED` as far as the file has them.
        little: byte order of the data set.
        pixel_tag: of the pixel data element.

    Raises:
        NoPicture: it has no rows, columns or samples, or they are of a kind that this program does not show.
        PictureDamaged: the header contradicts itself.
    """

    def short(tag: int, default: int | None = None) -> int:
        value = values.get(tag, b"")
        if not value and default is not None:
            return default
        if len(value) != 2:
            raise NoPicture("The header does not say how the picture is written.")
        return int.from_bytes(value, "little" if little else "big")

    real = pixel_tag in {FLOAT_PIXELS, DOUBLE_PIXELS}
    allocated = short(ALLOCATED, {FLOAT_PIXELS: 32, DOUBLE_PIXELS: 64}.get(pixel_tag))
    stored = allocated if real else short(STORED, allocated)
    samples = short(SAMPLES, 1)
    layout = Layout(
        rows=short(ROWS),
        columns=short(COLUMNS),
        frames=max(integer(values.get(FRAMES, b"")) or 1, 1),
        samples=samples,
        photometric=code(values.get(PHOTOMETRIC, b"")) or ("MONOCHROME2" if samples == 1 else "RGB"),
        planar=samples > 1 and short(PLANAR, 0) == 1,
        allocated=allocated,
        stored=stored,
        shift=0 if real else short(HIGH_BIT, stored - 1) + 1 - stored,
        signed=not real and short(REPRESENTATION, 0) == 1,
        real=real,
    )
    _check(layout, pixel_tag)
    return layout


def _check(layout: Layout, pixel_tag: int) -> None:
    if not layout.rows or not layout.columns:
        raise NoPicture("The picture has no rows or no columns.")
    if layout.samples != (3 if layout.photometric in _COLOUR else 1) or layout.photometric not in _GREY | _COLOUR:
        raise NoPicture("The picture's colours are of a kind that this program does not know.")
    real = {FLOAT_PIXELS: 32, DOUBLE_PIXELS: 64}
    if layout.allocated != real.get(pixel_tag, layout.allocated) or layout.allocated not in {1, 8, 16, 24, 32, 64}:
        raise NoPicture("The picture's values are of a size that this program does not know.")
    if not 0 < layout.stored <= layout.allocated or not 0 <= layout.shift <= layout.allocated - layout.stored:
        raise PictureDamaged("The header contradicts itself about the picture's bits.")
    if layout.allocated == 1 and layout.samples != 1:
        raise NoPicture("The picture's values are of a size that this program does not know.")
    if layout.frame_bytes > MAX_FRAME:
        raise PictureDamaged("One frame of the picture is larger than this program decodes.")
