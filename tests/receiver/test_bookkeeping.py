"""States of tasks and jobs follow their forward rows."""

import pytest

from adit_receiver.bookkeeping import job_state, task_state


@pytest.mark.parametrize(
    ("forwards", "warnings", "ended", "state"),
    [
        ({}, 0, False, "PE"),
        ({"waiting": 3}, 0, False, "PE"),
        ({"waiting": 3}, 0, True, "PE"),
        ({"waiting": 2, "leased": 1}, 0, True, "IP"),
        ({"waiting": 2, "delivered": 1}, 0, True, "IP"),
        ({"delivered": 3}, 0, False, "IP"),
        ({"delivered": 3}, 0, True, "SU"),
        ({"delivered": 3}, 1, True, "WA"),
        ({"delivered": 2, "failed": 1}, 0, True, "WA"),
        ({"failed": 3}, 0, True, "FA"),
        ({"failed": 1, "waiting": 1}, 0, True, "IP"),
        ({"canceled": 3}, 0, True, "CA"),
        ({"canceled": 1, "delivered": 2}, 0, True, "CA"),
        ({"canceled": 1, "leased": 2}, 0, True, "IP"),
    ],
)
def test_a_tasks_state(forwards: dict[str, int], warnings: int, ended: bool, state: str) -> None:
    assert task_state(forwards, warnings=warnings, upload_ended=ended) == state


@pytest.mark.parametrize(
    ("tasks", "canceled", "ended", "state"),
    [
        ((), False, False, "PE"),
        ((), False, True, "SU"),
        (("PE", "PE"), False, False, "PE"),
        (("PE", "IP"), False, False, "IP"),
        (("SU", "PE"), False, True, "IP"),
        (("SU", "SU"), False, False, "IP"),
        (("SU", "SU"), False, True, "SU"),
        (("SU", "WA"), False, True, "WA"),
        (("SU", "FA"), False, True, "WA"),
        (("FA", "FA"), False, True, "FA"),
        (("IP", "CA"), True, True, "CI"),
        (("SU", "CA"), True, True, "CA"),
        ((), True, False, "CA"),
    ],
)
def test_a_jobs_state(tasks: tuple[str, ...], canceled: bool, ended: bool, state: str) -> None:
    assert job_state(tasks, canceled=canceled, upload_ended=ended) == state


@pytest.mark.parametrize(
    ("tasks", "state"), [((), "FA"), (("SU",), "WA"), (("SU", "WA"), "WA"), (("FA",), "FA"), (("IP",), "IP")]
)
def test_a_job_of_which_something_was_refused_is_no_success(tasks: tuple[str, ...], state: str) -> None:
    assert job_state(tasks, canceled=False, upload_ended=True, refused=1) == state
