"""What the tests of this room share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adit_uploader.transfer import lane_start
from tests.transfer.small_receiver import SmallReceiver, small_receiver
from tests.transfer.studies import write_studies
from tests.transfer.threaded import ThreadedLane


@pytest.fixture
def receiver() -> Iterator[SmallReceiver]:
    with small_receiver() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two patients, two series of three images each."""
    return write_studies(tmp_path / "in")


@pytest.fixture
def threaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lanes are threads: for tests in which nothing depends on their being processes."""
    monkeypatch.setattr(lane_start, "start_process", ThreadedLane)
