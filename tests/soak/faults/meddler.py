"""Disks that fail and clocks that are set, for programs that know nothing of it: the other side of ``meddler.c``.

The library is compiled on the spot and loaded before the system's by LD_PRELOAD; what it does from which moment on is
told through a small file that both sides map into their memory.
"""

import errno
import mmap
import os
import shutil
import struct
import subprocess
from enum import IntFlag
from pathlib import Path

SOURCE = Path(__file__).with_name("meddler.c")
HOW_TO_INSTALL = "the C compiler is missing; install it with: apt-get install gcc libc6-dev"

_ORDERS = struct.Struct("=qqiiii480s")  # struct orders
_OFFSET, _FULL, _WHAT, _ERROR, _LEFT, _HITS, _PREFIX = 0, 8, 16, 20, 24, 28, 32


class Calls(IntFlag):
    """Calls that can be meddled with."""

    WRITE = 1
    SYNC = 2
    RESERVE = 4
    NAME = 8  # making, renaming, linking and deleting files
    READ = 16


EVERY_WRITE = Calls.WRITE | Calls.SYNC | Calls.RESERVE | Calls.NAME


class NoCompiler(Exception):
    """The library can't be made here."""


def compiled(base: Path) -> Path:
    """The library, made in this folder.

    Raises:
        NoCompiler: there is none.
    """
    compiler = shutil.which("gcc")
    if compiler is None:
        raise NoCompiler(HOW_TO_INSTALL)
    library = base / "meddler.so"
    command = [compiler, "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise NoCompiler(f"{HOW_TO_INSTALL}\n{made.stderr}")
    return library


class Meddler:
    """The orders for one group of programs. Close it."""

    def __init__(self, library: Path, orders: Path) -> None:
        """orders: a new file."""
        self._library = library
        self._path = orders
        orders.write_bytes(bytes(_ORDERS.size))
        with orders.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _ORDERS.size)

    @property
    def environment(self) -> dict[str, str]:
        """What a program has to be started with; its children then have it too."""
        return {"LD_PRELOAD": str(self._library), "MEDDLER": str(self._path)}

    def set_clock(self, seconds: float) -> None:
        """From now on the wall clock is off by so much. Clocks that nobody can set go on as they did."""
        struct.pack_into("=q", self._memory, _OFFSET, int(seconds * 1e9))

    def fail(self, calls: Calls, below: Path, count: int, *, error: int = errno.EIO) -> None:
        """The next ``count`` of these calls to files below a path fail.

        Args:
            below: or to the file whose path begins like this.
        """
        self._order(calls, below, count, error)

    def shorten(self, calls: Calls, below: Path, count: int) -> None:
        """The next ``count`` reads or writes there take half of what they are given."""
        self._order(calls, below, count, 0)

    def _order(self, calls: Calls, below: Path, count: int, error: int) -> None:
        self.stop()
        prefix = os.fsencode(below.resolve())
        struct.pack_into("=i480s", self._memory, _HITS, 0, prefix)
        struct.pack_into("=ii", self._memory, _ERROR, error, count)
        struct.pack_into("=i", self._memory, _WHAT, int(calls))

    def stop(self) -> int:
        """Everything works again; how many calls were meddled with since the last order."""
        struct.pack_into("=i", self._memory, _WHAT, 0)
        return self.hits

    @property
    def hits(self) -> int:
        """Calls that were meddled with since the last order."""
        return int(struct.unpack_from("=i", self._memory, _HITS)[0])

    @property
    def full(self) -> int:
        """How often the disk itself, a small one, has said that it is full; since the beginning."""
        return int(struct.unpack_from("=q", self._memory, _FULL)[0])

    def close(self) -> None:
        self._memory.close()
