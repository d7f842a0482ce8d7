"""How controllers ask for work in the background; knows no Qt. ``background.py`` is the real one."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class Reporter:
    """What a piece of work holds in its thread: it tells how far it is, and learns that nobody waits any more."""

    def __init__(self) -> None:
        self._reports: deque[object] = deque()
        self._cancelled = threading.Event()

    def report(self, value: object) -> None:
        self._reports.append(value)

    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()

    def drain(self) -> list[object]:
        """All reports since the last time, in order."""
        drained = []
        while self._reports:
            drained.append(self._reports.popleft())
        return drained


class Gateway(Protocol):
    """The gateway as controllers know it."""

    def run(
        self,
        work: Callable[[Reporter], Result],
        *,
        done: Callable[[Result], None],
        failed: Callable[[BaseException], None],
        reports: Callable[[Sequence[object]], None] | None = None,
    ) -> Reporter:
        """Starts the work and returns at once; ``cancel()`` of the result asks it to end early.

        Exactly one of ``done`` and ``failed`` is called at the end, on the main thread, after the last reports.
        """
        ...
