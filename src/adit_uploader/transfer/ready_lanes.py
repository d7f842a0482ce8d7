"""Lanes that start before there is work for them."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from adit_uploader.dicom.inventory import Instance, LeftOut

from . import lane_start
from .lane_start import StartedLane
from .looking import Helper, SideBySide, processors
from .zygote import Zygote

STOP_TIMEOUT = 5.0  # seconds until a lane that was told to stop is ended


class ReadyLanes:
    """Lanes that start before there is work: copies of the program, which help to look at the files first; or
    processes that import what they need while the folders are searched.

    Copies are made when nobody has to wait for them any more; until then this process looks at files itself.
    A context manager: those that nobody took end with it.
    """

    def __init__(self, count: int, zygote: Zygote | None = None) -> None:
        """
        Args:
            zygote: what they are copies of. None: there is none.
        """
        self._count = count
        self._zygote = zygote
        self._begun = False
        self._waiting: deque[StartedLane] = deque()
        if zygote is None:
            self.begin()

    def begin(self) -> None:
        """Start them, if that was not done yet; waits until they can be copied."""
        if self._begun:
            return
        self._begun = True
        zygote, last = self._zygote, self._count - 1
        for number in range(self._count):
            copy = None if zygote is None else zygote.become if number == last else zygote.copy
            lane = None if copy is None else lane_start.copied(copy)
            self._waiting.append(lane or lane_start.started(number))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        left, self._waiting = self._waiting, deque()
        for lane in left:
            lane.commands.close()  # which tells it that there is nothing to do
        for lane in left:
            _end(lane)

    def take(self) -> StartedLane | None:
        """One of them, which then belongs to the caller."""
        self.begin()
        return self._waiting.popleft() if self._waiting else None

    def look(self, files: Iterator[Path]) -> Iterator[Instance | LeftOut]:
        """What some files are, in their order; the lanes that can work at once look at them side by side."""
        together = SideBySide(self._lookers, self._lost, alone=lambda count: count >= processors())
        yield from together.look(files)

    def _lookers(self) -> Sequence[StartedLane] | None:
        """Those that can work at once, None as long as that is not known."""
        if not self._begun and self._zygote is not None and not self._zygote.is_ready():
            return None
        self.begin()
        return [lane for lane in self._waiting if lane.at_once]

    def _lost(self, helper: Helper) -> None:
        lane = next(one for one in self._waiting if one is helper)
        self._waiting.remove(lane)
        lane.commands.close()
        _end(lane)


def _end(lane: StartedLane) -> None:
    lane.process.join(STOP_TIMEOUT)
    if lane.process.is_alive():
        lane.process.kill()
        lane.process.join()
    lane.reports.close()
    lane.process.close()
