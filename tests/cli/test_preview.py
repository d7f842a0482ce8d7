"""preview, --release and --blank: held series can be looked at and decided on without a window."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import UltrasoundImageStorage
from PySide6.QtGui import QImage

from tests.transfer.small_receiver import SmallReceiver
from tests.transfer.studies import ROOT, write_instance

from .conftest import Run

US = f"{ROOT}.1.1.9"


@pytest.fixture
def held(studies: Path) -> Path:
    """One ultrasound picture of 16 x 16 pixels beside the others."""
    return write_instance(studies / "us.dcm", series=9, sop_class=UltrasoundImageStorage)


def test_held_pictures_are_written_in_their_own_size(run: Run, studies: Path, held: Path, tmp_path: Path) -> None:
    done = run("preview", studies, "--out", tmp_path / "look")
    assert done.status == 0, done.err
    assert US in done.out
    assert "ultrasound" in done.out
    (path,) = (tmp_path / "look").rglob("*.png")
    assert path == tmp_path / "look" / US / "0001.png"
    assert path.stat().st_mode & 0o777 == 0o600
    image = QImage.fromData(path.read_bytes())
    shown = np.array([[image.pixelColor(x, y).red() for x in range(image.width())] for y in range(image.height())])
    stored = dcmread(held).pixel_array.astype(float)
    expected = (stored - stored.min()) / (stored.max() - stored.min()) * 255
    assert shown.shape == (16, 16)
    assert np.abs(shown - expected).max() <= 1


def test_what_can_not_be_shown_is_named(run: Run, studies: Path, held: Path, tmp_path: Path) -> None:
    dataset = dcmread(held)
    dataset.PhotometricInterpretation = "HSV"
    dataset.save_as(held)
    done = run("preview", studies, "--out", tmp_path / "look")
    assert done.status == 1
    assert str(held) in done.err


@pytest.mark.usefixtures("held")
def test_a_series_is_held_released_or_blanked_as_the_options_say(run: Run, studies: Path, tmp_path: Path) -> None:
    results = {}
    for name, options in {
        "held": [],
        "released": ["--release", US],
        "blanked": ["--blank", f"{US}=0,0,16,4;12,0,4,16"],
    }.items():
        out, report = tmp_path / name, tmp_path / f"{name}.json"
        done = run(
            *("deidentify", studies, "--out", out, "--mode", "internal", "--department", "D"),
            *("--report", report, *options),
        )
        results[name] = (done.status, json.loads(report.read_text())["pictures"][0]["decision"])
        files = [one for one in map(dcmread, out.rglob("*.dcm")) if one.Modality == "US"]
        assert len(files) == (name != "held")
        if name == "blanked":
            assert not files[0].pixel_array[0:4].any()
            assert not files[0].pixel_array[:, 12:].any()
            assert files[0].pixel_array[4:, :12].any()
            assert "Blanked in 2 rectangles" in done.err
    assert results == {"held": (1, "held"), "released": (0, "released"), "blanked": (0, "blanked")}


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--blank", f"{US}=0,0,16"], "X,Y,WIDTH,HEIGHT"),
        (["--blank", f"{US}=0,0,0,4"], "with a width and a height"),
        (["--blank", f"{US}=16,0,2,4"], "16 pixels wide and 16 high"),
        (["--blank", "1.2.3=0,0,2,4"], "No series 1.2.3 is among the files"),
        (["--release", "1.2.3"], "No series 1.2.3 is among the files"),
        (["--release", "a*"], "digits and dots"),
        (["--release", US, "--blank", f"{US}=0,0,2,4"], "Two decisions"),
    ],
)
def test_wrong_decisions_are_refused_before_anything(
    run: Run, studies: Path, tmp_path: Path, options: list[str], told: str
) -> None:
    out = tmp_path / "out"
    done = run("deidentify", studies, "--out", out, "--mode", "internal", "--department", "D", *options)
    assert done.status == 2
    assert told in " ".join(done.err.split())
    assert not out.exists()


def test_pictures_of_several_sizes_need_the_size(run: Run, studies: Path, held: Path, tmp_path: Path) -> None:
    write_instance(held.with_name("us2.dcm"), series=9, number=2, rows=20, sop_class=UltrasoundImageStorage)
    options = ("--mode", "internal", "--department", "D", "--blank")
    done = run("deidentify", studies, "--out", tmp_path / "out", *options, f"{US}=0,0,4,4")
    assert done.status == 2
    assert "16x16, 20x20" in " ".join(done.err.split())
    done = run("deidentify", studies, "--out", tmp_path / "out", *options, f"{US}@20x20=0,0,4,4")
    assert done.status == 1
    assert "another size" in " ".join(done.err.split())


def test_files_that_go_as_they_are_are_not_blanked(run: Run, studies: Path, tmp_path: Path) -> None:
    done = run("deidentify", studies, "--out", tmp_path / "out", "--mode", "none", "--blank", f"{US}=0,0,4,4")
    assert done.status == 2


@pytest.mark.usefixtures("held")
def test_a_blanked_series_is_sent_blanked(upload: Run, receiver: SmallReceiver, tmp_path: Path) -> None:
    done = upload("--mode", "internal", "--blank", f"{US}=0,0,16,4", "--report", tmp_path / "report.json")
    assert done.status == 0, done.err
    sent = [dcmread(io.BytesIO(one.data)) for one in receiver.kept.values()]
    (picture,) = (one for one in sent if one.Modality == "US")
    assert not picture.pixel_array[0:4].any()
    assert picture.pixel_array[4:].any()
    told = json.loads((tmp_path / "report.json").read_text())["pictures"]
    assert [(one["decision"], one["count"], one["stored"]) for one in told] == [("blanked", 1, 1)]
