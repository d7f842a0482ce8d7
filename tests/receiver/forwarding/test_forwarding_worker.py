"""The worker: real processes and a real Orthanc, with outages and kills."""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from adit_receiver.accounts import Target
from adit_receiver.bookkeeping import cancel_job
from adit_receiver.faults import tell_of_thread
from adit_receiver.forwarding import chore as chore_module
from adit_receiver.forwarding import lane as lane_module
from adit_receiver.forwarding.chore import Chore
from adit_receiver.forwarding.engines import wake
from adit_receiver.forwarding.folder_writer import FolderWriter
from adit_receiver.forwarding.lane import Lane
from adit_receiver.forwarding.pacing import BROKEN, Outages
from adit_receiver.forwarding.parcels import Carrier, Delivery, Parcel
from adit_receiver.forwarding.wake import Doorbell, bury_dead, ring, workers_folder
from adit_receiver.forwarding.worker import Worker
from adit_receiver.models import (
    Forward,
    ForwardState,
    JobState,
    ReceiverPolicy,
    StoredInstance,
    TaskState,
    UploadJob,
    WorkerBeat,
)
from adit_receiver.spool import Spool
from adit_receiver.sweep import sweep
from tests.parts.orthanc import Orthanc
from tests.parts.parcels import made_file
from tests.parts.stored_jobs import StoredJobs, WorkerProcess

PATIENCE = 120.0
both_engines = pytest.mark.parametrize("jobs", ["embedded", "procrastinate"], indirect=True)


def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Waits until something in the database or at the destination is so. patience: seconds."""
    pause = threading.Event()
    for _ in range(int(patience / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    assert condition()


def count(state: ForwardState) -> int:
    return Forward.objects.filter(state=state).count()


def arrived(orthanc: Orthanc, number: int) -> bool:
    return orthanc.count() >= number


def stopped_with_some_in_hand(worker: WorkerProcess) -> bool:
    """Whether the process stands still while it holds some; between two leases it goes on."""
    worker.process.send_signal(signal.SIGSTOP)
    if count(ForwardState.LEASED) > 0:
        return True
    worker.process.send_signal(signal.SIGCONT)
    return False


def work(jobs: StoredJobs) -> None:
    """Everything that is due: in this process, or by a process of Procrastinate's."""
    if jobs.engine == "embedded":
        assert Worker(jobs.settings).run(until_idle=True)
    else:
        worker = jobs.start_worker("--until-idle")
        assert worker.wait() == 0, worker.lines


