"""Where SQLite and PostgreSQL differ: one has one writer at a time, the other many, at times in each other's way."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

_P = ParamSpec("_P")
_R = TypeVar("_R")
_logger = logging.getLogger("adit_receiver.transactions")
_TRIES = 5
WRITERS_SECONDS = 10.0  # a client gives up its connection after a minute without an answer
# PostgreSQL, appendix A: serialization_failure, deadlock_detected. The database has undone all of the transaction
_GIVEN_UP = frozenset({"40001", "40P01"})


def again(work: Callable[_P, _R]) -> Callable[_P, _R]:
    """Runs the function in a transaction, and anew if the database gave that up in favour of another one.

    Within a larger transaction it is a part of that, which alone can be run anew.
    """

    @wraps(work)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        tries = 1 if connection.in_atomic_block else _TRIES
        while True:
            try:
                with transaction.atomic():
                    return work(*args, **kwargs)
            except OperationalError as error:
                tries -= 1
                if not tries or getattr(error.__cause__, "sqlstate", None) not in _GIVEN_UP:
                    raise
                _logger.info("The database gave up %s in favour of another transaction; again", work.__name__)

    return run


def tell_failed_database(logger: logging.Logger, error: DatabaseError, then: str) -> None:
    """Logs that it failed and what comes of that; the traceback only if it is more than a lost connection."""
    gone = isinstance(error, OperationalError | InterfaceError)
    logger.error("The database failed (%s); %s", type(error).__name__, then, exc_info=None if gone else error)


def wait_for_writers() -> None:
    """Waits until all who have begun to store are through: what has no row afterwards will have none.

    A process that was killed while it committed lets go of its files at once, but PostgreSQL goes on to commit. SQLite
    commits within the process.

    Raises:
        django.db.OperationalError: one of them takes very long, or stands still. All who begin to write meanwhile
            wait behind us, so that we must not wait for it.
    """
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{WRITERS_SECONDS * 1000:.0f}"])
        # what writers hold is in its way
        cursor.execute("LOCK TABLE adit_receiver_partialinstance, adit_receiver_storedinstance IN SHARE MODE")
