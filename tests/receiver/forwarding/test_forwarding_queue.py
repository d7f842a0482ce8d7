"""The work queue: leases, outcomes, waiting, and what happens to canceled jobs."""

import threading
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.utils import timezone

from adit_receiver.bookkeeping import cancel_job
from adit_receiver.forwarding import queue
from adit_receiver.forwarding.pacing import Outages, SetBack, delay
from adit_receiver.forwarding.parcels import Delivery, Outcome
from adit_receiver.job_actions import ACTIONS, act
from adit_receiver.models import Destination, Forward, ForwardState, JobState, StoredInstance, TaskState, UploadTask
from tests.parts.parcels import made_file
from tests.parts.stored_jobs import StoredJobs

RANDOM = Random(1)  # noqa: S311 - of waiting times


def take(jobs: StoredJobs, destination: Destination, *, worker: str = "w", limit: int = 100) -> queue.Lease | None:
    return queue.lease(str(destination.pk), worker, limit=limit, seconds=60, now=timezone.now(), spool=jobs.spool)


def taken(jobs: StoredJobs, destination: Destination, *, worker: str = "w", limit: int = 100) -> queue.Lease:
    held = take(jobs, destination, worker=worker, limit=limit)
    assert held is not None
    return held


def record(jobs: StoredJobs, held: queue.Lease, *outcomes: Outcome, message: str = "", attempts: int = 20) -> None:
    deliveries = [Delivery(parcel, outcome, message) for parcel, outcome in zip(held.parcels, outcomes, strict=False)]
    queue.record(held, deliveries, attempts=attempts, now=timezone.now(), random=RANDOM, spool=jobs.spool)


def states() -> list[str]:
    return list(Forward.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def archive(jobs: StoredJobs) -> Destination:
    return jobs.folder("archive")


def test_many_workers_at_once_never_take_the_same_instance(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(number) for number in range(60)])
    found: list[int] = []
    start = threading.Barrier(6)

    def work(name: str) -> None:
        start.wait()
        while held := take(jobs, archive, worker=name, limit=7):
            found.extend(parcel.key for parcel in held.parcels)
        connection.close()

    threads = [threading.Thread(target=work, args=(f"worker{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(Forward.objects.values_list("pk", flat=True))


def test_delivered_instances_end_their_task_and_job_and_leave_the_spool(jobs: StoredJobs, archive: Destination) -> None:
    job = jobs.job(archive, [made_file(number) for number in range(3)])
    held = taken(jobs, archive)
    job.refresh_from_db()
    assert job.state == JobState.IN_PROGRESS
    record(jobs, held, *[Outcome.DELIVERED] * 3)
    job.refresh_from_db()
    assert (job.state, states(), jobs.spooled()) == (JobState.SUCCESS, ["delivered"] * 3, 0)
    assert set(StoredInstance.objects.values_list("spool_name", flat=True)) == {""}
    assert set(UploadTask.objects.values_list("state", "message", "attempts")) == {(TaskState.SUCCESS, "", 1)}


def test_a_study_that_arrives_at_once_has_one_attempt_however_many_leases_it_takes(
    jobs: StoredJobs, archive: Destination
) -> None:
    job = jobs.job(archive, [made_file(2 * number) for number in range(5)])
    one, two = taken(jobs, archive, worker="a", limit=2), taken(jobs, archive, worker="b", limit=2)
    assert job.tasks.get().attempts == 1  # as soon as it is tried
    record(jobs, one, *[Outcome.DELIVERED] * 2)
    queue.give_back(two)  # nothing was sent
    for _ in range(3):
        record(jobs, taken(jobs, archive, limit=1), Outcome.DELIVERED)
    assert states() == ["delivered"] * 5
    assert job.tasks.get().attempts == 1


def test_attempts_count_how_often_the_instance_was_tried_that_took_most(jobs: StoredJobs, archive: Destination) -> None:
    job = jobs.job(archive, [made_file(2 * number) for number in range(6)])
    now = timezone.now()
    one, two = taken(jobs, archive, worker="a", limit=2), taken(jobs, archive, worker="b", limit=2)
    for held in (one, two):  # of two lanes side by side
        queue.postpone(str(archive.pk), "Waiting for destination archive: off.", now, now, held)
    record(jobs, taken(jobs, archive, limit=4), *[Outcome.RETRY] * 4)
    assert job.tasks.get().attempts == 2
    Forward.objects.update(next_try=timezone.now())
    record(jobs, taken(jobs, archive), *[Outcome.FAILED] * 6)
    assert (job.tasks.get().attempts, set(states())) == (3, {"failed"})
    act(ACTIONS["retry"], job.pk, who="alice", address="", owner=True)
    record(jobs, taken(jobs, archive), *[Outcome.DELIVERED] * 6)
    assert job.tasks.get().attempts == 4


def test_a_task_of_a_job_that_is_still_sent_does_not_end(jobs: StoredJobs, archive: Destination) -> None:
    job = jobs.job(archive, [made_file(0)], finished=False)
    record(jobs, taken(jobs, archive), Outcome.DELIVERED)
    job.refresh_from_db()
    assert job.state == JobState.IN_PROGRESS
    assert job.tasks.get().state == TaskState.IN_PROGRESS


def test_a_lost_lease_changes_nothing_any_more(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(0)])
    slow = taken(jobs, archive, worker="slow")
    queue.give_back_expired(timezone.now() + timedelta(seconds=61), 60)
    quick = taken(jobs, archive, worker="quick")
    record(jobs, slow, Outcome.FAILED)
    assert states() == ["leased"]
    record(jobs, quick, Outcome.DELIVERED)
    record(jobs, slow, Outcome.FAILED)
    assert states() == ["delivered"]
    assert Forward.objects.get().attempts == 1


def test_leases_run_out_unless_they_are_held(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(0)])
    held = taken(jobs, archive)
    now = timezone.now()
    queue.hold([held.token], 60, now + timedelta(seconds=50))
    queue.give_back_expired(now + timedelta(seconds=100), 60)
    assert states() == ["leased"]
    queue.give_back_expired(now + timedelta(seconds=111), 60)
    assert states() == ["waiting"]


def test_a_lease_from_before_the_clock_was_set_back_runs_out(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(0)])
    taken(jobs, archive)
    queue.give_back_expired(timezone.now() - timedelta(seconds=50), 60)
    assert states() == ["leased"]
    queue.give_back_expired(timezone.now() - timedelta(hours=5), 60)
    assert states() == ["waiting"]