@contextmanager
def running(worker: Worker) -> Iterator[None]:
    """The worker in a thread, asked to end afterwards."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()


@both_engines
def test_a_job_reaches_orthanc_and_a_folder_at_once(jobs: StoredJobs, orthanc: Orthanc) -> None:
    files = [made_file(number) for number in range(70)] + [made_file(number, kind="SR") for number in range(4)]
    sent = jobs.job(jobs.dicom("pacs", orthanc), files)
    kept = jobs.job(jobs.folder("archive"), files[:10])
    work(jobs)
    assert set(UploadJob.objects.values_list("state", flat=True)) == {JobState.SUCCESS}
    assert orthanc.sop_instance_uids() == set(sent.stored.values_list("sop_instance_uid", flat=True))
    assert sum(1 for _ in (jobs.data / "archive").rglob("*.dcm")) == kept.stored.count()
    assert jobs.spooled() == 0
    assert {row.attempts for row in Forward.objects.all()} == {1}


@both_engines
def test_while_orthanc_is_stopped_tasks_wait_and_say_so_and_deliver_when_it_is_back(
    jobs: StoredJobs, orthanc: Orthanc
) -> None:
    job = jobs.job(jobs.dicom("pacs", orthanc), [made_file(number) for number in range(6)])
    orthanc.stop()
    worker = jobs.start_worker()
    try:
        until(lambda: job.tasks.filter(message__startswith="Waiting for").count() == 2)
        message = job.tasks.first().message
        assert message.startswith("Waiting for destination pacs: connection refused; next try at ")
        job.refresh_from_db()
        assert job.state in {JobState.PENDING, JobState.IN_PROGRESS}
        # what arrives meanwhile waits with them
        late = jobs.add(job, made_file(7))
        wake()
        until(lambda: "connection refused" in Forward.objects.get(pk=late.pk).message)
        orthanc.start()
        until(lambda: count(ForwardState.DELIVERED) == 7)
    finally:
        assert worker.end() == 0
    job.refresh_from_db()
    assert job.state == JobState.SUCCESS
    assert set(job.tasks.values_list("message", flat=True)) == {""}
    assert orthanc.count() == 7
    assert not any("Traceback" in line for line in worker.lines)


@both_engines
def test_killed_in_the_middle_again_and_again_everything_is_delivered_exactly_once(
    jobs: StoredJobs, orthanc: Orthanc
) -> None:
    job = jobs.job(jobs.dicom("pacs", orthanc), [made_file(number, size=256) for number in range(90)])
    received_before = orthanc.received()
    for part in (10, 50):
        worker = jobs.start_worker()
        until(partial(arrived, orthanc, part))
        until(partial(stopped_with_some_in_hand, worker))
        worker.end(signal.SIGKILL)
    work(jobs)
    job.refresh_from_db()
    sweep(jobs.spool, 7)  # what was delivered and not yet deleted when they were killed
    assert (job.state, count(ForwardState.DELIVERED), jobs.spooled()) == (JobState.SUCCESS, 90, 0)
    assert orthanc.received() - received_before == 90
    assert orthanc.sop_instance_uids() == set(job.stored.values_list("sop_instance_uid", flat=True))


@both_engines
def test_two_workers_share_the_work_and_deliver_nothing_twice(jobs: StoredJobs, orthanc: Orthanc) -> None:
    job = jobs.job(jobs.dicom("pacs", orthanc), [made_file(number) for number in range(150)])
    threads = [threading.Thread(target=work, args=(jobs,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job.refresh_from_db()
    assert job.state == JobState.SUCCESS
    assert Forward.objects.values("state", "attempts").annotate(n=Count("pk")).get() == {
        "state": "delivered",
        "attempts": 1,
        "n": 150,
    }
    assert orthanc.count() == 150


def test_asked_to_end_it_finishes_what_it_sends_and_gives_the_rest_back(jobs: StoredJobs, orthanc: Orthanc) -> None:
    jobs.job(jobs.dicom("pacs", orthanc), [made_file(number, size=512) for number in range(150)])
    with running(Worker(jobs.settings)):
        until(partial(arrived, orthanc, 5))
    delivered = count(ForwardState.DELIVERED)
    assert 5 <= delivered < 150
    assert delivered == orthanc.count() == 150 - count(ForwardState.WAITING)
    assert list(workers_folder(jobs.settings.spool).iterdir()) == []


def test_a_bell_starts_the_work_at_once(jobs: StoredJobs) -> None:
    jobs.settings = type(jobs.settings)(
        spool=jobs.settings.spool, secret_file=jobs.settings.secret_file, forward_sweep_seconds=600
    )
    archive = jobs.folder("archive")
    with running(Worker(jobs.settings)):
        until(lambda: len(list(workers_folder(jobs.settings.spool).glob("[!.]*"))) == 1)
        job = jobs.job(archive, [made_file(0)])
        wake()
        until(lambda: UploadJob.objects.get(pk=job.pk).state == JobState.SUCCESS)


@both_engines
def test_a_deleted_destination_fails_its_instances(jobs: StoredJobs) -> None:
    archive = jobs.folder("archive")
    job = jobs.job(archive, [made_file(0)])
    archive.delete()
    work(jobs)
    job.refresh_from_db()
    assert job.state == JobState.FAILURE
    assert "deleted" in job.tasks.get().message


@both_engines
def test_a_missing_folder_holds_up_its_own_instances_only(jobs: StoredJobs) -> None:
    missing, archive = jobs.folder("missing"), jobs.folder("archive")
    waiting = jobs.job(missing, [made_file(0)])
    done = jobs.job(archive, [made_file(1)])
    Path(missing.folder).rmdir()
    work(jobs)
    assert "does not exist" in waiting.tasks.get().message
    assert done.tasks.get().state == TaskState.SUCCESS


@both_engines
def test_while_suspended_nothing_is_forwarded(jobs: StoredJobs) -> None:
    policy = ReceiverPolicy.objects.create(pk=1, suspended=True)
    jobs.job(jobs.folder("archive"), [made_file(0)])
    work(jobs)
    assert count(ForwardState.WAITING) == 1
    policy.suspended = False
    policy.save()
    work(jobs)
    assert count(ForwardState.DELIVERED) == 1


@both_engines
def test_a_canceled_job_is_not_forwarded(jobs: StoredJobs) -> None:
    job = jobs.job(jobs.folder("archive"), [made_file(0)])
    cancel_job(job.pk, "Canceled by its owner.")
    work(jobs)
    job.refresh_from_db()
    assert (job.state, count(ForwardState.CANCELED)) == (JobState.CANCELED, 1)


@both_engines
def test_a_file_that_is_gone_fails_alone_and_says_so(jobs: StoredJobs) -> None:
    job = jobs.job(jobs.folder("archive"), [made_file(0), made_file(2)])
    lost = StoredInstance.objects.earliest("pk")
    jobs.spool.delete(lost.spool_name)
    work(jobs)
    task = job.tasks.get()
    assert task.state == TaskState.WARNING
    assert task.message.startswith("1 of 2 instances were not delivered. Its file is missing")
    assert lost.sop_instance_uid in task.log


def test_a_dead_workers_bell_is_found_and_a_living_ones_is_left(tmp_path: Path, jobs: StoredJobs) -> None:
    folder = tmp_path / "workers"
    alive = Doorbell(folder, "alive")
    (folder / "killed").write_text("1")
    ring(folder)
    alive.wait(PATIENCE)
    assert bury_dead(folder) == ["killed"]
    assert [path.name for path in folder.iterdir()] == ["alive"]
    alive.close()
    alive.ring()
    ring(tmp_path / "nobody-was-here")
    assert list(folder.iterdir()) == []


@both_engines
def test_a_job_of_nothing_due_later_is_left_until_then(jobs: StoredJobs) -> None:
    jobs.job(jobs.folder("archive"), [made_file(0)])
    Forward.objects.update(next_try=timezone.now() + timedelta(minutes=9))
    work(jobs)
    assert count(ForwardState.WAITING) == 1


@both_engines
def test_a_defect_at_one_destination_is_named_and_not_met_again_and_again(
    jobs: StoredJobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = jobs.folder("broken"), jobs.folder("other")
    job = jobs.job(broken, [made_file(0)])
    jobs.job(other, [made_file(1)])
    asked: list[str] = []
    carrier_for = lane_module.carrier_for

    def carrier(target: Target, ae_title: str) -> Carrier:
        asked.append(target.name)
        if target.name == "broken":
            raise ZeroDivisionError("Doe^Jane")
        return carrier_for(target, ae_title)

    monkeypatch.setattr(lane_module, "carrier_for", carrier)
    monkeypatch.setattr(threading, "excepthook", tell_of_thread)
    worker = Worker(jobs.settings, outages=Outages(first=3600.0, longest=3600.0))
    assert worker.run(until_idle=True)
    assert asked.count("broken") == 1
    assert (count(ForwardState.WAITING), count(ForwardState.DELIVERED)) == (1, 1)
    assert job.tasks.get().message.startswith(f"Waiting for destination broken: {BROKEN}; next try at ")
    assert "ZeroDivisionError" in caplog.text
    assert "in carrier" in caplog.text
    assert "Doe" not in caplog.text
    caplog.clear()
    monkeypatch.undo()
    Forward.objects.update(next_try=timezone.now())
    assert Worker(jobs.settings).run(until_idle=True)
    assert count(ForwardState.DELIVERED) == 2


def test_a_check_that_fails_by_a_defect_is_not_begun_at_once_again(
    jobs: StoredJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda fault: told.append(fault.exc_type.__name__))

    def fail() -> None:
        raise ZeroDivisionError

    chore = Chore("lane-check", lambda: None)
    chore.begin(lambda: None)
    chore.join(PATIENCE)
    assert chore.ready
    chore.begin(fail)
    chore.join(PATIENCE)
    assert (told, chore.ready) == (["ZeroDivisionError"], False)
    monkeypatch.setattr(chore_module, "PAUSE_SECONDS", 0.0)
    assert chore.ready


def test_what_waits_for_a_time_that_is_hours_away_since_the_clock_was_set_back_is_delivered(jobs: StoredJobs) -> None:
    job = jobs.job(jobs.folder("archive"), [made_file(number) for number in range(3)])
    ahead = timezone.now() + timedelta(hours=6)  # of the clock before
    Forward.objects.update(next_try=ahead)
    StoredInstance.objects.update(received=ahead)
    work(jobs)
    job.refresh_from_db()
    assert job.state == JobState.SUCCESS


def test_what_was_being_stored_while_the_clock_was_set_back_is_delivered(jobs: StoredJobs) -> None:
    archive = jobs.folder("archive")
    jobs.job(archive, [made_file(0)])
    with running(Worker(jobs.settings)):
        until(lambda: count(ForwardState.DELIVERED) == 1)  # it has looked, and made due what waited then
        with transaction.atomic():
            job = jobs.job(archive, [made_file(1)])
            ahead = timezone.now() + timedelta(hours=2)  # by the clock before
            Forward.objects.filter(state=ForwardState.WAITING).update(next_try=ahead)
        until(lambda: count(ForwardState.DELIVERED) == 2)
    job.refresh_from_db()
    assert job.state == JobState.SUCCESS


def test_a_clock_that_is_set_back_while_the_worker_runs_holds_nothing_up(
    jobs: StoredJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = jobs.folder("archive")
    (jobs.data / "archive").rmdir()
    off = timedelta()
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + off)
    job = jobs.job(archive, [made_file(number) for number in range(3)])
    with running(Worker(jobs.settings)):
        until(lambda: job.tasks.filter(message__startswith="Waiting for").count() > 0)
        off = timedelta(hours=-7)
        (jobs.data / "archive").mkdir()
        until(lambda: count(ForwardState.DELIVERED) == 3)


def test_a_file_that_takes_long_to_delete_holds_up_no_other(jobs: StoredJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "GROUP", 1)
    jobs.job(jobs.folder("archive"), [made_file(number) for number in range(3)])
    carried, waited = threading.Event(), []
    write, delete = FolderWriter._put, Spool.delete

    def put(self: FolderWriter, parcel: Parcel, temporary: Path) -> Delivery:
        if list(self._root.rglob("*.dcm")):
            carried.set()
        return write(self, parcel, temporary)

    def delete_slowly(self: Spool, name: str) -> None:
        waited.append(carried.wait(PATIENCE))
        delete(self, name)

    monkeypatch.setattr(FolderWriter, "_put", put)
    monkeypatch.setattr(Spool, "delete", delete_slowly)
    work(jobs)
    assert waited == [True] * 3
    assert count(ForwardState.DELIVERED) == 3
    assert jobs.spooled() == 0


def test_a_second_association_is_opened_for_some_instances(jobs: StoredJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    run = Lane.run

    def note(self: Lane) -> None:
        begun.append(self.destination_key)
        run(self)

    monkeypatch.setattr(Lane, "run", note)
    jobs.job(jobs.folder("few"), [made_file(number) for number in range(8)])
    jobs.job(jobs.folder("some"), [made_file(number) for number in range(10, 19)])
    work(jobs)
    assert sorted(Counter(begun).values()) == [1, 2]
    assert count(ForwardState.DELIVERED) == 17


def test_a_worker_says_that_it_looks_and_takes_its_word_back_at_the_end(jobs: StoredJobs) -> None:
    seen: list[int] = []
    worker = Worker(jobs.settings)
    worker.on_look = lambda: seen.append(WorkerBeat.objects.filter(name=worker.name).count())
    worker.run(until_idle=True)
    assert seen == [1]
    assert not WorkerBeat.objects.exists()
