"""What was sent is asked for: a real Orthanc that has it, has lost it, or does not want to be asked."""

import dataclasses
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from adit_receiver.bookkeeping import settle_tasks_of
from adit_receiver.conf import ReceiverSettings
from adit_receiver.forwarding import sent
from adit_receiver.forwarding.reports import Listener, Report
from adit_receiver.forwarding.sent import take_report
from adit_receiver.forwarding.task_texts import whole_log
from adit_receiver.forwarding.worker import Worker
from adit_receiver.job_actions import ACTIONS, act
from adit_receiver.models import Destination, Forward, ForwardState, JobState, TaskState, UploadJob, UploadTask
from tests.parts.orthanc import Orthanc, free_port, start_orthanc
from tests.parts.parcels import made_file
from tests.parts.stored_jobs import StoredJobs


@pytest.fixture(scope="module")
def report_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, report_port: int) -> Iterator[Orthanc]:
    """An Orthanc that answers searches, and reports to us."""
    us = {"us": {"AET": "ADIT_UPLOADER", "Host": "127.0.0.1", "Port": report_port}}
    with start_orthanc(tmp_path_factory.mktemp("archive"), DicomModalities=us) as orthanc:
        yield orthanc


@pytest.fixture
def quick(jobs: StoredJobs) -> ReceiverSettings:
    """Settings that ask at once, three times, and send twice."""
    return dataclasses.replace(
        jobs.settings,
        confirm_seconds=0.0,
        confirm_questions=3,
        confirm_attempts=2,
        commitment_patience=0.2,
        destination_check_seconds=0.0,
    )


def confirmed_by(jobs: StoredJobs, orthanc: Orthanc, verification: str) -> Destination:
    destination = jobs.dicom("pacs", orthanc)
    destination.verification = verification
    destination.save()
    return destination


def work(settings: ReceiverSettings) -> None:
    assert Worker(settings).run(until_idle=True)


