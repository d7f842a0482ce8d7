"""The threads that work for upload connections: so many in a process, and no more, however many clients come.

Each has a database connection, which it keeps. What one upload connection has to do runs in order and never at once,
on whichever thread is free (``Turns``).
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache, partial
from time import monotonic
from typing import ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_P = ParamSpec("_P")
_R = TypeVar("_R")
_CHECK_SECONDS = 1.0  # after which a connection may have been lost: the database was started anew, or a cable pulled


class UploadThreads(ThreadPoolExecutor):
    """A bounded number of threads, whose database connections are looked after."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "upload", self._begin)
        self._own = threading.local()
        self._connections: list[BaseDatabaseWrapper] = []

    def _begin(self) -> None:
        """In each thread, first of all."""
        mine = connections[DEFAULT_DB_ALIAS]
        mine.inc_thread_sharing()  # whoever ends the threads closes it
        self._connections.append(mine)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the threads and, where it waits for them, closes their connections."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            while self._connections:
                self._connections.pop().close()

    def submit(self, work: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
        """Raises RuntimeError: the process ends."""
        return super().submit(self._run, partial(work, *args, **kwargs))

    def _run(self, work: Callable[[], _R]) -> _R:
        # one that fails ends an upload connection: it must not be the next one's misfortune
        if connection.connection is not None and (connection.errors_occurred or self._due()):
            connection.close_if_unusable_or_obsolete()
            if connection.connection is not None and not connection.is_usable():
                connection.close()
        return work()

    def _due(self) -> bool:
        now, checked = monotonic(), getattr(self._own, "checked", None)
        if checked is not None and now - checked < _CHECK_SECONDS:
            return False
        self._own.checked = now
        return True


@cache
def upload_threads(number: int) -> UploadThreads:
    """Those of this process."""
    return UploadThreads(number)


class Turns(Executor):
    """Runs what it is given one after the other, on threads that it shares with others."""

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._waiting: deque[tuple[Future[object], Callable[[], object]]] = deque()
        self._busy = False
        self._lock = threading.Lock()

    def submit(self, work: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
        """What is canceled before its turn is left out."""
        future: Future[_R] = Future()
        with self._lock:
            self._waiting.append((future, partial(work, *args, **kwargs)))  # type: ignore[arg-type] # of another's result
            if self._busy:
                return future
            self._busy = True
        self._next()
        return future

    def _next(self) -> None:
        while (turn := self._take()) is not None:
            future, work = turn
            if future.set_running_or_notify_cancel():
                try:
                    running = self._threads.submit(work)
                except RuntimeError as error:  # the process ends
                    future.set_exception(error)
                else:
                    running.add_done_callback(partial(self._done, future))
                    return

    def _take(self) -> tuple[Future[object], Callable[[], object]] | None:
        with self._lock:
            self._busy = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def _done(self, future: Future[object], running: Future[object]) -> None:
        if (error := running.exception()) is not None:
            future.set_exception(error)
        else:
            future.set_result(running.result())
        self._next()
