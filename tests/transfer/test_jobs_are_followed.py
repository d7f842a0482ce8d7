"""The list of jobs and a job's tasks, as long as something of them is under way and somebody looks."""

import pytest

from adit_uploader.protocol.messages import JobInfo, OpenJob, Tasks
from adit_uploader.transfer.errors import ServerUnreachable
from adit_uploader.transfer.jobs import follow_jobs
from tests.transfer.small_receiver import TOKEN, SmallReceiver

JOB = "1" * 32


@pytest.fixture
def with_job(receiver: SmallReceiver) -> SmallReceiver:
    receiver.jobs[JOB] = OpenJob(JOB, "internal", "Archive", "research", patients=1, studies=1, instances=1)
    return receiver


def test_it_ends_when_nothing_is_under_way_any_more(with_job: SmallReceiver) -> None:
    lists: list[tuple[JobInfo, ...]] = []
    tasks: list[Tasks] = []

    def told(of_job: Tasks) -> None:
        tasks.append(of_job)
        with_job.canceled.add(JOB)  # it comes to its end while somebody looks

    under_way = follow_jobs(
        with_job,
        TOKEN,
        chosen=lambda: JOB,
        on_jobs=lists.append,
        on_tasks=told,
        stop=lambda: False,
        every=0.01,
    )
    assert not under_way
    assert [one.job for one in tasks] == [JOB]
    assert lists[0][0].state == "PE"
    assert lists[-1][0].state == "CA"
    assert with_job.connections == 1


def test_it_ends_when_nobody_looks_and_asks_for_no_job_that_the_server_does_not_know(with_job: SmallReceiver) -> None:
    lists: list[tuple[JobInfo, ...]] = []
    follow_jobs(
        with_job,
        TOKEN,
        chosen=lambda: "2" * 32,
        on_jobs=lists.append,
        on_tasks=lambda _: pytest.fail("nobody asked"),
        stop=lambda: bool(lists),
    )
    assert len(lists) == 1
    assert with_job.seen["Watch"] == 0


def test_one_connection_serves_for_so_long_and_says_that_there_is_more(with_job: SmallReceiver) -> None:
    under_way = follow_jobs(
        with_job,
        TOKEN,
        chosen=lambda: "",
        on_jobs=lambda _: None,
        on_tasks=lambda _: None,
        stop=lambda: False,
        longest=0.0,
    )
    assert under_way


def test_a_server_that_is_not_there_is_an_error() -> None:
    nowhere = SmallReceiver(url="ws://127.0.0.1:1")
    with pytest.raises(ServerUnreachable):
        follow_jobs(
            nowhere,
            TOKEN,
            chosen=lambda: "",
            on_jobs=lambda _: None,
            on_tasks=lambda _: None,
            stop=lambda: False,
        )
