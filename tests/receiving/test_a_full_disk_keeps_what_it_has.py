"""A disk that is really full: the sender is told, what was acknowledged is whole, nothing half stays, it goes on."""

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydicom import dcmread
from pynetdicom import evt

from adit_uploader.receiving.events import Arrived, NotKept, NotKeptFor
from adit_uploader.receiving.inbox import FLOOR
from tests.receiving.senders import (
    LIMIT,
    WORKSTATION,
    Told,
    associated,
    data_set_bytes,
    listening,
    made_up,
    nothing_half,
    received,
    save,
    store,
)
from tests.soak.faults.small_disk import SmallDisk, small_disk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="disks of memory are Linux's")

MEGABYTE = 1024 * 1024
ROOM = 4 * MEGABYTE  # beyond what the listener leaves free
IMAGES = 8  # of a megabyte each
LARGE = 12 * MEGABYTE  # one image; less than after what the listener looks at the free space again


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", FLOOR + 2 * LARGE) as made:
        yield made


@pytest.fixture
def told(disk: SmallDisk) -> Iterator[Told]:
    with listening(disk.path / "inbox") as made:
        yield made


def uid(path: Path) -> str:
    return str(dcmread(path, stop_before_pixels=True).SOPInstanceUID)


def test_a_workstation_that_sends_more_than_fits_is_refused_the_rest_and_sends_it_later(
    disk: SmallDisk, told: Told, tmp_path: Path
) -> None:
    inbox = disk.path / "inbox"
    files = save(tmp_path / "sent", [made_up(number, bytes_=MEGABYTE) for number in range(IMAGES)])
    sent = {uid(path): data_set_bytes(path) for path in files}
    disk.fill(left=FLOOR + ROOM)
    done = store(told.port, *files, options=("--no-halt", "--verbose"))
    kept = {uid(path): data_set_bytes(path) for path in received(inbox)}
    assert 0 < len(kept) < IMAGES
    assert (done.stdout + done.stderr).count("Refused: OutOfResources") == IMAGES - len(kept)
    assert kept.items() <= sent.items()
    assert nothing_half(inbox)
    assert len(told.wait(Arrived, len(kept))) == len(told.of(Arrived)) == len(kept)
    assert told.wait(NotKept, IMAGES - len(kept)) == [NotKept(WORKSTATION, NotKeptFor.FULL)] * (IMAGES - len(kept))

    disk.empty()
    done = store(told.port, *(path for path in files if uid(path) not in kept))
    assert done.returncode == 0, done.stderr
    assert {uid(path): data_set_bytes(path) for path in received(inbox)} == sent


def test_a_disk_that_another_program_fills_in_the_middle_of_an_image_leaves_nothing_of_it(
    disk: SmallDisk, told: Told
) -> None:
    inbox, dataset, struck = disk.path / "inbox", made_up(1, bytes_=LARGE), threading.Event()

    def fill(_: evt.Event) -> None:
        """Once there is some of the image."""
        if not struck.is_set() and sum(path.stat().st_size for path in inbox.rglob("*.part")) > MEGABYTE:
            struck.set()
            disk.fill(left=0)

    with ExitStack() as senders:
        sender = senders.enter_context(associated(told.port))
        assert sender.send_c_store(made_up(0)).Status == 0
        sender.bind(evt.EVT_DATA_SENT, fill)
        assert sender.send_c_store(dataset).Status == 0xA700
        assert struck.wait(LIMIT)
        sender.unbind(evt.EVT_DATA_SENT, fill)
        assert nothing_half(inbox)
        assert [uid(path) for path in received(inbox)] == [made_up(0).SOPInstanceUID]
        assert sender.send_c_store(dataset).Status == 0xA700, "there is no room for the first byte"
        disk.empty()
        assert sender.send_c_store(dataset).Status == 0
    assert told.wait(NotKept, 2) == [NotKept(WORKSTATION, NotKeptFor.FULL)] * 2
    (large,) = (dcmread(path) for path in received(inbox) if uid(path) == dataset.SOPInstanceUID)
    assert large.PixelData == dataset.PixelData
    assert nothing_half(inbox)
