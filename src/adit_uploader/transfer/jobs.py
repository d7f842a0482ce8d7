"""The user's own jobs at a receiver."""

from collections.abc import Callable

from adit_uploader.protocol.messages import JobInfo, Tasks

from .connection import Server


def never() -> bool:
    return False


def list_jobs(server: Server, token: str, *, limit: int = 100) -> tuple[JobInfo, ...]:
    """The user's jobs, newest first.

    Raises:
        LineError: with title and message for people.
    """
    raise NotImplementedError


def show_job(server: Server, token: str, job: str) -> Tasks:
    """A job's tasks as they are now.

    Raises:
        LineError: with title and message for people.
        JobRefused: there is no such job of this user.
    """
    raise NotImplementedError


def watch_job(
    server: Server, token: str, job: str, on_tasks: Callable[[Tasks], None], *, stop: Callable[[], bool] = never
) -> Tasks:
    """Call ``on_tasks`` now and whenever something changes, until the job is in a final state or ``stop()``.

    Raises: as ``show_job``.
    """
    raise NotImplementedError


def cancel_job(server: Server, token: str, job: str) -> Tasks:
    """Give a job up: what is not yet delivered is not delivered any more.

    Raises: as ``show_job``.
    """
    raise NotImplementedError
