"""New encapsulated pixel data, frame by frame. Source: PS3.5 annex A.4.

The length must be known before the first byte is sent, and what is sent must be the same when it is sent again. So the
finished frames are kept: few in memory, more in a temporary file that has no name (on Windows: that nobody else may
open), which is gone as soon as it is closed, however the program ends. It holds blanked pictures alone. To compress
everything twice instead, once to count and once to send, would double the slowest part.
"""

from collections.abc import Iterable, Iterator
from struct import pack
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from adit_uploader.deid.errors import NotBlankable

_IN_MEMORY = 8 * 1024 * 1024
_BLOCK = 256 * 1024
_MAX_OFFSET = 0xFFFFFFFF
_HEAD = pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
_END = pack("<HHL", 0xFFFE, 0xE0DD, 0)
_NO_ROOM = "There is no room for the blanked picture in this computer's folder for temporary files."


def _item(length: int) -> bytes:
    return pack("<HHL", 0xFFFE, 0xE000, length)


class EncapsulatedStream:
    """A pixel data element with a fragment for each frame; holds its bytes until it is closed."""

    def __init__(self, frames: Iterable[bytes]) -> None:
        """Take the frames, one at a time.

        Raises:
            NotBlankable: they can't be kept.
            Others, as taking the frames raises them.
        """
        self._file = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - closed by close()
        try:
            self._front, self.length = self._keep(frames)
        except BaseException:
            self._file.close()
            raise

    def _keep(self, frames: Iterable[bytes]) -> tuple[bytes, int]:
        """What comes before the fragments, and the length of all."""
        offsets: list[int] = []
        size = 0
        for frame in frames:
            offsets.append(size)
            padded = frame + bytes(len(frame) % 2)
            try:
                self._file.write(_item(len(padded)) + padded)
            except OSError:
                raise NotBlankable(_NO_ROOM) from None
            size += 8 + len(padded)
        # a table of 32-bit offsets, where they suffice; without one each fragment is a frame all the same
        table = pack(f"<{len(offsets)}L", *offsets) if offsets and offsets[-1] <= _MAX_OFFSET else b""
        front = _HEAD + _item(len(table)) + table
        return front, len(front) + size + len(_END)

    def blocks(self, file: BinaryIO) -> Iterator[bytes]:
        """The element, block by block. file: the source, which is not read any more.

        Raises:
            NotBlankable: what was kept can't be read.
        """
        del file
        yield self._front
        position = 0
        while block := self._block(position):
            position += len(block)
            yield block
        yield _END

    def _block(self, position: int) -> bytes:
        try:
            self._file.seek(position)
            return self._file.read(_BLOCK)
        except OSError:
            raise NotBlankable("The blanked picture can't be read back from this computer's disk.") from None

    def close(self) -> None:
        """Let go of the frames. Can be called twice."""
        self._file.close()
