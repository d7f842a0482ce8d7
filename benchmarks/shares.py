"""Which of several processes took the processors: a client, what it starts, and the servers that both use (Linux)."""

import resource
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from . import machine

CLIENT, LANES = "client", "its lanes"
_LOOK = 0.02  # seconds between two looks at a client's own processes, of which the last one counts


class Shares:
    """Processor seconds of one run by process; made before it, asked after it.

    Attributes:
        servers: numbers of processes that run on, by name.
    """

    def __init__(self, servers: Mapping[str, int]) -> None:
        self.servers = servers
        self._before = {name: machine.process_seconds(number) for name, number in servers.items()}
        self._ended_before = _ended_children()
        self._client = 0.0
        self._lanes: dict[int, float] = {}
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, client: int) -> None:
        """The client runs under this number from now on."""
        self._thread = threading.Thread(target=self._look, args=(client,), name="shares")
        self._thread.start()

    def seconds(self) -> dict[str, float]:
        """By name, once the client has ended and was waited for."""
        self.stop()
        lanes = sum(self._lanes.values())
        # of a lane for which nobody has waited the system knows nothing any more
        client = max(self._client, _ended_children() - self._ended_before - lanes)
        own = {CLIENT: client} | ({LANES: lanes} if lanes else {})
        after = {name: machine.process_seconds(number) for name, number in self.servers.items()}
        return own | {name: after[name] - before for name, before in self._before.items()}

    def stop(self) -> None:
        """Watch no longer, also where the run has failed."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self, client: int) -> None:
        while not self._over.wait(_LOOK):
            self._client = max(self._client, machine.process_seconds(client))
            for number in _descendants(client):
                if seconds := machine.process_seconds(number):
                    self._lanes[number] = seconds


def children(number: int) -> list[int]:
    """The processes that a process has started itself and that are alive."""
    found: list[int] = []
    with suppress(OSError):  # it has just ended
        for task in Path(f"/proc/{number}/task").iterdir():
            found += map(int, (task / "children").read_text("ascii").split())
    return found


def _descendants(number: int) -> list[int]:
    """What a process has started, and what that has started: lanes may be copies of another one."""
    found = children(number)
    for one in found:
        found += children(one)
    return found


def _ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
