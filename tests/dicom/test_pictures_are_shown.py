"""Frames of files of every kind, small and as they are meant to be seen; and what has no picture says why."""

import os
import pickle
import signal
import threading
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.data import DATA_ROOT
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import UID

from adit_uploader.dicom.errors import DicomError, NoPicture, PictureDamaged
from adit_uploader.dicom.inventory import Location
from adit_uploader.dicom.pictures import apart
from adit_uploader.dicom.pictures.apart import Renderer
from adit_uploader.dicom.pictures.render import Picture, render
from tests.deid.pictures import Form, dataset, file_of

LARGE = (4096, 4096)


def shipped(name: str) -> Path:
    return next(Path(DATA_ROOT).rglob(name))


def pixels(picture: Picture) -> NDArray[np.uint8]:
    shape = (picture.height, picture.width) if picture.grey else (picture.height, picture.width, 3)
    return np.frombuffer(picture.data, "u1").reshape(shape)


def saved(folder: Path, data: bytes) -> Location:
    path = folder / "one.dcm"
    path.write_bytes(data)
    return Location(path)


def saved_dataset(folder: Path, ds: Dataset, syntax: str) -> Location:
    ds.file_meta.TransferSyntaxUID = UID(syntax)
    out = BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return saved(folder, out.getvalue())


