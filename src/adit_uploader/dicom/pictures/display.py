"""From stored values to what a screen shows: 8 bits of grey or of each colour, made smaller.

Source: PS3.3 sections C.11.1 (Modality LUT), C.11.2 (VOI LUT), C.7.6.16.2.9 and .10 (the same frame by frame),
C.7.9 (palettes).
"""

from typing import TYPE_CHECKING, Any, BinaryIO

from adit_uploader.dicom.errors import DicomError, PictureDamaged

from .decoding import Decoded, decoder_errors, numpy
from .palette import Palette

if TYPE_CHECKING:
    from .decoding import Values

MOST = 4096 * 4096  # pixels that are looked at one by one; of larger pictures every second, third, ...
_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_MACROS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")


def thinned(decoded: Decoded) -> Decoded:
    """Every nth row and column of a picture that is far larger than any screen."""
    rows, columns = decoded.values.shape[:2]
    step = 1
    while rows // step * (columns // step) > MOST:
        step += 1
    values = decoded.values[::step, ::step]
    return Decoded(values, decoded.photometric, decoded.stored, decoded.signed)


def grey(decoded: Decoded, header: Any, frame: int, *, whole_range: bool) -> "Values":
    """8-bit grey values by the file's own window; by all that occurs, where it has none or the whole range is wanted.

    Raises:
        PictureDamaged: the file's tables can't be understood.
    """
    np = numpy()
    values = decoded.values
    window = None if whole_range else _windowed(values, _display_elements(header, frame))
    shown = values.astype("f8") if window is None else np.asarray(window, "f8")
    finite = shown[np.isfinite(shown)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if not high > low:
        scaled = np.zeros(shown.shape)
    else:
        scaled = np.nan_to_num((shown - low) / (high - low), nan=0.0, posinf=1.0, neginf=0.0)
    inverse = decoded.photometric == "MONOCHROME1"
    result: Values = (255 - scaled * 255 if inverse else scaled * 255).round().clip(0, 255).astype("u1")
    return result


def _display_elements(header: Any, frame: int) -> Any:
    """The elements of Modality and VOI LUT that hold for a frame, as one pydicom data set."""
    found = header.copy() if hasattr(header, "copy") else header
    shared, each = (header.get(name) or [] for name in _GROUPS)
    for groups, number in ((shared, 0), (each, frame)):
        for macro in _MACROS if number < len(groups) else ():
            for item in groups[number].get(macro) or []:
                found.update(item)
    return found


def _windowed(values: "Values", header: Any) -> "Values | None":
    """By rescaling and window; None where the file has none. Two values are equal only if the window makes them so."""
    from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut  # noqa: PLC0415 - only with a picture

    if "VOILUTSequence" not in header and "WindowCenter" not in header:
        return None
    with decoder_errors():
        rescaled = apply_modality_lut(values, header)
        shown: Values = apply_voi_lut(rescaled, header)
    return shown if shown.shape == values.shape and shown.min() < shown.max() else None


def colours(decoded: Decoded) -> "Values":
    """8-bit red, green and blue."""
    np = numpy()
    values = decoded.values
    if decoded.stored > 8:
        values = values.astype("u4") >> (decoded.stored - 8)
    result: Values = np.clip(values, 0, 255).astype("u1")
    return result


def painted(decoded: Decoded, palette: Palette) -> "Values":
    """8-bit red, green and blue of a picture with a palette."""
    np = numpy()
    entries = np.clip(decoded.values.astype("i8") - palette.first, 0, len(palette.red) - 1)
    tables = np.array([palette.red, palette.green, palette.blue], dtype="u4")
    if palette.bits > 8 and tables.max() > 255:
        tables >>= palette.bits - 8
    result: Values = np.clip(tables, 0, 255).astype("u1")[:, entries].transpose(1, 2, 0)
    return result


def fitted(values: "Values", max_size: tuple[int, int]) -> "Values":
    """Made smaller by the mean of blocks, so that thin letters stay visible; never enlarged."""
    np = numpy()
    rows, columns = values.shape[:2]
    factor = max(-(-columns // max_size[0]), -(-rows // max_size[1]), 1)
    if factor == 1:
        return values
    short = [(0, -rows % factor), (0, -columns % factor)] + [(0, 0)] * (values.ndim - 2)
    whole = np.pad(values, short, mode="edge")
    blocks = whole.reshape(whole.shape[0] // factor, factor, whole.shape[1] // factor, factor, *values.shape[2:])
    result: Values = blocks.mean(axis=(1, 3)).round().astype("u1")
    return result


def header_of(file: BinaryIO, size: int) -> Any:
    """The file's header as a pydicom data set.

    Raises:
        PictureDamaged: pydicom does not understand it.
        OSError: reading failed.
    """
    from adit_uploader.dicom.header import read_header  # noqa: PLC0415 - only with a picture

    try:
        header = read_header(file, size)
    except DicomError:
        raise PictureDamaged("The header can't be read as a whole.") from None
    if header.inflated is not None:
        header.inflated.close()
    return header.dataset
