"""Compressed pictures: decoded by others than this program, nothing has changed outside the rectangles."""

import errno
import subprocess
import tracemalloc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames
from pydicom.pixels.decoders.rle import _rle_decode_frame as rle_decode_frame
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID, JPEG2000Lossless, JPEGLSLossless, RLELossless

from adit_uploader.deid.blanking import encapsulating
from adit_uploader.deid.engine import Blanking, Deidentifier, Rectangle
from adit_uploader.deid.errors import NotBlankable
from adit_uploader.deid.profiles import profile
from adit_uploader.dicom.pictures.packbits import packed, unpacked
from tests.deid.corpus import SHIPPED
from tests.deid.made import KEY
from tests.deid.pictures import Form, blanked, blankings, dataset, door, mask
from tests.deid.proofs import new_errors_of

# file, transfer syntax and photometric interpretation of the result
SHIPPED_FILES = {
    "693_J2KI.dcm": (JPEG2000Lossless, "MONOCHROME2"),
    "GDCMJ2K_TextGBR.dcm": (JPEG2000Lossless, "YBR_RCT"),
    "J2K_pixelrep_mismatch.dcm": (JPEG2000Lossless, "MONOCHROME2"),
    "JPEG2000.dcm": (JPEG2000Lossless, "MONOCHROME2"),
    "MR_small_jp2klossless.dcm": (JPEG2000Lossless, "MONOCHROME2"),
    "SC_rgb_gdcm_KY.dcm": (JPEG2000Lossless, "RGB"),
    "examples_jpeg2k.dcm": (JPEG2000Lossless, "YBR_RCT"),
    "JPGExtended.dcm": (JPEGLSLossless, "MONOCHROME2"),
    "MR_small_jpeg_ls_lossless.dcm": (JPEGLSLossless, "MONOCHROME2"),
    "SC_jpeg_no_color_transform.dcm": (JPEGLSLossless, "RGB"),
    "SC_jpeg_no_color_transform_2.dcm": (JPEGLSLossless, "RGB"),
    "SC_rgb_dcmtk_+eb+cr.dcm": (JPEGLSLossless, "RGB"),
    "SC_rgb_dcmtk_+eb+cy+n1.dcm": (JPEGLSLossless, "RGB"),
    "SC_rgb_dcmtk_+eb+cy+np.dcm": (JPEGLSLossless, "RGB"),
    "SC_rgb_dcmtk_+eb+cy+s4.dcm": (JPEGLSLossless, "RGB"),
    "SC_rgb_jpeg_gdcm.dcm": (JPEGLSLossless, "RGB"),
    "SC_rgb_jpeg_lossy_gdcm.dcm": (JPEGLSLossless, "RGB"),
    "examples_ybr_color.dcm": (JPEGLSLossless, "RGB"),
    "SC_rgb_small_odd_jpeg.dcm": (RLELossless, "RGB"),
    "MR_small_RLE.dcm": (RLELossless, "MONOCHROME2"),
    "SC_rgb_rle_16bit_2frame.dcm": (RLELossless, "RGB"),
    "SC_rgb_rle_32bit_2frame.dcm": (RLELossless, "RGB"),
    "rtdose_rle.dcm": (RLELossless, "MONOCHROME2"),
}
# who else reads them, into native data
READERS = {
    RLELossless: ["dcmdrle", "{0}", "{1}"],
    JPEGLSLossless: ["dcmdjpls", "{0}", "{1}"],
    JPEG2000Lossless: ["gdcmconv", "--raw", "{0}", "{1}"],
}


def shipped(name: str) -> bytes:
    return next(SHIPPED.rglob(name)).read_bytes()


