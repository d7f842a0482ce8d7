"""Which jobs run at this moment, in whatever process of this computer: each holds a locked file beside the journal.

The system lets go of the lock however the process ends, so that a job of a killed program is free at once.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import JobRunsElsewhere, JournalUnusable

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        """Raises OSError where somebody else has it."""
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        """Raises OSError where somebody else has it."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _file_of(journal: Path, job: str) -> Path:
    return journal.parent / "running" / job


def is_running(journal: Path, job: str) -> bool:
    """Whether some process, this one or another, runs the job of this journal.

    Raises:
        JournalUnusable: that can't be found out.
    """
    try:
        descriptor = os.open(_file_of(journal, job), os.O_RDWR)
    except FileNotFoundError:
        return False
    except OSError:
        raise JournalUnusable from None
    try:
        _lock(descriptor)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


class Claim:
    """Holds at most one job for as long as its ``with`` lasts."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._descriptor: int | None = None
        self._path: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def take(self, job: str) -> None:
        """Take a job; lets go of one that was held before.

        Raises:
            JobRunsElsewhere: another process runs it, or another upload of this one.
            JournalUnusable: the file that is to be locked can't be made.
        """
        self.release()
        path = _file_of(self._journal, job)
        while self._descriptor is None:
            try:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError:
                raise JournalUnusable from None
            try:
                _lock(descriptor)
            except OSError:
                os.close(descriptor)
                raise JobRunsElsewhere from None
            if _is_still(path, descriptor):
                self._path, self._descriptor = path, descriptor
            else:  # who held it before has removed it between our opening and locking
                os.close(descriptor)

    def release(self) -> None:
        """Let go of it; nothing where none is held."""
        if self._descriptor is None or self._path is None:
            return
        if sys.platform != "win32":  # while it is locked: afterwards it may be another's
            with suppress(OSError):
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = self._path = None


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one of that name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
