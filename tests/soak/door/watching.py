"""What must not happen while conversations run: error lines, files elsewhere, memory that grows."""

import ctypes
import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_MOVES = frozenset({"os.rename", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"})


class Errors(logging.Handler):
    """Keeps lines from ERROR on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def errors() -> Iterator[list[str]]:
    """The error lines of the whole process."""
    handler, audit = Errors(), logging.getLogger("adit_receiver.audit")
    logging.getLogger().addHandler(handler)
    before = audit.level
    audit.setLevel(logging.WARNING)  # its lines are many, and rows all the same
    try:
        yield handler.lines
    finally:
        audit.setLevel(before)
        logging.getLogger().removeHandler(handler)


class Outside:
    """Notes what is written, made or moved outside a folder. Python's hooks can't be taken back: it sleeps then."""

    def __init__(self, folder: Path) -> None:
        self.places: set[str] = set()
        self._folder = str(folder.resolve())
        self._awake = True
        sys.addaudithook(self._hook)

    def sleep(self) -> None:
        self._awake = False

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self._awake:
            return
        if event == "open":
            path, _, flags = arguments
            writes = isinstance(flags, int) and flags & _WRITES and flags & os.O_TMPFILE != os.O_TMPFILE
            if writes and isinstance(path, str | bytes | Path):
                self._note(path)
        elif event in _MOVES:
            for path in arguments[:2]:
                if isinstance(path, str | bytes | Path):
                    self._note(path)

    def _note(self, path: str | bytes | Path) -> None:
        place = os.path.realpath(os.fsdecode(path))
        ours = place.startswith((self._folder, "/dev/", "/proc/")) or "__pycache__" in place
        # a file without a name (O_TMPFILE) is told as its folder, first by ``open`` with the flags of any other file
        ours = ours or Path(place).is_dir()
        if not ours:
            self.places.add(place)


_MALLINFO = (
    *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
    *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
)


class _Allocated(ctypes.Structure):
    """``struct mallinfo2`` of glibc 2.33 and newer."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in _MALLINFO)


def _given_out() -> int:
    """Bytes that the C library's allocator has given out, in its arenas and as pages of their own."""
    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = _Allocated
    told = ask()
    return int(told.uordblks + told.hblkhd)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds at a moment.

    Attributes:
        messages: that were said until then.
        resident: memory of the process, bytes; with what the C library's allocator keeps although it was given back,
            since something after it is in use: with a dozen threads at work that grows long after nothing else does.
        blocks: small ones that Python's allocator has given out: what keeps growing here is a leak.
        given_out: by the C library's allocator, bytes: larger objects, and all that libraries hold. The same.
    """

    messages: int
    resident: int
    blocks: int
    given_out: int

    @classmethod
    def now(cls, messages: int) -> "Sample":
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return cls(messages, pages * os.sysconf("SC_PAGE_SIZE"), sys.getallocatedblocks(), _given_out())

    def __str__(self) -> str:
        return (
            f"{self.messages} messages: {self.resident / 2**20:.1f} MiB, {self.blocks} blocks, "
            f"{self.given_out / 2**20:.1f} MiB given out"
        )