def corner(ds: Dataset) -> Blanking:
    """Something in the middle, and a line at the right edge."""
    columns, rows = int(ds.Columns), int(ds.Rows)
    return Blanking(
        columns,
        rows,
        (Rectangle(columns // 4, rows // 3, columns // 2, max(rows // 4, 1)), Rectangle(columns - 1, 0, 9, rows)),
    )


def decoded(data: bytes) -> NDArray[np.generic]:
    """frames x rows x columns x samples, colours as RGB, by pydicom."""
    ds = dcmread(BytesIO(data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames = int(ds.get("NumberOfFrames", 1) or 1)
        return ds.pixel_array.reshape(frames, ds.Rows, ds.Columns, ds.SamplesPerPixel)


@contextmanager
def read_by_others(data: bytes, folder: Path) -> Iterator[bytes]:
    """The same file as native data, by DCMTK or GDCM."""
    before, after = folder / "compressed.dcm", folder / "native.dcm"
    before.write_bytes(data)
    command = READERS[dcmread(BytesIO(data)).file_meta.TransferSyntaxUID]
    ran = subprocess.run([part.format(before, after) for part in command], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    yield after.read_bytes()


@pytest.mark.parametrize("name", SHIPPED_FILES)
def test_shipped_files_keep_every_pixel_outside(name: str, tmp_path: Path) -> None:
    data = shipped(name)
    original = dcmread(BytesIO(data))
    blanking = corner(original)
    finished = blanked(data, blanking)
    ds = dcmread(BytesIO(finished))
    assert (ds.file_meta.TransferSyntaxUID, ds.PhotometricInterpretation) == SHIPPED_FILES[name]
    for keyword in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit"):
        assert ds.get(keyword) == original.get(keyword)
    before, after, inside = decoded(data), decoded(finished), mask(blanking)
    assert np.array_equal(before[:, ~inside], after[:, ~inside])
    assert len(np.unique(after[:, inside].reshape(-1, after.shape[-1]), axis=0)) == 1
    with read_by_others(finished, tmp_path) as native:
        assert np.array_equal(decoded(native), after)
    assert door(finished) == ()
    assert blanked(data, blanking) == finished


@pytest.mark.parametrize("name", SHIPPED_FILES)
def test_shipped_files_get_no_new_errors(name: str, tmp_path: Path) -> None:
    data = shipped(name)
    finished = blanked(data, corner(dcmread(BytesIO(data))))
    assert new_errors_of(data, finished, tmp_path) == []


KINDS = {
    "RLE 8 bit": (RLELossless, "", Form(allocated=8, stored=8, frames=3)),
    "RLE 12 bit signed": (RLELossless, "", Form(stored=12, signed=True)),
    "RLE 16 bit inverse": (RLELossless, "", Form(photometric="MONOCHROME1", frames=2)),
    "RLE colours": (RLELossless, "", Form(allocated=8, stored=8, photometric="RGB")),
    "RLE palette": (RLELossless, "", Form(allocated=8, stored=8, photometric="PALETTE COLOR")),
    "JPEG-LS 8 bit": (JPEGLSLossless, "pyjpegls", Form(32, 31, allocated=8, stored=8, frames=3)),
    "JPEG-LS 12 bit": (JPEGLSLossless, "pyjpegls", Form(32, 31, stored=12, photometric="MONOCHROME1")),
    "JPEG-LS 16 bit signed": (JPEGLSLossless, "pyjpegls", Form(32, 31, signed=True)),
    "JPEG-LS colours": (JPEGLSLossless, "pyjpegls", Form(32, 31, allocated=8, stored=8, photometric="RGB", frames=2)),
    "JPEG-LS palette": (JPEGLSLossless, "pyjpegls", Form(32, 31, allocated=8, stored=8, photometric="PALETTE COLOR")),
    "JPEG 2000 8 bit": (JPEG2000Lossless, "pylibjpeg", Form(64, 63, allocated=8, stored=8, frames=3)),
    "JPEG 2000 12 bit signed": (JPEG2000Lossless, "pylibjpeg", Form(64, 63, stored=12, signed=True)),
    "JPEG 2000 16 bit": (JPEG2000Lossless, "pylibjpeg", Form(64, 63, photometric="MONOCHROME1")),
    "JPEG 2000 colours": (JPEG2000Lossless, "pylibjpeg", Form(64, 63, allocated=8, stored=8, photometric="RGB")),
}


def smooth(form: Form) -> NDArray[np.generic]:
    """Values as pictures have them; noise makes no picture that an encoder could pack."""
    down, across, frame = np.mgrid[0 : form.rows, 0 : form.columns, 0 : form.frames]
    top = (1 << form.stored) - 3
    values = ((down * 7 + across * 3 + frame * 11) % 61) * top // 61 + 1
    values = np.moveaxis(values, -1, 0) - (1 << form.stored - 1 if form.signed else 0)
    kind = f"{'i' if form.signed else 'u'}{form.allocated // 8}"
    return (values if form.samples == 1 else np.stack([values, values[:, ::-1], values], axis=-1)).astype(kind)


def compressed(syntax: UID, plugin: str, form: Form, *, extended: bool = False, cut: int = 0) -> bytes:
    """A file as pydicom's encoders write it. cut: each frame as so many fragments."""
    ds = dataset(form)
    frames = smooth(form)
    options = {
        "rows": form.rows,
        "columns": form.columns,
        "samples_per_pixel": form.samples,
        "number_of_frames": 1,
        "bits_allocated": form.allocated,
        "bits_stored": form.stored,
        "pixel_representation": int(form.signed),
        "photometric_interpretation": form.photometric,
        **({"planar_configuration": 0} if form.samples > 1 else {}),
    }
    encoder = get_encoder(syntax)
    packed_frames = [encoder.encode(frame, encoding_plugin=plugin or "pydicom", **options) for frame in frames]
    if extended:
        data, lengths, offsets = encapsulate_extended(packed_frames)
        ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = data, lengths, offsets
        ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = lengths, offsets
    else:
        ds.PixelData = encapsulate(packed_frames, fragments_per_frame=cut or 1)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return written_as(ds, syntax)


def written_as(ds: Dataset, syntax: UID) -> bytes:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = syntax
    out = BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_made_pictures_change_inside_and_nowhere_else(kind: str, data: st.DataObject) -> None:
    syntax, plugin, form = KINDS[kind]
    blanking = data.draw(blankings(form.columns, form.rows))
    finished = blanked(compressed(syntax, plugin, form), blanking)
    ds = dcmread(BytesIO(finished))
    assert ds.file_meta.TransferSyntaxUID == syntax
    expected = smooth(form).reshape(form.frames, form.rows, form.columns, form.samples).copy()
    lowest = -(1 << form.stored - 1) if form.signed else 0
    black = {"MONOCHROME1": lowest + (1 << form.stored) - 1, "PALETTE COLOR": 42}.get(form.photometric, lowest)
    expected[:, mask(blanking)] = black
    assert np.array_equal(decoded(finished), expected)
    assert door(finished) == ()


@pytest.mark.parametrize("options", [{"extended": True}, {"cut": 2}, {"extended": True, "cut": 0}])
def test_tables_of_frames_that_are_gone_are_written_anew(options: dict[str, int]) -> None:
    syntax, plugin, form = KINDS["JPEG-LS 8 bit"]
    finished = blanked(compressed(syntax, plugin, form, **options), Blanking(31, 32, (Rectangle(3, 3, 9, 9),)))  # type: ignore[arg-type]  # one is a switch
    ds = dcmread(BytesIO(finished))
    assert "ExtendedOffsetTable" not in ds
    assert len(list(generate_frames(ds.PixelData, number_of_frames=3))) == 3
    expected = smooth(form)
    expected[:, 3:12, 3:12] = 0
    assert np.array_equal(ds.pixel_array, expected)


def test_noise_that_an_encoder_does_not_take_is_written_as_rle() -> None:
    form = Form(3, 3, allocated=8, stored=8, photometric="RGB")
    finished = blanked(shipped("SC_rgb_small_odd_jpeg.dcm"), Blanking(3, 3, (Rectangle(1, 1, 1, 1),)))
    assert dcmread(BytesIO(finished)).file_meta.TransferSyntaxUID == RLELossless
    assert form.samples == 3


def test_a_lossy_history_that_only_the_compression_told_is_told_by_the_header() -> None:
    original = dcmread(BytesIO(shipped("SC_rgb_jpeg_lossy_gdcm.dcm")))
    for keyword in ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"):
        if keyword in original:
            delattr(original, keyword)
    data = written_as(original, original.file_meta.TransferSyntaxUID)
    ds = dcmread(BytesIO(blanked(data, corner(original))))
    assert (ds.LossyImageCompression, ds.LossyImageCompressionMethod) == ("01", "ISO_10918_1")
    assert ds.LossyImageCompressionRatio > 1


def test_a_lossy_history_that_the_header_tells_stays() -> None:
    data = shipped("SC_rgb_dcmtk_+eb+cr.dcm")
    original = dcmread(BytesIO(data))
    ds = dcmread(BytesIO(blanked(data, corner(original))))
    for keyword in ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"):
        assert ds[keyword].value == original[keyword].value


HOSTILE = ("SC_rgb_jpeg_gdcm.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_RLE.dcm")


@pytest.mark.parametrize("name", HOSTILE)
def test_frames_of_another_size_than_the_header_says_are_refused(name: str) -> None:
    ds = dcmread(BytesIO(shipped(name)))
    ds.Rows += 1
    with pytest.raises(NotBlankable):
        blanked(written_as(ds, ds.file_meta.TransferSyntaxUID), corner(ds))


@pytest.mark.parametrize("name", HOSTILE)
def test_more_frames_than_there_are_are_refused(name: str) -> None:
    ds = dcmread(BytesIO(shipped(name)))
    ds.NumberOfFrames = 2_000_000_000
    with pytest.raises(NotBlankable):
        blanked(written_as(ds, ds.file_meta.TransferSyntaxUID), corner(ds))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", HOSTILE)
def test_damaged_frames_are_refused_or_blanked_all_the_same(name: str, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - the same damage each time
    ds = dcmread(BytesIO(shipped(name)))
    frame = bytearray(next(generate_frames(ds.PixelData, number_of_frames=1)))
    for _ in range(random.randint(1, 4)):
        frame[random.randrange(random.choice((100, len(frame))))] = random.randrange(256)
    if seed % 4 == 3:
        del frame[random.randrange(len(frame)) :]
    ds.PixelData = encapsulate([bytes(frame)])
    ds["PixelData"].is_undefined_length = True
    blanking = corner(ds)
    try:
        finished = blanked(written_as(ds, ds.file_meta.TransferSyntaxUID), blanking)
    except NotBlankable:
        return
    inside = decoded(finished)[:, mask(blanking)]
    assert len(np.unique(inside.reshape(-1, inside.shape[-1]), axis=0)) == 1


def test_videos_can_not_be_blanked() -> None:
    ds = dataset(Form())
    ds.PixelData = encapsulate([b"\0\0\1\xb3" + bytes(60)])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    with pytest.raises(NotBlankable):
        blanked(written_as(ds, UID("1.2.840.10008.1.2.4.102")), Blanking(10, 7, (Rectangle(0, 0, 5, 2),)))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 4), columns=st.integers(1, 700), run=st.integers(1, 300))
def test_what_is_packed_is_what_pydicom_unpacks(seed: int, rows: int, columns: int, run: int) -> None:
    random = np.random.default_rng(seed)
    runs = np.repeat(random.integers(0, 3, rows * columns, dtype="u1"), random.integers(1, run + 1, rows * columns))
    plane = bytearray(runs[: rows * columns].tobytes())
    frame = packed([plane, plane[::-1]], columns)
    assert len(frame) % 2 == 0
    assert unpacked(frame, 2, len(plane)) == [plane, plane[::-1]]
    both = rle_decode_frame(frame, rows, columns, 1, 16, segment_order="<")
    assert bytes(both[0::2]) == plane
    assert bytes(both[1::2]) == plane[::-1]


def test_memory_is_that_of_a_frame_and_not_of_all(tmp_path: Path) -> None:
    form = Form(512, 512, allocated=8, stored=8)
    ds = dcmread(BytesIO(compressed(JPEGLSLossless, "pyjpegls", form)))
    frame = next(generate_frames(ds.PixelData, number_of_frames=1))
    ds.NumberOfFrames = 120
    ds.PixelData = encapsulate([frame] * ds.NumberOfFrames)
    ds["PixelData"].is_undefined_length = True
    data = written_as(ds, JPEGLSLossless)
    path = tmp_path / "many.dcm"
    path.write_bytes(data)
    engine = Deidentifier(profile("research"), KEY)
    blanked(compressed(*KINDS["JPEG-LS 8 bit"]), Blanking(31, 32, (Rectangle(0, 0, 5, 2),)))  # imports what it needs
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            result = engine.deidentify(
                file,
                len(data),
                pseudonym="PSEUDO",
                patient_id="P-0012345",
                blanking=Blanking(512, 512, (Rectangle(0, 0, 300, 40),)),
            )
            assert sum(map(len, result.chunks(file, 1 << 18))) == result.length
            result.close()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * 1024 * 1024 < 120 * 512 * 512


def test_a_disk_without_room_refuses_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    class FullDisk(BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(encapsulating, "SpooledTemporaryFile", lambda **_: FullDisk())
    with pytest.raises(NotBlankable, match="no room"):
        blanked(shipped("MR_small_RLE.dcm"), Blanking(64, 64, (Rectangle(1, 1, 5, 5),)))


def test_what_was_kept_is_gone_when_it_is_closed() -> None:
    data = shipped("MR_small_RLE.dcm")
    result = Deidentifier(profile("research"), KEY).deidentify(
        BytesIO(data),
        len(data),
        pseudonym="PSEUDO",
        patient_id=str(dcmread(BytesIO(data)).PatientID),
        blanking=Blanking(64, 64, (Rectangle(1, 1, 5, 5),)),
    )
    result.close()
    result.close()
    with pytest.raises(ValueError, match="closed"):
        list(result.chunks(BytesIO(data), 1000))