def until(condition: Callable[[], bool]) -> None:
    """Waits until something in the database is so."""
    pause = threading.Event()
    for _ in range(600):
        if condition():
            return
        pause.wait(0.05)
    assert condition()


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Forward.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def make_due() -> None:
    Forward.objects.update(next_try=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("verification", ["instances", "studies"])
def test_the_file_goes_only_after_the_destination_was_asked(
    jobs: StoredJobs, archive: Orthanc, quick: ReceiverSettings, verification: str
) -> None:
    archive.delete_all()
    files = [made_file(number) for number in range(70)]
    job = jobs.job(confirmed_by(jobs, archive, verification), files)
    work(dataclasses.replace(quick, confirm_seconds=3600.0))
    assert states() == {"sent": 70}
    assert jobs.spooled() == 70
    assert UploadJob.objects.get().state == JobState.IN_PROGRESS
    make_due()
    work(quick)
    assert states() == {"delivered": 70}
    assert jobs.spooled() == 0
    assert UploadJob.objects.get(pk=job.pk).state == JobState.SUCCESS
    task = UploadTask.objects.first()
    assert task is not None
    log = list(whole_log(task))
    assert len(log) == task.stored.count()
    assert all(line.endswith(": delivered.") for line in log)


@pytest.mark.parametrize("verification", ["instances", "studies"])
def test_what_the_destination_has_lost_is_sent_again(
    jobs: StoredJobs, archive: Orthanc, quick: ReceiverSettings, verification: str
) -> None:
    archive.delete_all()
    jobs.job(confirmed_by(jobs, archive, verification), [made_file(0), made_file(2)])
    work(dataclasses.replace(quick, confirm_seconds=3600.0))
    archive.delete_all()
    make_due()
    until_settled(quick, {"delivered": 2})
    assert archive.count() == 2
    assert set(Forward.objects.values_list("attempts", flat=True)) == {2}
    task = UploadTask.objects.get()
    assert task.state == TaskState.SUCCESS
    assert "does not have it. It is sent again." in task.log


def test_what_others_have_sent_of_a_study_does_not_count_for_what_is_lost(
    jobs: StoredJobs, archive: Orthanc, quick: ReceiverSettings
) -> None:
    """Counted alone, there seem to be more instances than we sent."""
    archive.delete_all()
    destination = confirmed_by(jobs, archive, "none")
    earlier = jobs.job(destination, [made_file(4), made_file(6)])
    work(quick)
    earlier.delete()
    Destination.objects.update(verification="studies")
    jobs.job(destination, [made_file(0), made_file(2)])
    work(dataclasses.replace(quick, confirm_seconds=3600.0))
    lost = Forward.objects.values_list("instance__sop_instance_uid", flat=True)[0]
    archive.lose(lost)
    make_due()
    until_settled(quick, {"delivered": 2})
    assert archive.count() == 4
    assert dict(Forward.objects.values_list("instance__sop_instance_uid", "attempts")).pop(lost) == 2


def until_settled(settings: ReceiverSettings, wanted: dict[str, int]) -> None:
    """Works on until the rows are in these states; pauses are left out."""
    for _ in range(20):
        if states() == wanted:
            return
        make_due()
        work(settings)
    assert states() == wanted


def test_what_is_never_confirmed_is_a_warning_keeps_its_file_and_can_be_retried(
    jobs: StoredJobs, orthanc: Orthanc, quick: ReceiverSettings
) -> None:
    """This Orthanc breaks off when it is asked: it lets only those search whom it knows."""
    job = jobs.job(confirmed_by(jobs, orthanc, "instances"), [made_file(0), made_file(2)])
    until_settled(quick, {"unconfirmed": 2})
    job.refresh_from_db()
    assert job.state == JobState.WARNING
    message = UploadTask.objects.get().message
    assert "can't be asked" in message
    assert "stays in the receiver's spool" in message
    assert jobs.spooled() == 2
    assert orthanc.count() == 2

    Destination.objects.update(verification="none")
    act(ACTIONS["retry"], job.pk, who="alice", address="", owner=True)
    work(quick)
    job.refresh_from_db()
    assert (job.state, states(), jobs.spooled()) == (JobState.SUCCESS, {"delivered": 2}, 0)


def test_a_destination_that_is_away_when_it_is_asked_is_waited_for(jobs: StoredJobs, quick: ReceiverSettings) -> None:
    destination = Destination.objects.create(
        name="gone", kind="dicom", ae_title="GONE", host="127.0.0.1", port=free_port(), verification="instances"
    )
    jobs.job(destination, [made_file(0)])
    Forward.objects.update(state=ForwardState.SENT)
    for job in UploadJob.objects.all():
        settle_tasks_of(job.pk)
    for _ in range(5):
        make_due()
        work(quick)
    row = Forward.objects.get()
    assert (row.state, row.asked, row.lease_owner) == (ForwardState.SENT, 0, "")
    assert jobs.spooled() == 1


def test_storage_commitment_is_reported_to_our_port(
    jobs: StoredJobs, archive: Orthanc, quick: ReceiverSettings, report_port: int
) -> None:
    archive.delete_all()
    listening = dataclasses.replace(quick, commitment_port=report_port, commitment_host="127.0.0.1")
    listener = Listener(listening, lambda report: take_report(report, listening))
    listener.start()
    try:
        job = jobs.job(confirmed_by(jobs, archive, "commitment"), [made_file(0), made_file(2), made_file(4)])
        work(listening)
        until(lambda: states() == {"delivered": 3})
    finally:
        listener.stop()
    assert UploadJob.objects.get(pk=job.pk).state == JobState.SUCCESS
    assert jobs.spooled() == 0


def test_what_a_report_does_not_vouch_for_is_sent_again_and_then_a_warning(
    jobs: StoredJobs, orthanc: Orthanc, quick: ReceiverSettings
) -> None:
    jobs.job(confirmed_by(jobs, orthanc, "commitment"), [made_file(0), made_file(2)])
    there, missing = Forward.objects.values_list("instance__sop_instance_uid", flat=True)
    for _ in range(2):
        Forward.objects.exclude(state="delivered").update(state="sent", commitment="2.25.1", attempts=1)
        assert take_report(Report("2.25.1", frozenset({there}), {missing: "no such object instance, 0x0112"}), quick)
    assert states() == {"delivered": 1, "waiting": 1}
    Forward.objects.exclude(state="delivered").update(state="sent", commitment="2.25.1", attempts=2)
    assert take_report(Report("2.25.1", frozenset(), {missing: "no such object instance, 0x0112"}), quick)
    assert states() == {"delivered": 1, "unconfirmed": 1}
    assert "no such object instance" in UploadTask.objects.get().message
    assert not take_report(Report("2.25.2", frozenset({missing})), quick)
    assert jobs.spooled() == 1


def test_leases_of_a_worker_that_was_killed_while_it_asked_are_let_go(
    jobs: StoredJobs, orthanc: Orthanc, quick: ReceiverSettings
) -> None:
    destination = confirmed_by(jobs, orthanc, "instances")
    jobs.job(destination, [made_file(0)])
    Forward.objects.update(state=ForwardState.SENT)
    now = timezone.now()
    assert sent.take(str(destination.pk), "dead", seconds=60, now=now) is not None
    assert sent.take(str(destination.pk), "other", seconds=60, now=now) is None
    sent.release_expired(now, 60)
    assert sent.due(now) == []
    sent.release_of("dead")
    assert [due.count for due in sent.due(now)] == [1]
    assert sent.take(str(destination.pk), "other", seconds=60, now=now) is not None
    sent.release_expired(now + timedelta(seconds=61), 60)
    assert [due.count for due in sent.due(now)] == [1]


def test_the_log_tells_of_each_instance_in_the_order_of_time(
    jobs: StoredJobs, tmp_path: Path, quick: ReceiverSettings
) -> None:
    jobs.job(jobs.folder("archive"), [made_file(0), made_file(2)])
    UploadTask.objects.update(log="2001-01-01 00:00:00 1.2: not taken, tried again later. why\n")
    work(quick)
    lines = list(whole_log(UploadTask.objects.get()))
    assert lines[0].endswith("tried again later. why")
    assert {line.split(" ")[2].rstrip(":") for line in lines[1:]} == set(
        Forward.objects.values_list("instance__sop_instance_uid", flat=True)
    )
