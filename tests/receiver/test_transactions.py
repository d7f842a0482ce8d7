"""Transactions that PostgreSQL gives up for others' sake, and those that it commits after their process was killed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from adit_receiver import transactions
from adit_receiver.conf import receiver_settings
from adit_receiver.forwarding import queue
from adit_receiver.models import Forward
from adit_receiver.sweep import sweep
from adit_receiver.transactions import again
from tests.parts.databases import PostgresqlMaker, postgresql_maker
from tests.parts.parcels import made_file
from tests.parts.postgresql import Cluster
from tests.parts.stored_jobs import StoredJobs

PATIENCE = 120.0


@pytest.fixture(scope="module")
def maker(cluster: Cluster) -> PostgresqlMaker:
    return postgresql_maker(cluster)


@pytest.fixture
def jobs(
    tmp_path: Path, maker: PostgresqlMaker, django_db_blocker: DjangoDbBlocker, settings: Settings
) -> Iterator[StoredJobs]:
    """Jobs in a PostgreSQL database, on whatever the other tests run."""
    settings.ADIT_UPLOADER_RECEIVER = {"SPOOL": tmp_path / "spool", "SECRET_FILE": tmp_path / "site-secret"}
    with django_db_blocker.unblock(), maker.made(tmp_path) as url:
        made = StoredJobs(tmp_path, receiver_settings(), url)
        made.spool.prepare()
        yield made


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Runs it in a thread with a connection of its own; it has ended afterwards."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except (OperationalError, AssertionError, threading.BrokenBarrierError) as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(PATIENCE)
    assert failed == []
    assert not thread.is_alive()


class Crossing:
    """Two that lock the same two rows, each in another order: one of them is given up."""

    def __init__(self) -> None:
        self.groups = [Group.objects.create(name=name).pk for name in "ab"]
        self.both = threading.Barrier(2)
        self.runs = 0

    def lock(self, order: int) -> None:
        self.runs += 1
        first = self.runs <= 2
        for key in self.groups[::order]:
            Group.objects.select_for_update().get(pk=key)
            if first and key == self.groups[::order][0]:
                self.both.wait(PATIENCE)


@pytest.mark.usefixtures("jobs")
def test_of_two_that_wait_for_each_other_both_come_through_in_the_end() -> None:
    crossing = Crossing()
    lock = again(crossing.lock)
    with beside(lambda: lock(1)):
        lock(-1)
    assert crossing.runs == 3


@pytest.mark.usefixtures("jobs")
def test_as_a_part_of_a_larger_transaction_it_is_not_run_alone_once_more() -> None:
    crossing = Crossing()
    lock = again(crossing.lock)
    given_up = []

    def within(order: int) -> None:
        try:
            with transaction.atomic():
                lock(order)
        except OperationalError as error:
            given_up.append(error)

    with beside(lambda: within(1)):
        within(-1)
    assert (crossing.runs, len(given_up)) == (2, 1)


@pytest.mark.usefixtures("jobs")
def test_what_fails_for_its_own_sake_is_not_tried_again() -> None:
    tries = []

    @again
    def twice_the_same() -> None:
        tries.append(1)
        Group.objects.create(name="a")
        Group.objects.create(name="a")

    with pytest.raises(IntegrityError):
        twice_the_same()
    assert len(tries) == 1
    assert not Group.objects.exists()


def test_a_worker_passes_over_rows_that_another_is_just_taking(jobs: StoredJobs) -> None:
    archive = jobs.folder("archive")
    jobs.job(archive, [made_file(number) for number in range(5)])
    taken, go_on = threading.Event(), threading.Event()
    now = timezone.now()

    def take_two() -> None:
        with transaction.atomic():
            until = now + timedelta(seconds=60)
            allowed = queue._allowed(urgent_only=False)
            taken_by_other, _ = queue._take(
                "other/1", str(archive.pk), limit=2, among=1, until=until, now=now, allowed=allowed
            )
            assert len(taken_by_other) == 2
            taken.set()
            assert go_on.wait(PATIENCE)

    with beside(take_two):
        assert taken.wait(PATIENCE)
        held = queue.lease(str(archive.pk), "this", limit=64, seconds=60, now=now, spool=jobs.spool)
        go_on.set()
    assert held is not None
    assert len(held.parcels) == 3
    assert Forward.objects.filter(lease_owner="other/1").count() == 2


def test_a_lease_is_prolonged_though_some_of_its_rows_are_just_written_down(jobs: StoredJobs) -> None:
    archive = jobs.folder("archive")
    jobs.job(archive, [made_file(number) for number in range(3)])
    now = timezone.now()
    held = queue.lease(str(archive.pk), "this", limit=64, seconds=60, now=now, spool=jobs.spool)
    assert held is not None
    locked, go_on = threading.Event(), threading.Event()

    def write_down_one() -> None:
        with transaction.atomic():
            Forward.objects.filter(pk=held.parcels[0].key).update(attempts=1)
            locked.set()
            assert go_on.wait(PATIENCE)

    with beside(write_down_one):
        assert locked.wait(PATIENCE)
        queue.hold([held.token], 3600, now)
        go_on.set()
    assert Forward.objects.filter(lease_until__gt=now + timedelta(minutes=30)).count() == 2


def test_what_a_killed_process_is_still_committing_is_not_swept_away(jobs: StoredJobs) -> None:
    """Its lock on the file is gone, its row is not there yet."""
    job = jobs.job(jobs.folder("archive"), [])
    stored, go_on = threading.Event(), threading.Event()

    def commit_late() -> None:
        with transaction.atomic():
            jobs.add(job, made_file(0))
            stored.set()
            assert go_on.wait(PATIENCE)

    with beside(commit_late):
        assert stored.wait(PATIENCE)
        assert not Forward.objects.exists()
        with beside(lambda: sweep(jobs.spool, 7)) as sweeping:
            sweeping.join(0.3)
            waited = sweeping.is_alive()
            go_on.set()
    assert (waited, jobs.spooled(), Forward.objects.count()) == (True, 1, 1)
    (jobs.spool.stored / ("0" * 32)).write_bytes(b"orphan")
    assert sweep(jobs.spool, 7).orphans == 1


def test_a_sweep_does_not_make_all_writers_wait_for_one_that_stands_still(
    jobs: StoredJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "WRITERS_SECONDS", 0.2)
    job = jobs.job(jobs.folder("archive"), [])
    orphan = jobs.spool.stored / ("0" * 32)
    orphan.write_bytes(b"orphan")
    stored, go_on = threading.Event(), threading.Event()

    def stand_still() -> None:
        with transaction.atomic():
            jobs.add(job, made_file(0))
            stored.set()
            assert go_on.wait(PATIENCE)

    with beside(stand_still):
        assert stored.wait(PATIENCE)
        with pytest.raises(OperationalError, match="lock timeout"):
            sweep(jobs.spool, 7)
        jobs.add(job, made_file(1))
        go_on.set()
    assert orphan.exists()
    assert sweep(jobs.spool, 7).orphans == 1
