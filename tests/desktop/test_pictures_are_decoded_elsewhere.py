"""Pictures come from a process of their own; whatever becomes of it, the window gets a picture or an error."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from adit_uploader.desktop.picture_process import PictureProcess
from adit_uploader.dicom.errors import NoPicture, PictureDamaged
from adit_uploader.dicom.inventory import Location

CT = Location(Path(str(get_testdata_file("CT_small.dcm"))))
REPORT = Location(Path(str(get_testdata_file("reportsi.dcm"))))


@pytest.fixture
def pictures() -> Iterator[PictureProcess]:
    made = PictureProcess()
    yield made
    made.close()


def test_a_picture_and_an_error_come_back(pictures: PictureProcess) -> None:
    picture = pictures.render(CT, 0, (64, 64))
    assert (picture.columns, picture.rows, picture.frames) == (128, 128, 1)
    assert max(picture.width, picture.height) == 64
    with pytest.raises(NoPicture):
        pictures.render(REPORT, 0, (64, 64))


def test_after_a_decoder_that_ended_its_process_the_next_picture_comes(
    pictures: PictureProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.render(CT, 0, (64, 64))
    process = pictures._process
    assert process is not None
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSEGV)
    process.join()
    with pytest.raises(PictureDamaged):
        pictures.render(CT, 0, (64, 64))
    assert pictures.render(CT, 0, (64, 64)).columns == 128


def test_a_decoder_that_never_ends_is_ended(pictures: PictureProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures.render(CT, 0, (64, 64))
    process = pictures._process
    assert process is not None
    assert process.pid is not None
    monkeypatch.setattr("adit_uploader.desktop.picture_process.TIMEOUT", 0.2)
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(PictureDamaged, match="too long"):
        pictures.render(CT, 0, (64, 64))


def test_closing_does_not_wait_for_a_picture_under_way(pictures: PictureProcess) -> None:
    pictures.render(CT, 0, (64, 64))
    process = pictures._process
    assert process is not None
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            pictures.render(CT, 0, (64, 64))
        except PictureDamaged as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    pictures.close()
    thread.join(10)
    assert not thread.is_alive()
    assert ended
    with pytest.raises(PictureDamaged):
        pictures.render(CT, 0, (64, 64))
