"""A member of an archive, read forwards only."""

import io
from typing import IO

_BLOCK = 256 * 1024
_REMEMBERED = 64 * 1024


class MemberReader(io.RawIOBase):
    """Skips by reading, so that every byte passes the archive's checksum; remembers its beginning.

    A seek goes forwards, or back to a place in the first 64 KiB while nothing behind them was read.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream
        self._beginning = b""
        self._position = 0  # of this reader
        self._taken = 0  # from the stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, absolutely.

        Raises:
            io.UnsupportedOperation: that would be back behind the remembered beginning.
        """
        if whence != io.SEEK_SET or (offset < self._taken and self._taken > _REMEMBERED):
            raise io.UnsupportedOperation("seek back")
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, fewer only at the end."""
        if size < 0:
            raise io.UnsupportedOperation("read everything")
        remembered = self._beginning[self._position : self._position + size]
        self._skip_to(self._position + len(remembered))
        fresh = self._take(size - len(remembered))
        self._position += len(remembered) + len(fresh)
        return remembered + fresh

    def finish(self) -> None:
        """Read to the end."""
        while self._take(_BLOCK):
            pass

    def _skip_to(self, offset: int) -> None:
        while self._taken < offset and self._take(min(_BLOCK, offset - self._taken)):
            pass

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size) if size else b""
        self._taken += len(data)
        if self._taken <= _REMEMBERED:
            self._beginning += data
        return data
