"""Work beside the lanes, in a thread of its own: once at a time, and after a defect not at once again."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from django.db import connection

PAUSE_SECONDS = 60.0  # after a defect, which would be met again


@dataclass(slots=True)
class Chore:
    """One kind of work.

    Attributes:
        name: of its threads.
        ended: called when one has ended.
    """

    name: str
    ended: Callable[[], None]
    _thread: threading.Thread | None = None
    _sound: bool = True
    _begun: float = 0.0

    @property
    def ready(self) -> bool:
        """Whether it may begin."""
        if self._thread is not None and self._thread.is_alive():
            return False
        return self._sound or monotonic() - self._begun >= PAUSE_SECONDS

    def begin(self, work: Callable[[], None]) -> None:
        """Does it in a thread, whose database connection is closed at the end."""
        self._sound, self._begun = False, monotonic()
        self._thread = threading.Thread(target=self._run, args=(work,), name=self.name)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Waits for what is under way."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
            self._sound = True
        finally:
            connection.close()
            self.ended()
