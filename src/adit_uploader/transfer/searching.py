"""A search for files in which processes look at them, while this one goes through the folders and tells what is found.

A thread that looked at very many files beside a window would make it stutter: both share one interpreter.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from adit_uploader.dicom.growing import Seen
from adit_uploader.dicom.inventory import Instance, Inventory, LeftOut
from adit_uploader.dicom.scan import ScanProgress, look_at, never, scan
from adit_uploader.dicom.stretches import Familiar
from adit_uploader.values import dataclass

from .lane_messages import FromLane, Look, Looked, ToLane, tell
from .looking import Found, Helper, SideBySide, processors

LATER = 0.3  # seconds of a search after which helpers are worth their start
MOST = 4
NICE = 10
STOP_TIMEOUT = 5.0  # seconds until a helper that was told to stop is ended


def search(
    paths: Sequence[Path],
    *,
    progress: Callable[[ScanProgress], None] | None = None,
    seen: Callable[[Seen], None] | None = None,
    cancelled: Callable[[], bool] = never,
) -> Inventory:
    """As ``scan``; what takes longer than a moment is looked at by processes.

    Raises:
        ScanCancelled: `cancelled` said so.
    """
    with Searchers(min(MOST, processors()), later=LATER) as helpers:
        together = SideBySide(
            helpers.ready, helpers.lost, alone=lambda count: count > 0, ours=_is_archive, cancelled=cancelled
        )
        once = _Once()
        return scan(
            paths,
            progress=progress,
            seen=seen,
            cancelled=cancelled,
            looking=lambda files: map(once.kept, together.look(files)),
        )


class _Once:
    """Keeps what very many instances have in common once: each message of a process brings it anew."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], dict[str, Any]] = {}

    def kept(self, found: Found) -> Found:
        if isinstance(found, LeftOut):
            return found
        values = _in_common(found)
        known = self._known.get(values)
        if known is None:
            known = self._known[values] = dict(zip(_IN_COMMON, values, strict=True))
        return Instance(**{name: getattr(found, name) for name in _OWN}, **known)


_OWN = ("location", "size", "modified_ns", "sop_instance_uid", "instance_number")
_IN_COMMON = tuple(one.name for one in fields(Instance) if one.name not in _OWN)
_in_common = attrgetter(*_IN_COMMON)


def _is_archive(path: str) -> bool:
    """Whether a file may hold so many others that they had better be told one by one."""
    return path.lower().endswith(".zip")


@dataclass(frozen=True, slots=True)
class _Searcher:
    """As of ``Helper``."""

    process: SpawnProcess
    commands: "Connection[ToLane, None]"
    reports: "Connection[None, tuple[FromLane, ...]]"


class Searchers:
    """Processes that look at files, started when a search has lasted for some time. A context manager, which ends them.

    On a computer with one processor there are none: they would take it from the window.
    """

    def __init__(self, count: int, *, later: float) -> None:
        """
        Args:
            later: seconds from now, before which none is started.
        """
        self._count = count if count > 1 else 0
        self._from = time.monotonic() + later
        self._searchers: list[_Searcher] = []
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._searchers:
            one.commands.close()  # which tells it that there is nothing more to do
            if kind is not None:
                one.process.kill()  # nobody waits for what it is looking at
        for one in self._searchers:
            _end(one)
        self._searchers.clear()

    def ready(self) -> Sequence[Helper] | None:
        """All of them when the first can work; None until then."""
        if not self._count:
            return ()
        if not self._begun and time.monotonic() >= self._from:
            self._begun = True
            self._searchers = [_started(number) for number in range(self._count)]
        if not self._searchers or not wait([one.reports for one in self._searchers], 0.0):
            return None
        for one in list(self._searchers):
            try:
                one.reports.recv()
            except (EOFError, OSError):
                self.lost(one)
        return tuple(self._searchers)

    def lost(self, helper: Helper) -> None:
        """One has ended, or is to."""
        searcher = next(one for one in self._searchers if one is helper)
        self._searchers.remove(searcher)
        searcher.commands.close()
        _end(searcher)


def _started(number: int) -> _Searcher:
    to_it, commands = multiprocessing.Pipe(duplex=False)
    reports, from_it = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(to_it, from_it), name=f"searcher {number}", daemon=True
    )
    process.start()
    to_it.close()
    from_it.close()
    return _Searcher(process, commands, reports)


def _end(one: _Searcher) -> None:
    one.process.join(STOP_TIMEOUT)
    if one.process.is_alive():
        one.process.kill()
        one.process.join()
    one.reports.close()
    one.process.close()


def serve(commands: "Connection[None, ToLane]", reports: "Connection[tuple[FromLane, ...], None]") -> None:
    """The process: says that it is there, and answers until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us too; the program decides
    if hasattr(os, "nice"):
        os.nice(NICE)
    familiar = Familiar()
    try:
        tell(reports, (Looked(()),))
        while isinstance(asked := commands.recv(), Look):
            tell(reports, (Looked(tuple(look_at(map(Path, asked.paths), familiar=familiar))),))
    except (EOFError, OSError):
        return  # the program is gone, or wants no more
