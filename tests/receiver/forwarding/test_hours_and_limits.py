"""When is forwarded, over how many connections, and how much a folder may hold."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from adit_receiver.forwarding.errors import DestinationUnavailableError
from adit_receiver.forwarding.folder_quota import Quota
from adit_receiver.forwarding.hours import Hours
from adit_receiver.forwarding.slots import Slot, take_slot
from adit_receiver.forwarding.worker import Worker
from adit_receiver.job_actions import ACTIONS, act, allowed_actions
from adit_receiver.models import Destination, Forward, JobState, ReceiverPolicy, UploadJob, UploadTask
from tests.parts.parcels import made_file
from tests.parts.stored_jobs import StoredJobs

NIGHT = Hours(time(20), time(6), "Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-07-01T17:59:59", False),  # 19:59 in summer
        ("2026-07-01T18:00:00", True),
        ("2026-07-02T03:59:59", True),
        ("2026-07-02T04:00:00", False),
        ("2026-12-01T18:30:00", False),  # 19:30 in winter
        ("2026-12-01T19:00:00", True),
    ],
)
def test_a_window_over_midnight_goes_by_the_clocks_of_its_place(moment: str, *, is_open: bool) -> None:
    assert NIGHT.open_at(datetime.fromisoformat(moment).replace(tzinfo=UTC)) is is_open


def test_a_window_by_day_ends_when_it_says() -> None:
    day = Hours(time(8), time(17), "UTC")
    seen = [day.open_at(datetime(2026, 1, 1, hour, tzinfo=UTC)) for hour in (7, 8, 16, 17)]
    assert seen == [False, True, True, False]


@given(
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)),  # noqa: DTZ001 - made aware below
    st.times(),
    st.times(),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_the_next_change_is_ahead_and_within_some_days(moment: datetime, begin: time, end: time, zone: str) -> None:
    now = moment.replace(tzinfo=UTC)
    change = Hours(begin, end, zone).next_change(now)
    assert timedelta(0) < change - now <= timedelta(days=1, hours=2)


def test_outside_its_hours_only_urgent_jobs_go(jobs: StoredJobs) -> None:
    now = timezone.now()
    closed = {"window_begin": (now + timedelta(hours=2)).time(), "window_end": (now + timedelta(hours=3)).time()}
    ReceiverPolicy.objects.update_or_create(pk=1, defaults=closed)
    destination = jobs.folder("archive")
    usual, urgent = jobs.job(destination, [made_file(0)]), jobs.job(destination, [made_file(1)])
    UploadJob.objects.filter(pk=urgent.pk).update(urgent=True)
    assert Worker(jobs.settings).run(until_idle=True)
    assert dict(UploadJob.objects.values_list("pk", "state")) == {usual.pk: "PE", urgent.pk: "SU"}
    ReceiverPolicy.objects.update(window_begin=None, window_end=None)
    assert Worker(jobs.settings).run(until_idle=True)
    assert set(UploadJob.objects.values_list("state", flat=True)) == {JobState.SUCCESS}


def test_a_job_that_nobody_has_looked_at_waits_until_it_is_queued(jobs: StoredJobs) -> None:
    job = jobs.job(jobs.folder("archive"), [made_file(0)])
    UploadJob.objects.update(state=JobState.UNVERIFIED)
    assert Worker(jobs.settings).run(until_idle=True)
    job.refresh_from_db()
    assert (job.state, Forward.objects.get().state) == (JobState.UNVERIFIED, "waiting")
    assert "queue" not in {action.name for action in allowed_actions(job, staff=False)}
    act(ACTIONS["queue"], job.pk, who="root", address="", owner=False)
    assert Worker(jobs.settings).run(until_idle=True)
    job.refresh_from_db()
    assert job.state == JobState.SUCCESS


def test_workers_share_the_connections_of_a_destination(tmp_path: Path) -> None:
    taken = [take_slot(tmp_path / "slots", "7", 2) for _ in range(3)]
    assert [slot is None for slot in taken] == [False, False, True]
    other = take_slot(tmp_path / "slots", "8", 1)
    assert isinstance(taken[0], Slot)
    taken[0].free()
    taken[0].free()
    again = take_slot(tmp_path / "slots", "7", 2)
    for slot in (again, other, taken[1]):
        assert isinstance(slot, Slot)
        slot.free()


def test_a_worker_waits_while_others_have_all_connections(jobs: StoredJobs) -> None:
    destination = jobs.folder("archive")
    Destination.objects.update(associations=1)
    job = jobs.job(destination, [made_file(0)])
    held = take_slot(jobs.settings.spool / "slots", str(destination.pk), 1)
    assert isinstance(held, Slot)
    assert Worker(jobs.settings).run(until_idle=True)
    assert Forward.objects.get().state == "waiting"
    held.free()
    assert Worker(jobs.settings).run(until_idle=True)
    job.refresh_from_db()
    assert job.state == JobState.SUCCESS


def test_a_folder_takes_no_more_than_its_quota_and_goes_on_when_there_is_room(jobs: StoredJobs) -> None:
    destination = jobs.folder("archive")
    size = len(made_file(0))
    Destination.objects.update(folder_quota=2 * size + size // 2)
    jobs.job(destination, [made_file(number) for number in range(0, 8, 2)])
    assert Worker(jobs.settings).run(until_idle=True)
    files = list((jobs.data / "archive").rglob("*.dcm"))
    assert len(files) == 2
    assert "its folder is full" in UploadTask.objects.get().message
    assert jobs.spooled() == 2
    for file in files:
        file.unlink()
    Forward.objects.filter(state="waiting").update(next_try=timezone.now())
    assert Worker(jobs.settings).run(until_idle=True)
    assert set(Forward.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_quota_is_measured_by_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(bytes(900))
    (tmp_path / "link").symlink_to(tmp_path / "a")
    quota = Quota(tmp_path, 1100)
    quota.reserve(50)
    with pytest.raises(DestinationUnavailableError, match="full"):
        quota.reserve(300)
    (tmp_path / "a" / "file").unlink()
    quota.reserve(300)
