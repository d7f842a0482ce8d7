"""Disks of memory that can be filled to the brim."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FILLER = "filler"
MARGIN = 4096  # bytes; a page, which is what such a disk gives


class NoSmallDisk(Exception):
    """Not on this machine."""


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A file system of its own. path: where it is mounted."""

    path: Path

    @property
    def free(self) -> int:
        state = os.statvfs(self.path)
        return state.f_bavail * state.f_frsize

    def fill(self, left: int) -> None:
        """Leaves about so many bytes; others may take them first."""
        with (self.path / FILLER).open("wb") as filler:
            while (size := self.free - left) >= MARGIN:
                try:
                    os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), size)
                except OSError:  # somebody was faster
                    continue
                filler.seek(0, os.SEEK_END)

    def empty(self) -> None:
        """Takes away what filled it."""
        (self.path / FILLER).unlink(missing_ok=True)


@contextmanager
def small_disk(path: Path, size: int) -> Iterator[SmallDisk]:
    """A disk of so many bytes, mounted on a new folder; at the end its files lie in the folder itself.

    Raises:
        NoSmallDisk: it can't be mounted.
    """
    path.mkdir(parents=True)
    options = f"size={size},mode=0700"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise NoSmallDisk(
            f"a disk of memory can't be mounted: {made.stderr.strip()}. Run this as root (sudo make test)"
        )
    try:
        yield SmallDisk(path)
    finally:
        kept = path.with_name(f"{path.name}.kept")
        shutil.copytree(path, kept, ignore=shutil.ignore_patterns(FILLER))
        subprocess.run(["umount", "--lazy", str(path)], check=True)
        path.rmdir()
        kept.rename(path)
