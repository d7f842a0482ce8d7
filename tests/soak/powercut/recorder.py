"""``python -m tests.soak.powercut.recorder CHANNEL IMAGE LOG``: a disk that keeps what it was told, in a log.

A process of its own, so that nothing of the harness can hold up the disk upon which the harness waits. One record of
the log is one write or one flush; the log's length is the time of this little world.
"""

import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .fuse import serve

_HEADER = struct.Struct("<QQ")  # offset and size; a flush has the size 0


@dataclass(slots=True)
class RecordedDisk:
    """An image that changes, and a log of how. Both are open descriptors."""

    image: int
    log: int
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = os.fstat(self.image).st_size

    def read(self, offset: int, size: int) -> bytes:
        return os.pread(self.image, size, offset)

    def write(self, offset: int, data: memoryview) -> None:
        """Raises OSError: short of room; the disk then is gone for whoever uses it."""
        record = _HEADER.pack(offset, len(data)) + data
        if os.write(self.log, record) != len(record) or os.pwrite(self.image, data, offset) != len(data):
            raise OSError

    def flush(self) -> None:
        os.write(self.log, _HEADER.pack(0, 0))


@dataclass(frozen=True, slots=True)
class Record:
    """data: empty for a flush. end: length of the log with this record."""

    offset: int
    data: bytes
    end: int


def records(log: Path, start: int = 0) -> Iterator[Record]:
    """What the log holds from ``start`` on, which must be the end of a record or 0."""
    with log.open("rb") as file:
        file.seek(start)
        end = start
        while header := file.read(_HEADER.size):
            offset, size = _HEADER.unpack(header)
            end += _HEADER.size + size
            yield Record(offset, file.read(size), end)


def main() -> None:
    channel, image, log = sys.argv[1:]
    disk = RecordedDisk(os.open(image, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    serve(int(channel), disk)


if __name__ == "__main__":
    main()
