"""A job's tasks as the wire tells them: states and counts of one moment, whatever happens while they are read."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from adit_receiver.bookkeeping import settle_tasks_of
from adit_receiver.conf import receiver_settings
from adit_receiver.jobs import tasks_message
from adit_receiver.models import Forward, ForwardState, UploadJob
from tests.parts.parcels import made_file
from tests.parts.stored_jobs import StoredJobs


@pytest.fixture
def job(db: None, tmp_path: Path, settings: Any) -> UploadJob:
    """Stored whole, and of one patient's one study."""
    settings.ADIT_UPLOADER_RECEIVER = {"SPOOL": tmp_path / "spool", "SECRET_FILE": tmp_path / "site-secret"}
    jobs = StoredJobs(tmp_path, receiver_settings())
    jobs.spool.prepare()
    return jobs.job(jobs.folder("archive"), [made_file(number) for number in (0, 2, 4)])


class InBetween:
    """Does something just before the n-th statement."""

    def __init__(self, at: int, do: Callable[[], None]) -> None:
        self._at, self._do, self._seen = at, do, 0
        self.happened = False

    def __call__(self, execute: Callable[..., Any], statement: str, parameters: Any, many: bool, context: Any) -> Any:
        self._seen += 1
        if self._seen == self._at and not self.happened:
            self.happened = True
            self._do()
        return execute(statement, parameters, many, context)


def test_a_task_that_has_succeeded_while_it_was_read_is_told_with_all_that_was_delivered(job: UploadJob) -> None:
    def deliver(state: str) -> None:
        Forward.objects.update(state=state)
        settle_tasks_of(job.pk)

    for at in count(1):
        deliver(ForwardState.WAITING)
        between = InBetween(at, lambda: deliver(ForwardState.DELIVERED))
        with connection.execute_wrapper(between):
            (task,) = tasks_message(job.pk).tasks
        if not between.happened:
            break
        assert (task.state, task.delivered) in {("PE", 0), ("SU", 3)}, f"delivered before statement {at}"
    assert at > 2
