"""The user's own jobs at a receiver."""

import time
from collections.abc import Callable

from adit_uploader.protocol.messages import JobInfo, Jobs, Tasks

from .connection import Server, open_connection
from .control import FINAL, LOOK, is_final
from .line import DIRECT, Line

LIST_INTERVAL = 5.0  # seconds between two looks at the list of jobs
LONGEST_LOOK = 300.0  # seconds for which one connection serves; whoever still looks then makes another


def never() -> bool:
    return False


def list_jobs(server: Server, token: str, *, limit: int = 100, line: Line = DIRECT) -> tuple[JobInfo, ...]:
    """The user's jobs, newest first.

    Raises:
        LineError: with title and message for people.
    """
    with open_connection(server, token, line=line) as connection:
        connection.hello()
        connection.client.list_jobs(limit)
        return connection.ask(Jobs).jobs


def show_job(server: Server, token: str, job: str, *, line: Line = DIRECT) -> Tasks:
    """A job's tasks as they are now.

    Raises:
        LineError: with title and message for people.
        JobRefused: there is no such job of this user.
    """
    with open_connection(server, token, line=line) as connection:
        connection.hello()
        connection.client.watch(job)
        return connection.ask(Tasks)


def watch_job(
    server: Server,
    token: str,
    job: str,
    on_tasks: Callable[[Tasks], None],
    *,
    stop: Callable[[], bool] = never,
    line: Line = DIRECT,
) -> Tasks:
    """Call ``on_tasks`` now and whenever something changes, until the job is in a final state or ``stop()``.

    Raises: as ``show_job``.
    """
    with open_connection(server, token, line=line) as connection:
        connection.hello()
        connection.client.watch(job)
        tasks = connection.ask(Tasks)
        on_tasks(tasks)
        while not is_final(tasks) and not stop():
            for event in connection.receive(LOOK):
                if isinstance(event, Tasks):
                    tasks = event
                    on_tasks(tasks)
        return tasks


def follow_jobs(
    server: Server,
    token: str,
    *,
    chosen: Callable[[], str],
    on_jobs: Callable[[tuple[JobInfo, ...]], None],
    on_tasks: Callable[[Tasks], None],
    stop: Callable[[], bool],
    line: Line = DIRECT,
    limit: int = 100,
    every: float = LIST_INTERVAL,
    longest: float = LONGEST_LOOK,
) -> bool:
    """Tell the list of jobs, and the tasks of the chosen one, while something of them is under way.

    Args:
        chosen: asked again and again for the job whose tasks are wanted; '' for none.
        every: seconds between two looks at the list; longest: seconds after which it ends in any case.

    Returns:
        Whether something is still under way: then whoever looks may ask again.

    Raises:
        LineError: with title and message for people.
    """
    with open_connection(server, token, line=line) as connection:
        connection.hello()
        end = time.monotonic() + longest
        due = 0.0
        jobs: tuple[JobInfo, ...] = ()
        watched: set[str] = set()
        told: set[str] = set()
        while not stop():
            now = time.monotonic()
            if now >= due:
                connection.client.list_jobs(limit)
                jobs, due = connection.ask(Jobs).jobs, now + every
                on_jobs(jobs)
            job = chosen()
            if job not in watched and any(one.job == job for one in jobs):
                watched.add(job)
                connection.client.watch(job)
                connection.flush()
            for event in connection.receive(LOOK):
                if isinstance(event, Tasks):
                    told.add(event.job)
                    on_tasks(event)
            under_way = any(one.state not in FINAL for one in jobs)
            if (not under_way and told >= watched) or now >= end:
                return under_way
        return False


def cancel_job(server: Server, token: str, job: str, *, line: Line = DIRECT) -> Tasks:
    """Give a job up: what is not yet delivered is not delivered any more.

    Raises: as ``show_job``.
    """
    with open_connection(server, token, line=line) as connection:
        connection.hello()
        connection.client.cancel(job)
        return connection.ask(Tasks)
