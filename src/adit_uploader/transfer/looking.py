"""Files that several processes look at side by side."""

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from adit_uploader.dicom.inventory import Instance, LeftOut
from adit_uploader.dicom.scan import check_cancelled, look_at, never
from adit_uploader.dicom.stretches import Familiar
from adit_uploader.values import dataclass, field

from .lane_messages import FromLane, Look, Looked, ToLane, tell
from .zygote import CopiedProcess

CHUNK = 8  # files that a process looks at in a row: some milliseconds
CHUNK_TEXT = 8 * 1024  # characters of their paths: what is under way to a process fits into a pipe's buffer
STILL = 60.0  # seconds for a few files; processes that take longer stand still, or the share does, which we then see
AHEAD = 2  # chunks that a process has, so that it need not wait for us
_STEP = 0.1  # seconds between two questions whether the search was cancelled

Found = Instance | LeftOut


class Helper(Protocol):
    """A process that looks at what it is told. commands, reports: our ends of its pipes."""

    @property
    def process(self) -> BaseProcess | CopiedProcess: ...
    @property
    def commands(self) -> "Connection[ToLane, None]": ...
    @property
    def reports(self) -> "Connection[None, tuple[FromLane, ...]]": ...


@dataclass(slots=True, eq=False)
class _Chunk:
    """Some files, and what they are when it is known. ours: one that no helper is asked for."""

    paths: tuple[str, ...]
    found: tuple[Found, ...] | None = None
    ours: bool = False


@dataclass(slots=True, eq=False)
class _Looker:
    """A helper and what it was asked, oldest first."""

    helper: Helper
    chunks: deque[_Chunk] = field(default_factory=deque)


class SideBySide:
    """Looks at files with all helpers there are, and by itself until there are any.

    What one of them does not answer this process finds out itself, so that nothing depends on them.
    """

    def __init__(
        self,
        helpers: Callable[[], Sequence[Helper] | None],
        lost: Callable[[Helper], None],
        *,
        alone: Callable[[int], bool],
        ours: Callable[[str], bool] = lambda _: False,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """
        Args:
            helpers: those that can work at once; None: not yet.
            lost: told of each that ended or stands still; ends it.
            alone: whether so many helpers do it alone; otherwise this process looks too.
            ours: which files this process looks at, telling what it finds in one at once.
            cancelled: asked while it waits for them.
        """
        self._helpers = helpers
        self._lost = lost
        self._alone = alone
        self._ours = ours
        self._cancelled = cancelled
        self._familiar = Familiar()
        self._lookers: list[_Looker] = []

    def look(self, files: Iterator[Path]) -> Iterator[Found]:
        """What some files are; in their order, but for those that are ours.

        Raises:
            ScanCancelled: the search was cancelled while it waited.
        """
        asked = helping = False
        open_: deque[_Chunk] = deque()
        for chunk in self._chunks(files):
            if chunk.ours:
                yield from look_at(map(Path, chunk.paths), self._cancelled, self._familiar)
                continue
            if not asked and (helpers := self._helpers()) is not None:
                self._lookers = [_Looker(helper) for helper in helpers]
                helping, asked = not self._alone(len(self._lookers)), True
            open_.append(chunk)
            while not (idle := self._idle()) and self._lookers and not helping:
                self._collect(wait_for_one=True)
            if idle:
                _ask(min(idle, key=lambda one: len(one.chunks)), chunk)
            else:
                chunk.found = self._here(chunk)
            self._collect(wait_for_one=False)
            yield from _settled(open_)
        while open_:
            if not self._lookers:
                open_[0].found = open_[0].found or self._here(open_[0])
            else:
                self._collect(wait_for_one=True)
            yield from _settled(open_)

    def _chunks(self, files: Iterator[Path]) -> Iterator[_Chunk]:
        """As many as helpers take at a time; one by one as long as there are none."""
        paths: list[str] = []
        size = 0
        for path in map(str, files):
            ours = self._ours(path)
            if paths and (ours or len(paths) >= CHUNK or size + len(path) > CHUNK_TEXT or not self._lookers):
                yield _Chunk(tuple(paths))
                paths, size = [], 0
            if ours:
                yield _Chunk((path,), ours=True)
                continue
            paths.append(path)
            size += len(path)
        if paths:
            yield _Chunk(tuple(paths))

    def _idle(self) -> list[_Looker]:
        return [one for one in self._lookers if len(one.chunks) < AHEAD]

    def _collect(self, *, wait_for_one: bool) -> None:
        """Take the answers that are there. wait_for_one: or will be; helpers that stand still are given up."""
        asked = {one.helper.reports: one for one in self._lookers if one.chunks}
        answers = self._answered(list(asked)) if wait_for_one else wait(list(asked), 0.0) if asked else ()
        if wait_for_one and not answers:
            for looker in asked.values():
                looker.helper.process.kill()
                self._give_up(looker)
        for pipe in answers:
            looker = asked[pipe]  # type: ignore[index]  # only connections were asked for
            try:
                (answer,) = looker.helper.reports.recv()
            except (EOFError, OSError):
                self._give_up(looker)
                continue
            if isinstance(answer, Looked):
                looker.chunks.popleft().found = answer.found

    def _answered(self, pipes: "list[Connection[None, tuple[FromLane, ...]]]") -> Sequence[object]:
        """Those of which one has an answer, soon; none of them after some time.

        Raises:
            ScanCancelled
        """
        for _ in range(round(STILL / _STEP)):
            answers = wait(pipes, _STEP) if pipes else ()
            if answers or not pipes:
                return answers
            check_cancelled(self._cancelled)
        return ()

    def _give_up(self, looker: _Looker) -> None:
        self._lookers.remove(looker)
        self._lost(looker.helper)
        for chunk in looker.chunks:
            chunk.found = self._here(chunk)

    def _here(self, chunk: _Chunk) -> tuple[Found, ...]:
        return tuple(look_at(map(Path, chunk.paths), familiar=self._familiar))


def processors() -> int:
    """How many may work for this process at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ask(looker: _Looker, chunk: _Chunk) -> None:
    looker.chunks.append(chunk)
    with contextlib.suppress(OSError):  # it has just ended, which its other pipe tells
        tell(looker.helper.commands, Look(chunk.paths))


def _settled(chunks: deque[_Chunk]) -> Iterator[Found]:
    """What is known of the first chunks, which are then done."""
    while chunks and chunks[0].found is not None:
        yield from chunks.popleft().found or ()