def as_grey(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return (values - values.min()) / (values.max() - values.min()) * 255


@pytest.mark.parametrize(
    "form",
    [
        Form(allocated=8, stored=8, vr="OB"),
        Form(allocated=8, stored=8, syntax="big-endian", rows=8),
        Form(stored=12, signed=True),
        Form(signed=True, syntax="big-endian"),
        Form(allocated=32, stored=32, syntax="implicit"),
        Form(allocated=1, stored=1, columns=13, frames=3),
        Form(syntax="deflated", frames=3),
    ],
    ids=str,
)
def test_grey_pictures_have_every_value_where_it_was(form: Form, tmp_path: Path) -> None:
    location = saved(tmp_path, file_of(form))
    ds = dcmread(location.path)
    frames = ds.pixel_array.reshape(form.frames, form.rows, form.columns).astype(float)
    for frame in range(form.frames):
        shown = render(location, frame, LARGE)
        assert (shown.columns, shown.rows, shown.frames) == (form.columns, form.rows, form.frames)
        assert np.abs(pixels(shown) - as_grey(frames[frame])).max() <= 1


def test_monochrome1_is_shown_inverse(tmp_path: Path) -> None:
    plain = pixels(render(saved(tmp_path, file_of(Form())), 0, LARGE)).astype(int)
    inverse = pixels(render(saved(tmp_path, file_of(Form(photometric="MONOCHROME1"))), 0, LARGE)).astype(int)
    assert np.abs(plain + inverse - 255).max() <= 1


@pytest.mark.parametrize("planar", [False, True])
def test_colours_are_where_they_were(planar: bool, tmp_path: Path) -> None:
    form = Form(allocated=8, stored=8, photometric="RGB", planar=planar, frames=2)
    location = saved(tmp_path, file_of(form))
    assert np.array_equal(pixels(render(location, 1, LARGE)), dcmread(location.path).pixel_array[1])


@pytest.mark.parametrize(
    "name",
    [
        *("SC_rgb_rle.dcm", "SC_rgb_jpeg_dcmtk.dcm", "SC_ybr_full_422_uncompressed.dcm", "examples_jpeg2k.dcm"),
        *("GDCMJ2K_TextGBR.dcm", "SC_rgb_gdcm_KY.dcm", "SC_rgb_jpeg_gdcm.dcm", "examples_ybr_color.dcm"),
    ],
)
def test_compressed_colours_are_those_that_pydicom_shows(name: str) -> None:
    shown = pixels(render(Location(shipped(name)), 0, LARGE)).astype(int)
    ds = dcmread(shipped(name))
    expected = ds.pixel_array if ds.get("NumberOfFrames", 1) == 1 else ds.pixel_array[0]
    if name == "SC_ybr_full_422_uncompressed.dcm":
        assert np.abs(shown - expected).max() <= 1
    else:
        assert np.array_equal(shown, expected)


@pytest.mark.parametrize(
    "name",
    ["693_J2KI.dcm", "JPGExtended.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_RLE.dcm", "CT_small.dcm"],
)
def test_grey_pictures_are_seen_through_the_files_own_window(name: str) -> None:
    ds = dcmread(shipped(name))
    shown = pixels(render(Location(shipped(name)), 0, LARGE)).astype(float)
    expected = apply_voi_lut(apply_modality_lut(ds.pixel_array, ds), ds).astype(float)
    assert np.abs(shown - as_grey(expected)).max() <= 1


def test_a_window_that_hides_text_can_be_left_out(tmp_path: Path) -> None:
    ds = dataset(Form(rows=8, columns=8))
    values = np.full((8, 8), 1000, dtype="u2")
    values[2:4, 2:6] = 1100
    values[6, 6], values[7, 7] = 0, 40000
    ds.PixelData = values.tobytes()
    ds.WindowCenter, ds.WindowWidth = 20000, 20000
    ds.ensure_file_meta()
    location = saved_dataset(tmp_path, ds, "1.2.840.10008.1.2.1")
    hidden = pixels(render(location, 0, LARGE))
    seen = pixels(render(location, 0, LARGE, whole_range=True))
    assert hidden[2, 2] == hidden[0, 0]
    assert seen[2, 2] > seen[0, 0]


def test_a_palette_gives_its_colours(tmp_path: Path) -> None:
    form = Form(allocated=8, stored=8, photometric="PALETTE COLOR")
    location = saved(tmp_path, file_of(form))
    ds = dcmread(location.path)
    shown = pixels(render(location, 0, LARGE))
    table = np.frombuffer(ds.RedPaletteColorLookupTableData, "<u2") >> 8
    assert np.array_equal(shown[:, :, 0], table[ds.pixel_array])


def test_a_thumbnail_fits_keeps_its_proportions_and_is_never_enlarged() -> None:
    location = Location(shipped("examples_palette.dcm"))
    small = render(location, 0, (100, 100))
    assert (small.columns, small.rows) == (800, 350)
    assert small.width == 100
    assert small.height == 44
    assert (render(location, 0, LARGE).width, render(location, 0, LARGE).height) == (800, 350)


def test_floating_point_pictures_are_shown(tmp_path: Path) -> None:
    ds = dataset(Form(rows=4, columns=4))
    for keyword in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        delattr(ds, keyword)
    ds.BitsAllocated = 32
    values = np.arange(16, dtype="<f4") / 3
    values[5] = np.nan
    ds.FloatPixelData = values.tobytes()
    ds.ensure_file_meta()
    shown = pixels(render(saved_dataset(tmp_path, ds, "1.2.840.10008.1.2.1"), 0, LARGE)).ravel()
    assert shown[0] == 0
    assert shown[15] == 255
    assert shown[5] == 0


@pytest.mark.parametrize("name", ["rtplan.dcm", "test-SR.dcm", "waveform_ecg.dcm"])
def test_what_has_no_picture_says_so(name: str) -> None:
    with pytest.raises(NoPicture, match="no picture"):
        render(Location(shipped(name)))


def test_a_frame_that_is_not_there_is_damage() -> None:
    with pytest.raises(PictureDamaged):
        render(Location(shipped("CT_small.dcm")), 1)


@pytest.mark.parametrize(
    "change",
    [{"Rows": 65535, "Columns": 65535}, {"BitsStored": 17}, {"NumberOfFrames": 10**9}, {"SamplesPerPixel": 3}],
    ids=str,
)
def test_headers_that_promise_more_than_there_is_are_refused(change: dict[str, int], tmp_path: Path) -> None:
    for syntax in ("1.2.840.10008.1.2.1", None):
        ds = dcmread(shipped("CT_small.dcm" if syntax else "MR_small_jp2klossless.dcm"))
        for keyword, value in change.items():
            setattr(ds, keyword, value)
        with pytest.raises(DicomError):
            render(saved_dataset(tmp_path, ds, syntax or ds.file_meta.TransferSyntaxUID), 0)


def test_everything_that_passes_between_processes_can_be_pickled() -> None:
    picture = render(Location(shipped("CT_small.dcm")))
    assert pickle.loads(pickle.dumps(picture)) == picture  # noqa: S301 - our own
    error = PictureDamaged("why")
    assert pickle.loads(pickle.dumps(error)).message == "why"  # noqa: S301 - our own


def test_another_process_shows_the_same_and_goes_on_after_an_error() -> None:
    location = Location(shipped("CT_small.dcm"))
    with Renderer() as renderer:
        assert renderer.render(location, 0, (64, 64)) == render(location, 0, (64, 64))
        with pytest.raises(NoPicture):
            renderer.render(Location(shipped("rtplan.dcm")))
        assert renderer.render(location, 0, (64, 64)).width == 64


def test_a_process_that_died_or_hangs_is_replaced() -> None:
    location = Location(shipped("CT_small.dcm"))
    with Renderer() as renderer:
        first = renderer.render(location)
        process = renderer._process
        assert process is not None
        process.kill()
        process.join()
        with pytest.raises(PictureDamaged, match="decoder failed"):
            renderer.render(location)
        assert renderer.render(location) == first
    with Renderer(time_limit=0.0) as renderer:
        with pytest.raises(PictureDamaged, match="too long"):
            renderer.render(Location(shipped("examples_ybr_color.dcm")), 29, LARGE)
        assert renderer._process is None
    assert apart.TIME_LIMIT > 0


def test_a_process_that_dies_while_it_starts_is_said_to_and_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    location = Location(shipped("CT_small.dcm"))
    with Renderer() as renderer:
        with monkeypatch.context() as dying:
            dying.setattr(apart, "_serve", _exit_at_once)
            with pytest.raises(PictureDamaged, match="did not start"):
                renderer.render(location)
        with monkeypatch.context() as slow:
            slow.setattr(apart, "_START_LIMIT", 0.0)
            with pytest.raises(PictureDamaged, match="did not start"):
                renderer.render(location)
        assert renderer._process is None
        assert renderer.render(location).columns


def _exit_at_once(_: object) -> None:
    """Instead of the process that shows pictures."""


def test_closing_does_not_wait_for_a_picture_under_way() -> None:
    renderer = Renderer()
    ended: list[PictureDamaged] = []
    location = Location(shipped("CT_small.dcm"))
    renderer.render(location)
    process = renderer._process
    assert process is not None
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)

    def ask() -> None:
        try:
            renderer.render(location)
        except PictureDamaged as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    renderer.close()
    thread.join(120)
    assert not thread.is_alive()
    assert ended
    with pytest.raises(PictureDamaged):
        renderer.render(location)
