"""One folder's way to the archive while harm is done; the command is given again until it says that all is there."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .chaos_proxy import ChaosProxy
from .machine import Machine
from .plan import OF_FORWARDING, Fault
from .server import Server
from .strikes import Striker

LOOK_SECONDS = 0.1  # between two looks while nothing crosses the line
FURTHER_SECONDS = 1.0  # for the bytes that are to cross before a fault
FAULT_SECONDS = 60.0  # a round may last so much longer for every fault
ROUND_SECONDS = 600.0
DELIVERY_SECONDS = 600.0
REFUSALS = 4  # what was refused in so many uploads stays refused


class SoakFailure(AssertionError):
    """Something was lost, or does not come to its end."""


class GivenUp(SoakFailure):
    """Since another upload has failed."""


@dataclass
class Round:
    """
    Attributes:
        size: instances of the folder.
        failed: set when there is no sense in going on.
        struck: faults that hit, by kind.
        ends: how the commands ended that were not killed, by what they said.
    """

    striker: Striker
    folder: Path
    size: int
    failed: threading.Event
    struck: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    _since: int = 0
    _until: float = 0.0
    _home: bool = False
    _refused: int = 0

    @property
    def machine(self) -> Machine:
        return self.striker.machine

    @property
    def proxy(self) -> ChaosProxy:
        return self.striker.proxy

    @property
    def server(self) -> Server:
        return self.striker.server

    def run(self, faults: Sequence[Fault]) -> list[Fault]:
        """Until everything is delivered; returns the faults that found nothing to hit.

        Raises:
            SoakFailure: it does not come to its end.
            NotAsPromised: the program did something else than it should.
        """
        self._since = self.server.last_row()
        self._until = time.monotonic() + ROUND_SECONDS + FAULT_SECONDS * len(faults)
        missed = []
        self.machine.start(self.folder)
        for fault in sorted(faults, key=lambda fault: fault.at):
            if self._await_moment(fault) and self.striker.strike(fault):
                self.struck[fault.kind.value] += 1
            else:
                missed.append(fault)
        while not self._is_home():
            self._wait()
        return missed

    def _await_moment(self, fault: Fault) -> bool:
        """Waits until it is its turn; False if everything was home before."""
        while not self._is_home() and self._part(fault) < fault.at:
            self._wait()
        goal = self.proxy.up + fault.further
        with self.proxy.crossed:
            self.proxy.crossed.wait_for(lambda: self.proxy.up >= goal or self.machine.ended(), FURTHER_SECONDS)
        return not self._is_home()

    def _part(self, fault: Fault) -> float:
        if fault.at < 0:
            return 0.0
        count = self.server.count(self.machine.user, self._since)
        return (count.delivered if fault.kind in OF_FORWARDING else count.stored) / self.size

    def _wait(self) -> None:
        with self.proxy.crossed:
            self.proxy.crossed.wait(LOOK_SECONDS)
        if self.failed.is_set():
            raise GivenUp(self.machine.user)
        if time.monotonic() > self._until:
            raise SoakFailure(f"{self.machine.user}: {self.folder.name} does not come to its end: {self.ends}")

    def _is_home(self) -> bool:
        """Whether the command has said that everything arrived; gives it again if it has ended before."""
        if not self._home and self.machine.ended():
            self._home = self._arrived()
            if not self._home:
                with self.server.exclusive:  # while the server is up
                    self.machine.start(self.folder)
        return self._home

    def _arrived(self) -> bool:
        """Reads the receipt of the command that ended."""
        report = self.machine.last_report()
        if report is None:
            self.ends["without a receipt"] += 1
            return False
        if report["complete"]:
            self.ends["complete"] += 1
            return True
        problem = report["problem"]
        self.ends[problem["title"] if problem else ("refused" if report["counts"]["refused"] else "waiting")] += 1
        if report["state"] != "finished":
            return False
        # it is the receiver's turn: what was refused is only sent again once the rest is delivered
        self._await_delivery()
        if not report["counts"]["refused"]:
            return False  # the same again tells that all is delivered
        self._refused += 1
        return self._refused == REFUSALS

    def _await_delivery(self) -> None:
        until = time.monotonic() + DELIVERY_SECONDS
        with self.proxy.crossed:
            while self.server.undelivered(self.machine.user):
                self.proxy.crossed.wait(LOOK_SECONDS)
                if time.monotonic() > until:
                    raise SoakFailure(f"{self.machine.user}: what is stored is not delivered")
