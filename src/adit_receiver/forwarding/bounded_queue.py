"""A queue that lets a sender wait instead of piling up a whole file in memory."""

import queue
from collections.abc import Callable
from typing import Any


class BoundedQueue(queue.Queue[Any]):
    """What pynetdicom puts between the sender and its network thread, with a limit.

    Its own queue has none: the sender would read a file of any size into it at disk speed.
    Once closed, or once nobody reads any more, whatever is put is dropped: pynetdicom then reports the lost
    association through its response queue.
    """

    def __init__(self, limit: int, reader_alive: Callable[[], bool]) -> None:
        super().__init__()
        self._limit = limit
        self._reader_alive = reader_alive
        self._closed = False

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Waits for room as long as there is a reader; ``block`` and ``timeout`` are of no use to pynetdicom."""
        with self.not_full:
            while self._qsize() >= self._limit and not self._closed and self._reader_alive():
                self.not_full.wait(1.0)
            if self._closed or not self._reader_alive():
                return
            self._put(item)
            self.unfinished_tasks += 1
            self.not_empty.notify()

    def close(self) -> None:
        """Forgets what waits, and wakes the sender."""
        with self.mutex:
            self._closed = True
            self.queue.clear()
            self.not_full.notify_all()
