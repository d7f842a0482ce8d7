"""Inside the rectangles nothing is left, outside them nothing has changed, and the file says what was done."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread

from adit_uploader.deid.engine import Blanking, Deidentifier, PassThrough, Rectangle
from adit_uploader.deid.errors import NotBlankable
from adit_uploader.deid.profiles import PROFILES, profile
from adit_uploader.deid.verify import Violation
from adit_uploader.protocol.codes import RefusalCode
from tests.deid.corpus import SHIPPED
from tests.deid.made import KEY, deidentified, whole, written
from tests.deid.pictures import Form, blanked, blankings, dataset, door, file_of, mask, pixel_bytes
from tests.deid.proofs import new_errors_of

NATIVE = {
    "8 bit": (Form(allocated=8, stored=8, vr="OB"), (0,)),
    "8 bit in words": (Form(allocated=8, stored=8, columns=11), (0,)),
    "8 bit big endian": (Form(allocated=8, stored=8, columns=11, rows=8, syntax="big-endian"), (0,)),
    "8 bit big endian in bytes": (Form(allocated=8, stored=8, columns=11, vr="OB", syntax="big-endian"), (0,)),
    "12 of 16 bit": (Form(stored=12), (0,)),
    "16 bit signed": (Form(signed=True), (-32768,)),
    "12 of 16 bit signed": (Form(stored=12, signed=True), (-2048,)),
    "16 bit implicit": (Form(syntax="implicit"), (0,)),
    "16 bit big endian": (Form(syntax="big-endian", signed=True, photometric="MONOCHROME1"), (32767,)),
    "16 bit deflated": (Form(syntax="deflated", photometric="MONOCHROME1"), (65535,)),
    "32 bit": (Form(allocated=32, stored=32, photometric="MONOCHROME1"), (2**32 - 1,)),
    "12 of 16 bit inverse": (Form(stored=12, photometric="MONOCHROME1"), (4095,)),
    "single bits": (Form(allocated=1, stored=1, columns=13, frames=3), (0,)),
    "single bits inverse": (Form(allocated=1, stored=1, columns=13, frames=3, photometric="MONOCHROME1"), (1,)),
    "single bits in bytes": (Form(allocated=1, stored=1, columns=13, frames=3, vr="OB", syntax="big-endian"), (0,)),
    "palette": (Form(allocated=8, stored=8, photometric="PALETTE COLOR"), (42,)),
    "palette big endian": (Form(stored=8, photometric="PALETTE COLOR", syntax="big-endian"), (42,)),
    "colours": (Form(allocated=8, stored=8, photometric="RGB", frames=2), (0, 0, 0)),
    "colours in planes": (Form(allocated=8, stored=8, photometric="RGB", planar=True, frames=2), (0, 0, 0)),
    "16 bit colours": (Form(photometric="RGB", planar=True), (0, 0, 0)),
    "luminance": (Form(allocated=8, stored=8, photometric="YBR_FULL", frames=2), (0, 128, 128)),
    "shared colours": (Form(allocated=8, stored=8, photometric="YBR_FULL_422", frames=2), (0, 128, 128)),
    "many frames": (Form(frames=9), (0,)),
}


@pytest.mark.parametrize("kind", NATIVE)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_native_pictures_change_inside_and_nowhere_else(kind: str, data: st.DataObject) -> None:
    form, black = NATIVE[kind]
    blanking = data.draw(blankings(form.columns, form.rows))
    before = dcmread(BytesIO(file_of(form)))
    after = dcmread(BytesIO(blanked(file_of(form), blanking)))
    assert after.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
    pictures = [_frames(ds, form) for ds in (before, after)]
    inside = mask(blanking, pairs=form.photometric == "YBR_FULL_422")
    expected = pictures[0].copy()
    expected[:, inside] = black
    assert np.array_equal(pictures[1], expected)


def _frames(ds, form: Form):  # type: ignore[no-untyped-def]  # arrays as pydicom reads them, with their own numbers
    """frames x rows x columns x samples, as stored."""
    ds.pixel_array_options(raw=True)
    return ds.pixel_array.reshape(form.frames, form.rows, form.columns, form.samples)


@pytest.mark.parametrize("name", PROFILES)
def test_the_result_says_that_it_was_blanked_and_the_door_takes_it(name: str) -> None:
    form = Form()
    finished = blanked(file_of(form), Blanking(10, 7, (Rectangle(0, 0, 5, 2),)), name)
    ds = dcmread(BytesIO(finished))
    assert "113101" in [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]
    assert ds.BurnedInAnnotation == "NO"
    assert ds.DeidentificationMethod[0] == profile(name).methods[0]
    assert "blanked" in ds.DeidentificationMethod[1]
    assert door(finished, name) == ()


def test_the_door_refuses_a_file_that_only_half_says_so() -> None:
    finished = blanked(file_of(Form()), Blanking(10, 7, (Rectangle(0, 0, 5, 2),)))
    assert finished.count(b"113101") == 1
    assert finished.count(b"CS\x02\x00NO") == 1
    assert door(finished.replace(b"113101", b"113102"))
    assert door(finished.replace(b"CS\x02\x00NO", b"CS\x02\x00NX"))
    assert door(finished.replace(b"pixel data blanked", b"pixel data altered"))


def test_a_door_that_takes_no_such_pictures_refuses_blanked_ones_and_those_as_they_are() -> None:
    held = dataset(Form())
    harmless = dataset(Form())
    harmless.Modality, harmless.SOPClassUID = "CT", "1.2.840.10008.5.1.4.1.1.2"
    del harmless.BurnedInAnnotation
    blanking = Blanking(10, 7, (Rectangle(0, 0, 5, 2),))
    as_it_is = deidentified(written(held, pixels=False))
    others = deidentified(written(harmless, pixels=False))
    found = {
        "as it is": door(whole(as_it_is, written(held, pixels=False)), burned_in=False),
        "blanked": door(blanked(written(harmless, pixels=False), blanking), burned_in=False),
        "harmless": door(whole(others, written(harmless, pixels=False)), burned_in=False),
    }
    refused = (Violation(RefusalCode.BURNED_IN),)
    assert found == {"as it is": refused, "blanked": refused, "harmless": ()}


def test_values_that_the_blanking_may_have_made_wrong_are_not_kept() -> None:
    ds = dataset(Form())
    ds.SmallestImagePixelValue, ds.LargestImagePixelValue = 3, 900
    data = written(ds, pixels=False)
    after = dcmread(BytesIO(blanked(data, Blanking(10, 7, (Rectangle(0, 0, 5, 2),)))))
    assert "SmallestImagePixelValue" not in after
    assert "LargestImagePixelValue" not in after


@pytest.mark.parametrize(
    "name",
    [
        *("CT_small.dcm", "MR_small_bigendian.dcm", "SC_ybr_full_422_uncompressed.dcm", "examples_palette.dcm"),
        *("examples_rgb_color.dcm", "image_dfl.dcm", "liver_1frame.dcm", "rtdose.dcm"),
    ],
)
def test_shipped_files_get_no_new_errors(name: str, tmp_path: Path) -> None:
    data = next(SHIPPED.rglob(name)).read_bytes()
    ds = dcmread(BytesIO(data), stop_before_pixels=True)
    finished = blanked(data, Blanking(ds.Columns, ds.Rows, (Rectangle(1, 1, 5, 5),)))
    assert new_errors_of(data, finished, tmp_path) == []
    assert door(finished) == ()


def test_a_picture_of_another_size_is_refused() -> None:
    with pytest.raises(NotBlankable):
        blanked(file_of(Form()), Blanking(10, 8, (Rectangle(0, 0, 5, 2),)))


def test_a_picture_that_is_longer_or_shorter_than_said_is_refused() -> None:
    for change in (bytes(70), None):
        ds = dataset(Form())
        ds.PixelData = ds.PixelData + change if change else ds.PixelData[:-2]
        ds["PixelData"].VR = "OW"
        with pytest.raises(NotBlankable):
            blanked(written(ds, pixels=False), Blanking(10, 7, (Rectangle(0, 0, 5, 2),)))


def test_single_bits_that_programs_read_differently_are_refused() -> None:
    form = Form(allocated=1, stored=1, columns=16, frames=3, syntax="big-endian")
    with pytest.raises(NotBlankable):
        blanked(file_of(form), Blanking(16, 7, (Rectangle(0, 0, 5, 2),)))


def test_a_file_that_goes_as_it_is_is_not_blanked() -> None:
    data = file_of(Form())
    with pytest.raises(NotBlankable):
        PassThrough().deidentify(BytesIO(data), len(data), blanking=Blanking(10, 7, (Rectangle(0, 0, 5, 2),)))


def test_what_is_no_rectangle_can_not_be_made() -> None:
    for wrong in ((-1, 0, 1, 1), (0, -1, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0)):
        with pytest.raises(ValueError):
            Rectangle(*wrong)
    for rectangles in ((), (Rectangle(10, 0, 1, 1),), (Rectangle(0, 7, 1, 1),)):
        with pytest.raises(ValueError):
            Blanking(10, 7, rectangles)


def test_a_picture_larger_than_a_block_is_blanked_across_its_blocks() -> None:
    form = Form(rows=600, columns=501, frames=3)
    blanking = Blanking(501, 600, (Rectangle(480, 0, 21, 600), Rectangle(0, 599, 501, 1)))
    engine = Deidentifier(profile("research"), KEY)
    data = file_of(form)
    result = engine.deidentify(BytesIO(data), len(data), pseudonym="P", patient_id="P-0012345", blanking=blanking)
    ds = dcmread(BytesIO(b"".join(result.chunks(BytesIO(data), 1 << 18))))
    expected = np.frombuffer(pixel_bytes(form), "<u2").reshape(3, 600, 501).copy()
    expected[:, mask(blanking)] = 0
    assert np.array_equal(ds.pixel_array, expected)
    assert len(data) > 3 << 19


def test_the_rectangles_text_is_the_same_for_the_same_rectangles() -> None:
    first, second = Rectangle(1, 2, 3, 4), Rectangle(5, 6, 7, 8)
    assert str(Blanking(20, 20, (first, second))) == str(Blanking(20, 20, (second, first, first)))
    assert str(Blanking(20, 20, (first,))) != str(Blanking(20, 20, (replace(first, x=2),)))
