"""Small reads from a large file, with most of it skipped."""

from typing import BinaryIO

from .errors import DamagedFile

_BLOCK = 16 * 1024
_LARGE = 64 * 1024  # bytes; more are not held here beside whoever wanted them
_BLOCK_AFTER_SKIP = 1024  # often only a fragment's head is wanted there


class Window:
    """A file seen through one block of it at a time.

    Attributes:
        size: bytes of the file; nothing behind it is ever asked for.
        start, data: the block that is held at the moment, for whoever reads many small things in a row.
    """

    __slots__ = ("_file", "data", "size", "start")

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.start = 0
        self.data = b""

    def take(self, offset: int, length: int) -> bytes:
        """The bytes at an offset.

        Raises:
            DamagedFile: the file ends before.
            OSError: reading failed.
        """
        begin = offset - self.start
        if begin < 0 or begin + length > len(self.data):
            if length > _LARGE:
                return self._read(offset, length, length)
            self._load(offset, length)
            begin = 0
        return self.data[begin : begin + length]

    def _load(self, offset: int, length: int) -> None:
        block = _BLOCK if offset <= self.start + len(self.data) else _BLOCK_AFTER_SKIP
        self.data = self._read(offset, length, max(length, block))
        self.start = offset

    def _read(self, offset: int, length: int, wanted: int) -> bytes:
        """At least so many bytes, and at most as many as are wanted."""
        if offset + length > self.size:
            raise DamagedFile("The file ends in the middle of an element. It may have been copied only in part.")
        self._file.seek(offset)
        wanted = min(wanted, self.size - offset)
        parts = []
        while wanted > 0 and (part := self._file.read(wanted)):
            parts.append(part)
            wanted -= len(part)
        data = b"".join(parts)
        if len(data) < length:
            raise DamagedFile("The file became shorter while it was read.")
        return data
