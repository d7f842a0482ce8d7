"""A job that is canceled while a file of it is on its way, to a real DICOM server and into a folder."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt

from adit_receiver.bookkeeping import cancel_job
from adit_receiver.forwarding import lane
from adit_receiver.forwarding.dicom_sender import DicomSender, Peer
from adit_receiver.forwarding.folder_writer import INCOMING, FolderWriter
from adit_receiver.forwarding.parcels import Outcome, Parcel
from adit_receiver.forwarding.worker import Worker
from adit_receiver.models import Destination, Forward, ForwardState, JobState, UploadTask
from tests.parts.orthanc import free_port
from tests.parts.parcels import made_file, parcel_of
from tests.parts.stored_jobs import StoredJobs

CT = "1.2.840.10008.5.1.4.1.1.2"
LARGE = 4096  # pixels a side: 32 MiB, much more than the buffers of two sockets
PATIENCE = 120.0


def never() -> bool:
    return False


@dataclass
class SlowServer:
    """Takes files of any size; reads no more for as long as it is held up, once it has some of the first.

    Attributes:
        stored: SOPInstanceUIDs that arrived whole.
        received: bytes.
        held_up: set once it reads no more.
        go_on: it waits for this.
    """

    port: int = field(default_factory=free_port)
    stored: list[str] = field(default_factory=list)
    received: int = 0
    held_up: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    aborted: threading.Event = field(default_factory=threading.Event)

    def on_data(self, event: evt.Event) -> None:
        self.received += len(event.data)
        if self.received > 256 * 1024 and not self.held_up.is_set():
            self.held_up.set()
            self.go_on.wait(PATIENCE)

    def on_store(self, event: evt.Event) -> int:
        self.stored.append(str(event.request.AffectedSOPInstanceUID))
        return 0x0000

    def on_abort(self, event: evt.Event) -> None:
        self.aborted.set()


@pytest.fixture
def slow() -> Iterator[SlowServer]:
    server = SlowServer()
    entity = AE(ae_title="SLOW")
    entity.add_supported_context(CT, ALL_TRANSFER_SYNTAXES)
    handlers = [
        (evt.EVT_DATA_RECV, server.on_data),
        (evt.EVT_C_STORE, server.on_store),
        (evt.EVT_ABORTED, server.on_abort),
    ]
    running = entity.start_server(("127.0.0.1", server.port), block=False, evt_handlers=handlers)
    assert running is not None
    try:
        yield server
    finally:
        server.go_on.set()
        running.shutdown()


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    assert condition()


def test_the_association_is_aborted_in_the_middle_and_the_others_are_delivered(
    slow: SlowServer, tmp_path: Path
) -> None:
    slow.go_on.set()
    parcels = [parcel_of(made_file(0), tmp_path, 0), parcel_of(made_file(1, size=LARGE), tmp_path, 1)]
    parcels += [parcel_of(made_file(2), tmp_path, 2)]
    asked: list[int] = []

    def given_up(parcel: Parcel) -> bool:
        asked.append(parcel.key)
        return parcel.key == 1 and asked.count(1) > 10

    with closing(DicomSender(Peer("127.0.0.1", slow.port, "SLOW"))) as sender:
        outcomes = {delivery.parcel.key: delivery.outcome for delivery in sender.carry(parcels, never, given_up)}
    assert outcomes == {0: Outcome.DELIVERED, 1: Outcome.GIVEN_UP, 2: Outcome.DELIVERED}
    assert slow.aborted.wait(PATIENCE)
    assert slow.stored == [parcels[0].sop_instance_uid, parcels[2].sop_instance_uid]
    assert slow.received < parcels[1].length / 2


def test_what_was_given_up_before_its_turn_costs_no_association(slow: SlowServer, tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(number), tmp_path, number) for number in range(3)]
    with closing(DicomSender(Peer("127.0.0.1", slow.port, "SLOW"))) as sender:
        outcomes = [one.outcome for one in sender.carry(parcels, never, lambda parcel: parcel.key == 1)]
    assert outcomes == [Outcome.DELIVERED, Outcome.GIVEN_UP, Outcome.DELIVERED]
    assert not slow.aborted.is_set()


def test_nothing_of_it_is_left_in_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    parcels = [parcel_of(made_file(0, size=LARGE), tmp_path, 0), parcel_of(made_file(1), tmp_path, 1)]
    asked: list[int] = []

    def given_up(parcel: Parcel) -> bool:
        asked.append(parcel.key)
        return parcel.key == 0 and asked.count(0) > 10

    outcomes = [one.outcome for one in FolderWriter(target).carry(parcels, never, given_up)]
    assert outcomes == [Outcome.GIVEN_UP, Outcome.DELIVERED]
    assert [path.stem for path in target.rglob("*.dcm")] == [parcels[1].sop_instance_uid]
    assert list((target / INCOMING).iterdir()) == []


def test_the_job_ends_as_canceled_and_other_jobs_of_the_same_lease_arrive(
    slow: SlowServer, jobs: StoredJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "CANCELED_SECONDS", 0.0)
    pacs = Destination.objects.create(name="pacs", kind="dicom", ae_title="SLOW", host="127.0.0.1", port=slow.port)
    huge = jobs.job(pacs, [made_file(0, size=LARGE), made_file(2, size=LARGE)])
    other = jobs.job(pacs, [made_file(1)])
    with working(Worker(jobs.settings)):
        assert slow.held_up.wait(PATIENCE)
        cancel_job(huge.pk, "Canceled by its owner.")
        huge.refresh_from_db()
        assert huge.state == JobState.CANCELING
        slow.go_on.set()
        until(lambda: type(huge).objects.get(pk=huge.pk).state == JobState.CANCELED)
        until(lambda: type(other).objects.get(pk=other.pk).state == JobState.SUCCESS)
    assert slow.aborted.is_set()
    assert slow.stored == [other.stored.get().sop_instance_uid]
    assert slow.received < huge.stored.earliest("pk").length
    assert set(Forward.objects.filter(instance__job=huge).values_list("state", flat=True)) == {ForwardState.CANCELED}
    assert "canceled before it was whole there" in UploadTask.objects.get(job=huge).log


def test_who_looks_asks_the_database_now_and_then_only(jobs: StoredJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def given_up(held: lane.queue.Lease) -> frozenset[int]:
        looks.append(held.token)
        return frozenset({1})

    monkeypatch.setattr(lane.queue, "given_up", given_up)
    parcel = parcel_of(made_file(0), jobs.data / "apart", 1)
    look = lane._Canceled(lane.queue.Lease("token", "1", (parcel,), frozenset()))
    assert not any(look.holds(parcel) for _ in range(1000))
    assert looks == []
    look._looked -= lane.CANCELED_SECONDS
    assert all(look.holds(parcel) for _ in range(1000))
    assert looks == ["token"]
