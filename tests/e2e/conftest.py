"""One screen, one receiver and one Orthanc for all journeys; each of them is on a computer of its own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.screen import Screen, open_screen
from tests.e2e.world import World
from tests.parts.orthanc import start_orthanc
from tests.parts.receiver import Receiver

FORGET = """
from adit_receiver.models import UploadJob
UploadJob.objects.all().delete()
"""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """They take seconds to start."""
    folder = tmp_path_factory.mktemp("world")
    with start_orthanc(folder / "orthanc") as orthanc:
        receiver = Receiver(folder / "receiver")
        receiver.data.mkdir()
        receiver.destination("PACS", "--dicom", orthanc.address)
        token_file = receiver.user("anna", permit="internal,batch,fixed,none", destinations=("PACS",))
        receiver.start()
        try:
            yield World(receiver, orthanc, token_file)
        finally:
            receiver.stop()


@pytest.fixture
def world(served: World) -> World:
    """With nothing in the Orthanc, and a receiver that knows no upload: it would not take the same twice."""
    done = served.receiver.command("manage", "shell", "-c", FORGET)
    assert done.returncode == 0, done.stderr
    served.orthanc.delete_all()
    return served


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    with open_screen(tmp_path_factory.mktemp("screen")) as opened:
        yield opened


@pytest.fixture
def screen(display: Screen, tmp_path: Path) -> Screen:
    """The screen of a computer on which the program was never started."""
    home = tmp_path / "home"
    home.mkdir()
    own = {"HOME": str(home), "ADIT_UPLOADER_HOME": str(home / "adit-uploader")}
    return replace(display, environment=display.environment | own)