def test_a_dead_workers_leases_and_no_others_are_given_back(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(number) for number in range(2)])
    taken(jobs, archive, worker="dead", limit=1)
    taken(jobs, archive, worker="deadline", limit=1)
    queue.give_back_of("dead")
    assert states() == ["waiting", "leased"]


def test_what_is_not_taken_waits_longer_each_time_and_fails_in_the_end(jobs: StoredJobs, archive: Destination) -> None:
    job = jobs.job(archive, [made_file(0)])
    waits: list[timedelta] = []
    for _ in range(3):
        Forward.objects.update(next_try=timezone.now())
        now = timezone.now()
        record(jobs, taken(jobs, archive), Outcome.RETRY, message="Not now.", attempts=4)
        row = Forward.objects.get()
        assert (row.state, row.message) == ("waiting", "Not now.")
        waits.append(row.next_try - now)
        assert take(jobs, archive) is None
    assert waits == sorted(waits)
    assert job.tasks.get().message == "1 of 1 instances wait. Not now."
    Forward.objects.update(next_try=timezone.now())
    record(jobs, taken(jobs, archive), Outcome.RETRY, message="Not now.", attempts=4)
    row = Forward.objects.get()
    task = job.tasks.get()
    assert (row.state, row.attempts) == ("failed", 4)
    assert (task.state, task.message) == (TaskState.FAILURE, "1 of 1 instances were not delivered. Not now.")
    assert jobs.spooled() == 1  # for another try
    assert len(task.log.splitlines()) == 4


def test_warnings_are_kept_and_those_noted_before_as_well(jobs: StoredJobs, archive: Destination) -> None:
    job = jobs.job(archive, [made_file(0)])
    Forward.objects.update(warning="Known before.")
    record(jobs, taken(jobs, archive), Outcome.DELIVERED, message="Coerced.")
    job.refresh_from_db()
    task = job.tasks.get()
    assert Forward.objects.get().warning == "Known before. Coerced."
    assert (job.state, task.state) == (JobState.WARNING, TaskState.WARNING)
    assert task.message == "1 of 1 instances were delivered with a warning. Known before. Coerced."
    assert "Coerced." in task.log


