"""Pictures of every compression that can be blanked, packed by real encoders of others and unpacked by others again.

What a result is written in is read from the page that users read; what can't be written again is refused.
"""

import re
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, ExplicitVRLittleEndian

from adit_uploader.deid.blanking.syntaxes import WRITTEN_AS
from adit_uploader.deid.engine import Blanking, Rectangle
from adit_uploader.deid.errors import NotBlankable
from adit_uploader.dicom.errors import PictureDamaged
from adit_uploader.dicom.pictures.codestream import is_irreversible
from tests.deid.pictures import Form, blanked, dataset, door, mask
from tests.deid.test_compressed_pictures_are_blanked_without_loss import (
    READERS,
    decoded,
    read_by_others,
    smooth,
    written_as,
)

PAGE = (Path(__file__).parents[2] / "docs" / "deidentification.md").read_text(encoding="utf-8")
_J = "1.2.840.10008.1.2.4."
GREY = Form(40, 33, allocated=8, stored=8, frames=2)
DEEP = Form(40, 33, stored=12, photometric="MONOCHROME1")
SIGNED = Form(40, 33, stored=16, signed=True)
COLOURS = Form(40, 33, allocated=8, stored=8, photometric="RGB")
CLOSE = {False: 0.4, True: 0.0}  # of the range of values: how far an encoder may be from what it was given

Encoder = Callable[[Form, Path], bytes]


