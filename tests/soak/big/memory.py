"""What each process of a run holds in memory, second by second (Linux)."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

_PROC = Path("/proc")
MEGA = 1_000_000


@dataclass(slots=True)
class Track:
    """One process over time: seconds since the run began, and what it then held (VmRSS, bytes)."""

    seconds: list[float] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    @property
    def peak(self) -> int:
        return max(self.held, default=0)

    def growth(self) -> int:
        """By how many bytes the median of the last quarter is above that of the second one, in which all is warm."""
        count = len(self.held)
        if count < 8:
            return 0
        early, late = sorted(self.held[count // 4 : count // 2]), sorted(self.held[-(count // 4) :])
        return late[len(late) // 2] - early[len(early) // 2]


Naming = Callable[[], Mapping[str, int]]
"""Names of the processes that are there now, and their ids."""


class Watch:
    """Looks at processes each second, in a thread of its own. A context manager."""

    def __init__(self, naming: Naming, *, interval: float = 1.0) -> None:
        self._naming = naming
        self._interval = interval
        self._began = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory")
        self.tracks: dict[str, Track] = {}
        self.marks: list[tuple[float, str]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def mark(self, text: str) -> None:
        """Something begins now."""
        self.marks.append((time.monotonic() - self._began, text))

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            now = time.monotonic() - self._began
            for name, number in self._naming().items():
                if held := resident(number):
                    track = self.tracks.setdefault(name, Track())
                    track.seconds.append(now)
                    track.held.append(held)


def resident(number: int) -> int:
    """Bytes that a process holds in memory (VmRSS); 0 if it has ended."""
    try:
        lines = (_PROC / str(number) / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)
