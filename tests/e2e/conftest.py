"""A receiver, and a screen with the program on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.screen import Screen, open_screen
from tests.parts.receiver import Receiver


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    """The folder that the receiver delivers to."""
    folder = tmp_path / "delivered"
    folder.mkdir()
    return folder


@pytest.fixture
def receiver(tmp_path: Path, delivered: Path) -> Iterator[Receiver]:
    """A real receiver with a folder as its destination."""
    running = Receiver(tmp_path / "receiver")
    running.data.mkdir()
    running.destination("archive", "--folder", str(delivered))
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    with open_screen(tmp_path / "screen") as opened:
        yield opened