def _ran(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def _converted(*command: str) -> Encoder:
    """A whole file by DCMTK or GDCM, from a native one."""

    def encode(form: Form, folder: Path) -> bytes:
        native, packed = folder / "made.dcm", folder / "packed.dcm"
        ds = dataset(form)
        ds.PixelData = smooth(form).tobytes()
        native.write_bytes(written_as(ds, ExplicitVRLittleEndian))
        _ran(*command, native, packed)
        return packed.read_bytes()

    return encode


def _openjph(syntax: str, *options: str) -> Encoder:
    """Frames by OpenJPH, from portable grey and colour maps; it writes no DICOM files."""

    def encode(form: Form, folder: Path) -> bytes:
        ds = dataset(form)
        kind, suffix = ("P6", "ppm") if form.samples == 3 else ("P5", "pgm")
        frames = []
        for frame in smooth(form):
            plain, packed = folder / f"frame.{suffix}", folder / "frame.j2c"
            head = f"{kind}\n{form.columns} {form.rows}\n{(1 << form.stored) - 1}\n".encode()
            plain.write_bytes(head + frame.astype(frame.dtype.newbyteorder(">")).tobytes())
            _ran("ojph_compress", "-i", plain, "-o", packed, *options)
            frames.append(packed.read_bytes())
        if form.samples == 3:
            ds.PhotometricInterpretation = "YBR_RCT" if "true" in options else "YBR_ICT"
        ds.PixelData = encapsulate(frames)
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
        return written_as(ds, UID(syntax))

    return encode


# transfer syntax, who packs it, whether without loss, pictures that it takes
ENCODERS = {
    "JPEG baseline": (_J + "50", _converted("dcmcjpeg", "+eb"), False, [GREY, COLOURS]),
    "JPEG extended": (_J + "51", _converted("dcmcjpeg", "+ee"), False, [DEEP]),
    "JPEG lossless": (_J + "57", _converted("dcmcjpeg", "+el"), True, [GREY, DEEP, COLOURS]),
    "JPEG lossless, first-order": (_J + "70", _converted("dcmcjpeg", "+e1"), True, [GREY, DEEP, COLOURS]),
    "JPEG-LS": (_J + "80", _converted("dcmcjpls", "+el"), True, [GREY, DEEP, COLOURS]),
    "JPEG-LS near-lossless": (_J + "81", _converted("dcmcjpls", "+en", "+md", "3"), False, [GREY, DEEP, COLOURS]),
    "JPEG 2000 lossless": (_J + "90", _converted("gdcmconv", "--j2k"), True, [GREY, DEEP, SIGNED, COLOURS]),
    "JPEG 2000": (_J + "91", _converted("gdcmconv", "--j2k", "--lossy", "-q", "30"), False, [GREY, COLOURS]),
    "HTJ2K lossless": (_J + "201", _openjph(_J + "201", "-reversible", "true"), True, [GREY, DEEP, COLOURS]),
    "HTJ2K lossless RPCL": (
        _J + "202",
        _openjph(_J + "202", "-reversible", "true", "-prog_order", "RPCL", "-num_decomps", "3"),
        True,
        [GREY, DEEP, COLOURS],
    ),
    "HTJ2K": (_J + "203", _openjph(_J + "203", "-reversible", "false", "-qstep", "0.01"), False, [GREY, COLOURS]),
}
CASES = [(kind, form) for kind, (_, _, _, forms) in ENCODERS.items() for form in forms]
NAMES = {"JPEG-LS lossless": _J + "80", "JPEG 2000 lossless": _J + "90"}


def promised(kind: str) -> UID:
    """What the page says that pictures of this compression are written in."""
    rows = re.findall(r"^\| ([^|]*) \| decoded[^|]* \| ([^|]*) \|$", PAGE, re.MULTILINE)
    families = {"JPEG 2000": "JPEG 2000", "HTJ2K": "HTJ2K", "JPEG-LS": "JPEG-LS", "JPEG": "JPEG baseline"}
    family = next(words for start, words in families.items() if kind.startswith(start))
    [result] = [result for what, result in rows if family in what]
    return UID(NAMES[result])


@pytest.mark.parametrize(("kind", "form"), CASES, ids=lambda one: one if isinstance(one, str) else one.photometric)
def test_nothing_changes_but_what_is_in_the_rectangles(kind: str, form: Form, tmp_path: Path) -> None:
    syntax, encode, lossless, _ = ENCODERS[kind]
    data = encode(form, tmp_path)
    assert dcmread(BytesIO(data)).file_meta.TransferSyntaxUID == syntax
    before = decoded(data)
    original = smooth(form).reshape(before.shape)
    # the encoder is a real one: the picture is the one that was given to it, or near to it
    assert np.array_equal(before, original) is lossless
    assert np.abs(before.astype("i8") - original).max() <= CLOSE[lossless] * (1 << form.stored)

    blanking = Blanking(form.columns, form.rows, (Rectangle(5, 7, 11, 9), Rectangle(form.columns - 2, 0, 9, 4)))
    finished = blanked(data, blanking)
    ds = dcmread(BytesIO(finished))
    assert ds.file_meta.TransferSyntaxUID == promised(kind)
    expected = before.copy()
    expected[:, mask(blanking)] = black(form)
    assert np.array_equal(decoded(finished), expected)
    with read_by_others(finished, tmp_path) as native:
        assert np.array_equal(decoded(native), expected)
    assert (ds.get("LossyImageCompression") == "01") is not lossless
    assert door(finished) == ()


def black(form: Form) -> int:
    lowest = -(1 << form.stored - 1) if form.signed else 0
    return lowest + (1 << form.stored) - 1 if form.photometric == "MONOCHROME1" else lowest


def test_every_compression_that_can_be_blanked_has_its_encoder_here() -> None:
    native = {uid for uid, written in WRITTEN_AS.items() if uid == written} - set(READERS)
    assert {syntax for syntax, *_ in ENCODERS.values()} == set(WRITTEN_AS) - native - {"1.2.840.10008.1.2.5"}


@pytest.mark.parametrize("number", ["52", "58", "92", "93", "94"])
def test_any_other_compression_is_refused(number: str, tmp_path: Path) -> None:
    """Whatever is in it: a picture that can't be written again is never sent half blanked."""
    ds = dcmread(BytesIO(ENCODERS["JPEG-LS"][1](GREY, tmp_path)))
    with pytest.raises(NotBlankable, match="can't write it again"):
        blanked(written_as(ds, UID(_J + number)), Blanking(33, 40, (Rectangle(1, 1, 3, 3),)))


def test_a_frame_that_ends_too_early_says_nothing_of_a_loss(tmp_path: Path) -> None:
    frame = next(generate_frames(dcmread(BytesIO(ENCODERS["HTJ2K"][1](GREY, tmp_path))).PixelData, number_of_frames=2))
    assert is_irreversible(frame)
    for end in range(frame.index(b"\xff\x52") + 14):  # the transformation is the last byte of this marker's segment
        with pytest.raises(PictureDamaged):
            is_irreversible(frame[:end])
    with pytest.raises(PictureDamaged):
        is_irreversible(frame.replace(b"\xff\x52", b"\xff\x64"))  # a comment in its place: the tiles come first
