"""How much a destination folder may hold."""

import os
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from .errors import DestinationUnavailableError

LOOK_SECONDS = 600.0  # between two looks at the whole folder, which people and other workers change too


@dataclass(slots=True)
class Quota:
    """Bytes that a folder may hold; whoever writes there reserves first."""

    root: Path
    limit: int
    _used: int = 0
    _looked: float | None = None

    def reserve(self, size: int) -> None:
        """Counts a file of so many bytes that is about to be written.

        Raises:
            DestinationUnavailableError: there is no room for it, also when looked at anew.
        """
        now = monotonic()
        if self._looked is None or now - self._looked > LOOK_SECONDS or self._used + size > self.limit:
            self._used, self._looked = _held_by(self.root), now
        if self._used + size > self.limit:
            used, limit = (f"{size / 1024**3:.2f} GiB" for size in (self._used, self.limit))
            raise DestinationUnavailableError(f"its folder is full ({used} / {limit})")
        self._used += size


def _held_by(folder: Path) -> int:
    """Bytes of all files below a folder; links are not followed.

    Raises:
        DestinationUnavailableError: the folder can't be read.
    """
    total = 0
    waiting = [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:  # somebody has just moved it away
            continue
        except OSError:
            raise DestinationUnavailableError("its folder can't be read to see how much it holds") from None
    return total
