"""Processes by id: their children, their end, and signals that may come too late."""

import contextlib
import os
import select
import signal
from pathlib import Path


def children(pid: int, word: str) -> list[int]:
    """Ids of the children of a process whose command line holds a word, in the order of their start."""
    found = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                with contextlib.suppress(OSError):
                    if word in Path(f"/proc/{child}/cmdline").read_bytes().decode(errors="replace"):
                        found.append(int(child))
    return sorted(found)


def send(pid: int, number: signal.Signals) -> bool:
    """Sends a signal; whether the process was still there."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


class Watched:
    """A process that is not our child, and whose end we wait for. Close it."""

    def __init__(self, pid: int) -> None:
        """Raises ProcessLookupError: it has ended already."""
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def ends_within(self, seconds: float) -> bool:
        """Whether it ends in time."""
        return bool(select.select([self._descriptor], [], [], seconds)[0])

    def close(self) -> None:
        os.close(self._descriptor)
