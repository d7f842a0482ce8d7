"""Workers that are killed, strangers that delete our tasks, connections that are lost: real processes, PostgreSQL."""

import signal
from contextlib import closing
from functools import partial

import psycopg
import pytest
from django.db import connection

from adit_receiver.models import Forward, ForwardState, JobState
from tests.parts.orthanc import Orthanc
from tests.parts.parcels import made_file
from tests.parts.stored_jobs import StoredJobs, WorkerProcess

from .test_forwarding_worker import arrived, count, until

pytestmark = [pytest.mark.parametrize("jobs", ["procrastinate"], indirect=True), pytest.mark.timeout(400)]

HASTY = "tests.parts.by_the_second"
"""Whom nobody tells of work finds it at its next look; that comes once a minute, and here every other second."""

STOCK = (HASTY, "procrastinate", "worker", "--queues", "adit_uploads", "--delete-jobs", "successful")
"""As ADIT runs one: it asks for nothing at its start, as ``manage forward`` does."""

STRANGER = ("procrastinate", "--app", "tests.parts.stranger.app", "worker", "--one-shot", "--delete-jobs", "always")

DEFER = "from adit_receiver.forwarding.procrastinate_engine import defer; defer()"


def tasks() -> list[tuple[str, str]]:
    """Name and status of each."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
        return [(name.rpartition(".")[2], status) for name, status in cursor.fetchall()]


def hearts_stopped_an_hour_ago() -> None:
    """What would take half a minute."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


def to_its_end(worker: WorkerProcess) -> None:
    assert worker.wait() == 0, worker.lines


def test_what_a_killed_worker_was_doing_is_found_and_done_by_another(jobs: StoredJobs, orthanc: Orthanc) -> None:
    job = jobs.job(jobs.dicom("pacs", orthanc), [made_file(number, size=256) for number in range(70)])
    killed = jobs.start_worker()
    until(partial(arrived, orthanc, 10))
    killed.end(signal.SIGKILL)
    assert ("look_at_the_queue", "doing") in tasks()
    assert count(ForwardState.DELIVERED) < 70
    hearts_stopped_an_hour_ago()
    other = jobs.start(*STOCK)
    try:
        until(lambda: count(ForwardState.DELIVERED) == 70)
        until(lambda: ("look_at_the_queue", "doing") not in tasks())
    finally:
        assert other.end() == 0, other.lines
    job.refresh_from_db()
    assert (job.state, orthanc.count(), jobs.spooled()) == (JobState.SUCCESS, 70, 0)
    assert any("lost in the middle of task adit_receiver.look_at_the_queue" in line for line in other.lines)


def test_a_task_that_a_worker_without_our_app_has_deleted_is_asked_for_again(jobs: StoredJobs) -> None:
    jobs.job(jobs.folder("archive"), [made_file(number) for number in range(3)])
    to_its_end(jobs.start("django", "shell", "--verbosity", "0", "--command", DEFER))
    assert tasks() == [("look_at_the_queue", "todo")]
    stranger = jobs.start(*STRANGER)
    to_its_end(stranger)
    assert any("TaskNotFound" in line for line in stranger.lines)
    assert tasks() == []
    assert count(ForwardState.WAITING) == 3
    ours = jobs.start(*STOCK)
    try:
        until(lambda: count(ForwardState.DELIVERED) == 3)
    finally:
        assert ours.end() == 0, ours.lines


def test_a_worker_that_loses_all_its_connections_goes_on(jobs: StoredJobs) -> None:
    archive = jobs.folder("archive")
    jobs.job(archive, [made_file(0)])
    worker = jobs.start(HASTY, "forward")
    try:
        until(lambda: count(ForwardState.DELIVERED) == 1)
        until(lambda: tasks() == [])
        jobs.job(archive, [made_file(1)])  # nobody is told of it
        with closing(psycopg.connect(jobs.database, autocommit=True)) as administrator:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()  # the test's own is lost, too
        until(lambda: count(ForwardState.DELIVERED) == 2)
        assert worker.process.poll() is None
    finally:
        assert worker.end() == 0, worker.lines
    assert Forward.objects.filter(attempts=1).count() == 2
