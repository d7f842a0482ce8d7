"""Forwarding by Procrastinate, which is ADIT's engine. Its tasks are in ``adit_receiver.tasks``."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from adit_receiver.conf import ReceiverSettings

from .wake import ring, workers_folder

QUEUE = "adit_uploads"
"""A queue of its own: a worker of ADIT's that lacks this app takes what it does not know, and deletes it."""

LOOK = "adit_receiver.look_at_the_queue"
LOOK_AGAIN = "adit_receiver.look_again"
WAITING = "todo"
"""Of Procrastinate's states."""
_AT_ONCE = 2  # tasks in one process: a look that carries for hours, and one that looks for what others have left
_STOPPING_SECONDS = 1.0  # after which a look is told that its process is to end
_DAY = 24 * 3600.0
_LOST_SECONDS = 2.0  # before another try to reach the database
_POLL_SECONDS = 2.0  # between two looks for tasks that nobody has announced: those that are due later

logger = logging.getLogger(__name__)


class Procrastinate:
    """Tasks in PostgreSQL."""

    def __init__(self, settings: ReceiverSettings) -> None:
        self._settings = settings

    def wake(self) -> None:
        ring(workers_folder(self._settings.spool))  # a look that is under way sees it at once
        defer()

    def run(
        self, *, until_idle: bool, on_look: Callable[[], None], stops: Callable[[Callable[[], None]], None]
    ) -> bool:
        on_look()
        asyncio.run(self._work(until_idle=until_idle, stops=stops))
        return not any(thread.name.startswith("lane-") for thread in threading.enumerate())

    async def _work(self, *, until_idle: bool, stops: Callable[[Callable[[], None]], None]) -> None:
        """Runs Procrastinate's worker until it is asked to end; it ends by itself when the database is lost."""
        loop, asked = asyncio.get_running_loop(), asyncio.Event()

        def stop() -> None:
            loop.call_soon_threadsafe(asked.set)

        stops(stop)
        ending = asyncio.create_task(asked.wait())
        while not asked.is_set():
            await asyncio.to_thread(self._wake_and_let_go)
            worker = asyncio.create_task(_one_worker(until_idle=until_idle))
            await asyncio.wait((worker, ending), return_when=asyncio.FIRST_COMPLETED)
            if asked.is_set():
                worker.cancel()  # it ends what it has begun
            await asyncio.wait((worker,))
            failed = not worker.cancelled() and worker.exception() is not None
            if asked.is_set() or (until_idle and not failed):
                break
            logger.warning("Procrastinate's worker has lost the database, and starts again.")
            await asyncio.wait((ending,), timeout=_LOST_SECONDS)
        ending.cancel()

    def _wake_and_let_go(self) -> None:
        try:
            self.wake()
        finally:
            connection.close()


async def _one_worker(*, until_idle: bool) -> None:
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined] # of its Django connector
    with app.replace_connector(connector) as working:
        async with working.open_async():
            await working.run_worker_async(
                queues=[QUEUE],
                name="adit_uploads",
                wait=not until_idle,
                concurrency=_AT_ONCE,
                fetch_job_polling_interval=_POLL_SECONDS,
                # with until_idle it "shuts down" as soon as no task waits, though one may be at work
                shutdown_graceful_timeout=_DAY if until_idle else _STOPPING_SECONDS,
                delete_jobs="successful",
                install_signal_handlers=False,
            )


def defer(at: datetime | None = None) -> None:
    """Asks for a look at the queue, now or later; one that waits already is enough.

    That is asked of the table and not left to a queueing lock: when ADIT puts back the task of a killed worker, of
    whatever queue, while the next one with the same lock waits, the database refuses, and ADIT's own tasks stay behind.
    Two that ask at the same time may get two looks, of which one finds nothing.
    """
    try:
        with transaction.atomic():
            if not is_asked_for(app.job_manager.list_jobs(queue=QUEUE, task=LOOK, status=WAITING), at):
                app.configure_task(LOOK, queue=QUEUE, schedule_at=at).defer()
    except (ConnectorException, DatabaseError) as error:
        logger.warning("No look at the queue could be asked for: %s", type(error).__name__)


def is_asked_for(waiting: Iterable[Job], at: datetime | None) -> bool:
    """Whether one of the waiting looks comes early enough. at: when at the latest; None: now."""
    latest = at or timezone.now()
    return any(job.scheduled_at is None or job.scheduled_at <= latest for job in waiting)