def test_an_outage_lets_all_due_instances_of_the_destination_wait_and_costs_no_attempt(
    jobs: StoredJobs, archive: Destination
) -> None:
    other = jobs.folder("other")
    job = jobs.job(archive, [made_file(number) for number in range(4)])
    jobs.job(other, [made_file(9)], owner="bob")
    held = taken(jobs, archive, limit=2)
    now = timezone.now()
    queue.postpone(str(archive.pk), "Waiting for destination archive: off.", now + timedelta(seconds=30), now, held)
    assert states() == ["waiting"] * 5
    assert take(jobs, archive) is None
    assert take(jobs, other) is not None
    assert {row.attempts for row in Forward.objects.all()} == {0}
    assert {task.message for task in job.tasks.all()} == {"Waiting for destination archive: off."}
    assert {task.state for task in job.tasks.all()} == {TaskState.PENDING}
    Forward.objects.update(next_try=now)
    record(jobs, taken(jobs, archive), *[Outcome.DELIVERED] * 4)
    assert {task.message for task in job.tasks.all()} == {""}


@pytest.mark.parametrize("way", ["give back", "expired", "postpone", "retry"])
def test_nothing_of_a_canceled_job_is_tried_again(jobs: StoredJobs, archive: Destination, way: str) -> None:
    job = jobs.job(archive, [made_file(number) for number in range(4)])
    held = taken(jobs, archive, limit=2)
    cancel_job(job.pk, "Canceled by its owner.")
    job.refresh_from_db()
    assert job.state == JobState.CANCELING
    now = timezone.now()
    if way == "give back":
        queue.give_back(held)
    elif way == "expired":
        queue.give_back_expired(now + timedelta(seconds=61), 60)
    elif way == "postpone":
        queue.postpone(str(archive.pk), "off", now, now, held)
    else:
        record(jobs, held, Outcome.RETRY, Outcome.RETRY)
    job.refresh_from_db()
    assert (states(), job.state) == (["canceled"] * 4, JobState.CANCELED)


def test_what_is_delivered_while_its_job_is_canceled_counts_as_delivered(
    jobs: StoredJobs, archive: Destination
) -> None:
    job = jobs.job(archive, [made_file(number) for number in range(2)])
    held = taken(jobs, archive, limit=1)
    cancel_job(job.pk, "Canceled by its owner.")
    record(jobs, held, Outcome.DELIVERED)
    job.refresh_from_db()
    assert sorted(states()) == ["canceled", "delivered"]
    assert job.state == JobState.CANCELED


def test_urgent_jobs_go_first(jobs: StoredJobs, archive: Destination) -> None:
    other = jobs.folder("other")
    jobs.job(archive, [made_file(0)])
    urgent = jobs.job(archive, [made_file(1)])
    urgent.urgent = True
    urgent.save()
    last = jobs.job(other, [made_file(2)])
    last.urgent = True
    last.save()
    Forward.objects.filter(instance__job=last).update(next_try=timezone.now() - timedelta(hours=1))
    assert [due.destination_name for due in queue.due_destinations(timezone.now())] == ["other", "archive"]
    [parcel] = taken(jobs, archive, limit=1).parcels
    assert Forward.objects.get(pk=parcel.key).instance.job == urgent


def test_files_of_delivered_instances_that_a_crash_left_are_deleted(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(number) for number in range(2)])
    Forward.objects.filter(pk=Forward.objects.earliest("pk").pk).update(state=ForwardState.DELIVERED)
    queue.delete_delivered(jobs.spool)
    assert jobs.spooled() == 1
    assert sorted(bool(name) for name in StoredInstance.objects.values_list("spool_name", flat=True)) == [False, True]


def test_what_the_owner_delivered_before_is_known_to_the_parcel(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(1)])
    jobs.job(archive, [made_file(1, size=70)], owner="bob")
    record(jobs, taken(jobs, archive), Outcome.DELIVERED, Outcome.DELIVERED)
    before = StoredInstance.objects.get(job__owner__username="alice").digest
    jobs.job(archive, [made_file(1, size=80)])
    [parcel] = taken(jobs, archive).parcels
    assert parcel.own_digests == {before}


