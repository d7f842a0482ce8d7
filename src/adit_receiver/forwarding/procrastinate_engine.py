"""Forwarding by Procrastinate, which is ADIT's engine. Its tasks are in ``adit_receiver.tasks``."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from adit_receiver.conf import ReceiverSettings

from .wake import ring, workers_folder

QUEUE = "adit_uploads"
"""A queue of its own: a worker of ADIT's that lacks this app takes what it does not know, and deletes it."""

LOOK = "adit_receiver.look_at_the_queue"
LOOK_AGAIN = "adit_receiver.look_again"
_AT_ONCE = 2  # tasks in one process: a look that carries for hours, and one that looks for what others have left
_STOPPING_SECONDS = 1.0  # after which a look is told that its process is to end
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
        # Procrastinate takes the signals itself; ``stops`` is for those who don't
        self.wake()
        on_look()
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined] # of its Django connector
        with app.replace_connector(connector) as working:
            working.run_worker(
                queues=[QUEUE],
                name="adit_uploads",
                wait=not until_idle,
                concurrency=_AT_ONCE,
                fetch_job_polling_interval=_POLL_SECONDS,
                shutdown_graceful_timeout=_STOPPING_SECONDS,
                delete_jobs="successful",
            )
        return not any(thread.name.startswith("lane-") for thread in threading.enumerate())


def defer(at: datetime | None = None) -> None:
    """Asks for a look at the queue, now or later; one that waits already is enough."""
    lock = LOOK if at is None else f"{LOOK}.later"
    try:
        with transaction.atomic():
            app.configure_task(LOOK, queue=QUEUE, queueing_lock=lock, schedule_at=at).defer()
    except AlreadyEnqueued:
        return
    except (ConnectorException, DatabaseError) as error:
        logger.warning("No look at the queue could be asked for: %s", type(error).__name__)
