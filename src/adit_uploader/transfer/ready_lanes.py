"""Lanes that start before there is work for them."""

import contextlib
import os
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Self

from adit_uploader.dicom.inventory import Instance, LeftOut
from adit_uploader.dicom.scan import look_at
from adit_uploader.dicom.stretches import Familiar
from adit_uploader.values import dataclass, field

from . import lane_start
from .lane_messages import Look, Looked, tell
from .lane_start import StartedLane
from .zygote import Zygote

STOP_TIMEOUT = 5.0  # seconds until a lane that was told to stop is ended
CHUNK = 8  # files that a lane looks at in a row: some milliseconds
CHUNK_TEXT = 8 * 1024  # characters of their paths: what is under way to a lane fits into a pipe's buffer
STILL = (
    60.0  # seconds for a few files; lanes that take longer stand still, or the share does, which the program then sees
)
AHEAD = 2  # chunks that a lane has, so that it need not wait for us


@dataclass(slots=True, eq=False)
class _Chunk:
    """Some files, and what they are when it is known."""

    paths: tuple[str, ...]
    found: tuple[Instance | LeftOut, ...] | None = None


@dataclass(slots=True, eq=False)
class _Looker:
    """A lane that looks at files. chunks: what it was asked, oldest first."""

    lane: StartedLane
    chunks: deque[_Chunk] = field(default_factory=deque)


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
        self._familiar = Familiar()
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
        """What some files are, in their order; the lanes that can work at once look at them side by side.

        If one of them ends over it, this process looks itself.
        """
        lookers: list[_Looker] = []
        helping = asked = False
        open_: deque[_Chunk] = deque()
        for chunk in _chunks(files):
            if not asked and (self._begun or self._zygote is None or self._zygote.is_ready()):
                self.begin()
                lookers = [_Looker(lane) for lane in self._waiting if lane.at_once]
                helping, asked = len(lookers) < _processors(), True
            open_.append(chunk)
            while not (idle := [one for one in lookers if len(one.chunks) < AHEAD]) and lookers and not helping:
                self._collect(lookers, None)
            if idle:
                _ask(min(idle, key=lambda one: len(one.chunks)), chunk)
            else:
                chunk.found = self._look_here(chunk)
            self._collect(lookers, 0.0)
            yield from _settled(open_)
        while open_:
            if not lookers:
                open_[0].found = open_[0].found or self._look_here(open_[0])
            else:
                self._collect(lookers, None)
            yield from _settled(open_)

    def _collect(self, lookers: list[_Looker], timeout: float | None) -> None:
        """Take the answers that are there; ``timeout`` None: wait for one, and give up lanes that stand still."""
        asked = {one.lane.reports: one for one in lookers if one.chunks}
        answers = wait(list(asked), STILL if timeout is None else timeout) if asked else ()
        if timeout is None and not answers:
            for looker in asked.values():
                looker.lane.process.kill()
                self._lost(lookers, looker)
        for pipe in answers:
            looker = asked[pipe]  # type: ignore[index]  # only connections were asked for
            try:
                (answer,) = looker.lane.reports.recv()
            except (EOFError, OSError):
                self._lost(lookers, looker)
                continue
            if isinstance(answer, Looked):
                looker.chunks.popleft().found = answer.found

    def _lost(self, lookers: list[_Looker], looker: _Looker) -> None:
        lookers.remove(looker)
        self._waiting.remove(looker.lane)
        looker.lane.commands.close()
        _end(looker.lane)
        for chunk in looker.chunks:
            chunk.found = self._look_here(chunk)

    def _look_here(self, chunk: _Chunk) -> tuple[Instance | LeftOut, ...]:
        return tuple(look_at(map(Path, chunk.paths), familiar=self._familiar))


def _processors() -> int:
    """How many may work for this process at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _chunks(files: Iterator[Path]) -> Iterator[_Chunk]:
    paths: list[str] = []
    size = 0
    for path in map(str, files):
        if paths and (len(paths) >= CHUNK or size + len(path) > CHUNK_TEXT):
            yield _Chunk(tuple(paths))
            paths, size = [], 0
        paths.append(path)
        size += len(path)
    if paths:
        yield _Chunk(tuple(paths))


def _ask(looker: _Looker, chunk: _Chunk) -> None:
    looker.chunks.append(chunk)
    with contextlib.suppress(OSError):  # it has just ended, which its other pipe tells
        tell(looker.lane.commands, Look(chunk.paths))


def _settled(chunks: deque[_Chunk]) -> Iterator[Instance | LeftOut]:
    """What is known of the first chunks, which are then done."""
    while chunks and chunks[0].found is not None:
        yield from chunks.popleft().found or ()


def _end(lane: StartedLane) -> None:
    lane.process.join(STOP_TIMEOUT)
    if lane.process.is_alive():
        lane.process.kill()
        lane.process.join()
    lane.reports.close()
    lane.process.close()
