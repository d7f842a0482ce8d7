"""The user's own jobs at a receiver."""

from collections.abc import Callable

from adit_uploader.protocol.messages import JobInfo, Jobs, Tasks

from .connection import Server, open_connection
from .control import LOOK, is_final
from .line import DIRECT, Line


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


def cancel_job(server: Server, token: str, job: str, *, line: Line = DIRECT) -> Tasks:
    """Give a job up: what is not yet delivered is not delivered any more.

    Raises: as ``show_job``.
    """
    with open_connection(server, token, line=line) as connection:
        connection.hello()
        connection.client.cancel(job)
        return connection.ask(Tasks)
