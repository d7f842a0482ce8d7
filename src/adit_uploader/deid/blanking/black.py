"""Which stored value is shown as black. Source: PS3.3 section C.7.6.3.1.2 (Photometric Interpretation)."""

from collections.abc import Mapping

from adit_uploader.dicom.pictures.layout import Layout
from adit_uploader.dicom.pictures.palette import palette_of


def black_values(layout: Layout, values: Mapping[int, bytes], *, little: bool) -> tuple[int, ...]:
    """One stored value for each sample of a pixel; of floating point numbers 0, which every such picture has room for.

    Args:
        values: of the header's elements; the palette's are read.

    Raises:
        PictureDamaged: there is no palette where one is needed.
    """
    if layout.real:
        return (0,)
    lowest = -(1 << layout.stored - 1) if layout.signed else 0
    match layout.photometric:
        case "MONOCHROME1":
            return (lowest + (1 << layout.stored) - 1,)
        case "MONOCHROME2":
            return (lowest,)
        case "PALETTE COLOR":
            darkest = palette_of(values, little=little, signed=layout.signed).darkest
            return (min(max(darkest, lowest), lowest + (1 << layout.stored) - 1),)
        case "YBR_FULL" | "YBR_FULL_422":
            return (0, 1 << layout.stored - 1, 1 << layout.stored - 1)
        case _:
            return (0, 0, 0)


def black_cells(layout: Layout, values: Mapping[int, bytes], *, little: bool) -> tuple[bytes, ...]:
    """The same as the bytes of a cell, all of its bits, so that nothing old stays in unused ones.

    Raises:
        PictureDamaged: as `black_values`.
    """
    size = max(layout.cell, 1)
    mask = (1 << size * 8) - 1
    order = "little" if little else "big"
    found = black_values(layout, values, little=little)
    return tuple(((value << layout.shift) & mask).to_bytes(size, order) for value in found)  # type: ignore[arg-type]  # one of the two orders
