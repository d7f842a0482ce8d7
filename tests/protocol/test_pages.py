"""Long lists go out in pages and arrive whole."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adit_uploader.protocol.codec import encode_server
from adit_uploader.protocol.errors import RemoteProtocolError
from adit_uploader.protocol.limits import MAX_CONTROL_SIZE, MAX_LISTED
from adit_uploader.protocol.messages import JobInfo, Jobs, Stored, TaskInfo, Tasks
from adit_uploader.protocol.pages import PageJoiner, split
from adit_uploader.protocol.transitions import State
from tests.protocol.pair import JOB, OTHER_JOB, Pair


def _tasks(count: int, message: str = "") -> Tasks:
    return Tasks(JOB, "IP", tuple(TaskInfo(f"1.2.{number}", "p", "IP", message=message) for number in range(count)))


def test_a_job_of_many_studies_arrives_whole() -> None:
    pair = Pair().greet()
    pair.client.watch(JOB)
    pair.settle()
    tasks = _tasks(3000, "\U0001f642\n" * 512)
    pair.server.tasks(tasks)
    pair.collect()
    assert len(pair.downward) > 10
    assert max(len(str(message).encode()) for message in pair.downward) <= MAX_CONTROL_SIZE
    assert pair.settle()[1] == [tasks]


def test_a_long_job_list_arrives_whole() -> None:
    pair = Pair().greet()
    pair.client.list_jobs(500)
    pair.settle()
    jobs = Jobs(tuple(JobInfo(JOB, "SU", "internal", "x" * 1024, "now", message="y" * 1024) for _ in range(500)))
    pair.server.jobs(jobs)
    pair.collect()
    assert [json.loads(message).get("more", False) for message in pair.downward][-2:] == [True, False]
    assert pair.settle()[1] == [jobs]


def test_the_answer_to_a_cancel_counts_with_its_last_page() -> None:
    pair = Pair().greet().open()
    pair.client.cancel(JOB)
    pair.settle()
    pair.server.tasks(Tasks(JOB, "CA", _tasks(3000, "x" * 1000).tasks))
    pair.collect()
    while len(pair.downward) > 1:
        pair.step_down()
        assert pair.client.state is State.CANCELING
    pair.step_down()
    assert pair.client.state is State.READY


@given(st.integers(0, 300), st.integers(0, 1024))
def test_pages_hold_everything_in_order(count: int, length: int) -> None:
    tasks = _tasks(count, "x" * length)
    pages = split(tasks)
    joiner = PageJoiner()
    assert [joiner.join(page) for page in pages] == [None] * (len(pages) - 1) + [tasks]


def test_other_messages_may_come_between_pages() -> None:
    joiner = PageJoiner()
    assert joiner.join(Tasks(JOB, "IP", (), more=True)) is None
    assert joiner.join(Stored(1, "1.2")) == Stored(1, "1.2")
    assert joiner.join(Tasks(JOB, "SU", ())) == Tasks(JOB, "SU", ())


@pytest.mark.parametrize("second", [Tasks(OTHER_JOB, "IP", ()), Jobs(())])
def test_another_list_may_not(second: Tasks | Jobs) -> None:
    joiner = PageJoiner()
    joiner.join(Tasks(JOB, "IP", (), more=True))
    with pytest.raises(RemoteProtocolError, match="inside another"):
        joiner.join(second)


def test_a_list_does_not_grow_without_end() -> None:
    page = Tasks(JOB, "IP", _tasks(1).tasks * (MAX_LISTED // 2), more=True)
    joiner = PageJoiner()
    joiner.join(page)
    joiner.join(page)
    with pytest.raises(RemoteProtocolError, match="longer"):
        joiner.join(Tasks(JOB, "IP", _tasks(1).tasks))


def test_pages_of_a_job_that_nobody_asked_for_close() -> None:
    pair = Pair().greet()
    with pytest.raises(RemoteProtocolError):
        pair.client.receive(encode_server(Tasks(JOB, "IP", (), more=True)))