def test_lanes_of_one_destination_share_what_is_due(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(number) for number in range(36)])

    def shares() -> list[tuple[int, bool]]:
        now = timezone.now()
        held = queue.lease(str(archive.pk), "w", limit=20, seconds=60, now=now, spool=jobs.spool, among=2)
        return [] if held is None else [(len(held.parcels), held.more), *shares()]

    # never less than is worth a lease of its own, and the last one is told that nothing is left
    assert shares() == [(18, True), (16, True), (2, False)]


def test_nobody_looks_for_earlier_deliveries_where_they_do_not_matter(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(1)])
    record(jobs, taken(jobs, archive), Outcome.DELIVERED)
    jobs.job(archive, [made_file(1, size=80)])
    now = timezone.now()
    held = queue.lease(str(archive.pk), "w", limit=1, seconds=60, now=now, spool=jobs.spool, own_digests=False)
    assert held is not None
    assert held.parcels[0].own_digests == frozenset()


def test_a_deleted_destination_fails_what_waits_for_it(jobs: StoredJobs, archive: Destination) -> None:
    job = jobs.job(archive, [made_file(1)])
    queue.fail_all(str(archive.pk), "The destination was deleted.")
    job.refresh_from_db()
    assert (states(), job.state) == (["failed"], JobState.FAILURE)


def test_delays_double_up_to_a_limit_and_never_come_in_step() -> None:
    seconds = [delay(n, first=1, longest=60, random=RANDOM).total_seconds() for n in range(1, 12)]
    for attempt, each in enumerate(seconds):
        assert 0.8 * min(60, 2**attempt) <= each <= 1.2 * min(60, 2**attempt)
    assert len({delay(3, first=1, longest=60, random=RANDOM) for _ in range(20)}) > 10
    assert delay(10**6, first=1, longest=60, random=RANDOM).total_seconds() <= 72


def test_a_clock_that_was_set_back_is_noticed_and_one_that_was_set_forward_does_no_harm() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=timezone.get_current_timezone())
    hour = timedelta(hours=1)
    clock = SetBack()
    assert not clock.look(now, 100.0, lambda: False)
    assert not clock.look(now + timedelta(seconds=5), 105.0, lambda: True)
    assert clock.look(now - hour, 106.0, lambda: False)
    assert not clock.look(now - hour + timedelta(seconds=1), 107.0, lambda: False)
    assert not clock.look(now + hour, 108.0, lambda: False)
    assert clock.look(now + timedelta(seconds=1), 109.0, lambda: False)
    assert SetBack().look(now, 0.0, lambda: True)


def test_rows_tell_that_the_clock_was_set_back_while_no_worker_looked(jobs: StoredJobs, archive: Destination) -> None:
    jobs.job(archive, [made_file(number) for number in range(3)])
    now = timezone.now()
    assert not queue.speaks_of_the_future(now)
    Forward.objects.update(next_try=now + timedelta(minutes=10))  # as long as one may have to wait
    assert not queue.speaks_of_the_future(now)
    Forward.objects.update(next_try=now + timedelta(minutes=20))
    assert queue.speaks_of_the_future(now)
    queue.wait_no_more(now)
    assert not queue.speaks_of_the_future(now)
    # the first was stored before the clock was set back, the others since then
    first = StoredInstance.objects.order_by("pk").first()
    assert first is not None
    StoredInstance.objects.filter(pk=first.pk).update(received=now + timedelta(minutes=3))
    assert queue.speaks_of_the_future(now)


def test_lanes_side_by_side_count_an_outage_once() -> None:
    outages = Outages(RANDOM)
    now = datetime(2026, 1, 1, tzinfo=timezone.get_current_timezone())
    first = outages.down("a", "off", now)
    assert outages.down("a", "off", now) is first
    second = outages.down("a", "off", first.until)
    assert (first.failures, second.failures) == (1, 2)
    assert outages.now("a", first.until) == second
    assert outages.now("a", second.until) is None
    assert not outages.is_up("a")
    outages.up("a")
    assert outages.is_up("a")
    assert outages.now("b", now) is None
