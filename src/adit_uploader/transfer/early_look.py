"""A look at the files that begins while the program still imports what it needs for all the rest."""

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from adit_uploader.dicom.errors import ScanCancelled
from adit_uploader.dicom.folders import FolderWalk
from adit_uploader.dicom.inventory import Instance, LeftOut
from adit_uploader.dicom.scan import Looking, look_at

MOST = 2000  # files: importing takes less time than they do
PIECE = 8  # files that are told together
END_TIMEOUT = 5.0  # seconds
STILL = 60.0  # seconds after which it stands still; it is asked no more

_Found = dict[str, tuple[Instance | LeftOut, ...]]


class EarlyLook:
    """A copy of this process, which looks at the first files until the program wants to know what they are.

    Importing takes one processor and as much time as looking at hundreds of files. Only where ``may_fork`` says so. A
    context manager, at whose end the copy has ended. If it ends over a file, nobody is the worse for it: what it did
    not tell is looked at again.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        ours = self._pipe

        def work() -> None:
            ours.close()
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us too; the program decides
            gc.disable()  # it is over before there is any garbage
            try:
                _look(paths, theirs)
            except Exception:  # noqa: BLE001 -- whoever looks next meets it too, and tells it without a patient's data
                os._exit(1)

        self._process = multiprocessing.get_context("fork").Process(target=work, name="early look", daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.join(END_TIMEOUT)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()

    def enough(self) -> None:
        """It is to tell what it knows; called before the lanes are started, which then have the processor."""
        with contextlib.suppress(OSError):  # it has ended
            self._pipe.send_bytes(b"")

    def before(self, others: Looking) -> Looking:
        """A look at files that leaves what it knows by now out of what others look at. After ``enough``."""

        def look(files: Iterator[Path]) -> Iterator[Instance | LeftOut]:
            answers = self._answers()
            names = next(answers, {}).keys()
            ours: list[Path] = []

            def unknown() -> Iterator[Path]:
                for path in files:
                    if str(path) in names:
                        ours.append(path)
                    else:
                        yield path

            known: _Found = {}
            for one in others(unknown()):
                yield one
                known.update(next(answers, {}))  # while they look
            for answer in answers:
                known.update(answer)
            for path in ours:
                yield from known.get(str(path)) or look_at([path])

        return look

    def _answers(self) -> Iterator[_Found]:
        """First the names alone, then what the files are."""
        with contextlib.suppress(EOFError, OSError):  # it ended over a file
            while self._pipe.poll(STILL):
                yield self._pipe.recv()


def _look(paths: Sequence[Path], pipe: "Connection[Any, Any]") -> None:
    """Look at files until the other end says anything; then tell their names, and what they are."""
    names: _Found = {}
    told: list[bytes] = []
    current: Path | None = None
    found: _Found = {}

    def files() -> Iterator[Path]:
        nonlocal current, found
        for item in FolderWalk(paths).files():
            if len(found) >= PIECE:
                told.append(pickle.dumps(found, pickle.HIGHEST_PROTOCOL))
                found = {}
            if len(names) >= MOST or pipe.poll():
                return
            if isinstance(item, Path):
                current = item
                yield item

    try:
        for one in look_at(files(), pipe.poll):
            name = str(current)
            names[name] = ()
            found[name] = (*found.get(name, ()), one)
    except ScanCancelled:  # in the middle of an archive
        names.pop(str(current), None)
    with contextlib.suppress(OSError):  # the program is gone
        pipe.send(names)
        for answer in (*told, pickle.dumps(found, pickle.HIGHEST_PROTOCOL)):
            pipe.send_bytes(answer)
