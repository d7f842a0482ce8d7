"""The lanes seen from the program: starts them, hands out, replaces what crashed, brings back what they tell."""

import contextlib
import select
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from adit_uploader.values import dataclass

from . import lane_start
from .handout import HandOut
from .in_hand import InHand
from .lane_messages import (
    Alive,
    Done,
    FolderTarget,
    FromLane,
    GaveUp,
    Granted,
    Hungry,
    NoMoreWork,
    Recipe,
    Refused,
    Setup,
    Stop,
    Stored,
    ToLane,
    WireTarget,
    Written,
    tell,
)
from .ready_lanes import STOP_TIMEOUT, ReadyLanes
from .receipt import ReasonCode
from .vigil import Vigil
from .zygote import CopiedProcess

FRUITLESS = 5  # so many crashes in a row without an outcome in between end the run
CRASHED_MESSAGE = "The program could not handle this file: it ended twice over it. Please report it."


@dataclass(frozen=True, slots=True)
class Crashed:
    """A lane ended by itself and was replaced."""

    lane: int


@dataclass(frozen=True, slots=True)
class Report:
    lane: int
    message: FromLane | Crashed


@dataclass(slots=True)
class _Lane:
    number: int
    process: BaseProcess | CopiedProcess
    commands: "Connection[ToLane, None]"
    reports: "Connection[None, tuple[FromLane, ...]]"
    in_hand: InHand
    hungry: bool = False
    ended: bool = False  # said Done or GaveUp
    closing: bool = False  # was told that there is no more work


class Lanes:
    """Worker processes over one hand-out. A context manager: at its end no process is left."""

    def __init__(
        self,
        count: int,
        recipe: Recipe,
        target_of: Callable[[int], WireTarget | FolderTarget],
        handout: HandOut,
        ready: ReadyLanes | None = None,
    ) -> None:
        """
        Args:
            target_of: where a lane of this number writes to; each has its own job part.
            ready: are used before others are started.
        """
        self._ready = ready
        self._recipe = recipe
        self._target_of = target_of
        self._handout = handout
        self._count = count
        self._lanes: list[_Lane] = []
        self._fruitless = 0
        self._vigil = Vigil(time.monotonic())

    def __enter__(self) -> Self:
        self._lanes = [self._start(number) for number in range(self._count)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process_ids(self) -> tuple[int, ...]:
        return tuple(lane.process.pid for lane in self._lanes if lane.process.pid is not None)

    @property
    def running(self) -> bool:
        """Whether a lane is still there to bring outcomes."""
        return bool(self._lanes)

    @property
    def hopeless(self) -> bool:
        """Whether lanes only crash."""
        return self._fruitless >= FRUITLESS

    def _start(self, number: int, *, wary: bool = False) -> _Lane:
        started = (self._ready.take() if self._ready is not None else None) or lane_start.started(number)
        lane = _Lane(number, started.process, started.commands, started.reports, started.in_hand)
        self._send(lane, Setup(number, self._recipe, self._target_of(number), wary))
        self._vigil.begin(number)
        return lane

    def grant(self, number: int, size: int) -> None:
        """Tell a lane that it may send so many bytes more."""
        for lane in self._lanes:
            if lane.number == number:
                self._send(lane, Granted(size))

    def poll(self, timeout: float) -> list[Report]:
        """What the lanes told, oldest first for each; waits up to ``timeout`` seconds for the first."""
        found: list[Report] = []
        ready = wait([lane.reports for lane in self._lanes], timeout)
        for lane in [lane for lane in self._lanes if lane.reports in ready]:
            found += self._drain(lane)
        self._end_silent()
        self._feed()
        return found

    def _end_silent(self) -> None:
        """A lane that stands still is ended; its closed pipe then tells as of one that crashed."""
        silent = self._vigil.silent(time.monotonic())
        for lane in self._lanes:
            if lane.number in silent:
                self._vigil.forget(lane.number)
                lane.process.kill()

    def _drain(self, lane: _Lane) -> list[Report]:
        found: list[Report] = []
        try:
            while _has_more(lane.reports):
                found += self._heard(lane)
        except (EOFError, OSError):
            found += self._ended(lane)
        return found

    def _heard(self, lane: _Lane) -> list[Report]:
        messages = lane.reports.recv()
        self._vigil.heard(lane.number)
        for message in messages:
            self._note(lane, message)
        return [Report(lane.number, message) for message in messages if not isinstance(message, Alive)]

    def _note(self, lane: _Lane, message: FromLane) -> None:
        match message:
            case Hungry():
                lane.hungry = True
            case Stored() | Written() | Refused():
                self._handout.settled(lane.number, message.number)
                self._fruitless = 0
            case Done() | GaveUp():
                lane.ended = True

    def _ended(self, lane: _Lane) -> list[Report]:
        """The lane's pipe is closed: it said goodbye, or it crashed."""
        lane.process.join(STOP_TIMEOUT)
        if lane.process.is_alive():
            lane.process.kill()
            lane.process.join()
        self._close(lane)
        self._lanes.remove(lane)
        self._vigil.forget(lane.number)
        if lane.ended:
            return []
        self._fruitless += 1
        found = [Report(lane.number, Crashed(lane.number))]
        suspect = self._handout.crashed(lane.number, lane.in_hand.number)
        if suspect is not None:
            refused = Refused(suspect, ReasonCode.CRASHED, CRASHED_MESSAGE, here=True)
            found.append(Report(lane.number, refused))
        if not self.hopeless:
            self._lanes.append(self._start(lane.number, wary=True))
        return found

    def _feed(self) -> None:
        for lane in self._lanes:
            if self._handout.done and not lane.closing:
                lane.closing = True
                self._send(lane, NoMoreWork())
            elif lane.hungry and not lane.closing:
                for work in self._handout.fill(lane.number):
                    lane.hungry = False
                    self._send(lane, work)

    @staticmethod
    def _send(lane: _Lane, message: ToLane) -> None:
        with contextlib.suppress(OSError):  # it just ended; its closed pipe tells so at the next poll
            tell(lane.commands, message)

    def stop(self) -> list[Report]:
        """End all lanes, within ``STOP_TIMEOUT`` seconds and a little.

        Returns:
            What they told meanwhile. What they had in hand has no outcome.
        """
        for lane in self._lanes:
            if not lane.ended:
                self._send(lane, Stop())
        deadline = time.monotonic() + STOP_TIMEOUT
        found: list[Report] = []
        for lane in self._lanes:
            found += self._await_end(lane, deadline)
            self._close(lane)
        self._lanes = []
        return found

    def _await_end(self, lane: _Lane, deadline: float) -> list[Report]:
        # its reports are read meanwhile, lest it blocks on a full pipe and never sees the stop
        found: list[Report] = []
        try:
            while (left := deadline - time.monotonic()) > 0:
                if lane.reports.poll(left):
                    found += self._heard(lane)
        except (EOFError, OSError):
            lane.process.join(max(0.0, deadline - time.monotonic()))
        if lane.process.is_alive():
            lane.process.kill()
        lane.process.join()
        return found

    @staticmethod
    def _close(lane: _Lane) -> None:
        lane.commands.close()
        lane.reports.close()
        lane.process.close()


def _has_more(pipe: "Connection[None, tuple[FromLane, ...]]") -> bool:
    """Whether there is something to read, or the end. A pipe's own ``poll`` takes as long as handling what is there."""
    if sys.platform == "win32":
        return pipe.poll()
    poller = select.poll()
    poller.register(pipe, select.POLLIN)
    return bool(poller.poll(0))
