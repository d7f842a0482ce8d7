"""In which transfer syntax a picture is written after its rectangles were blanked.

Native data and RLE stay what they were. JPEG-LS and JPEG 2000 are written again by their own kind, without loss. All
other JPEG becomes JPEG-LS lossless: nobody keeps an encoder for lossless JPEG, to compress again with loss would change
the picture outside the rectangles, and of what is left JPEG-LS is read by all free toolkits and far smaller than RLE.
What an encoder does not take (noise that grows, values of 32 bits) becomes RLE, which every reader of DICOM has.
"""

from adit_uploader.standard.uids import (
    DEFLATED,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    JPEG_2000_LOSSLESS,
    JPEG_LS,
    RLE,
)

_J = "1.2.840.10008.1.2.4."
_NATIVE = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED)

WRITTEN_AS = {
    **{uid: uid for uid in (*_NATIVE, RLE)},
    **dict.fromkeys((_J + "50", _J + "51", _J + "57", _J + "70"), JPEG_LS),  # baseline, extended, lossless (both)
    **dict.fromkeys((_J + "80", _J + "81"), JPEG_LS),
    **dict.fromkeys((_J + "90", _J + "91", _J + "201", _J + "202", _J + "203"), JPEG_2000_LOSSLESS),
}
"""From what a file has to what its result has; any other can't be blanked."""

LOSSY_METHODS = {
    _J + "50": "ISO_10918_1",
    _J + "51": "ISO_10918_1",
    _J + "81": "ISO_14495_1",
    _J + "91": "ISO_15444_1",
    _J + "203": "ISO_15444_15",
}
"""Transfer syntaxes that lose something, and how (0028,2114) calls it. Source: PS3.3 section C.7.6.1.1.5.1."""

MAY_BE_LOSSLESS = frozenset({_J + "91", _J + "203"})
"""Those among them of which each picture says itself whether it does."""
