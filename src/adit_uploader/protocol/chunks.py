"""Binary messages: a piece of one instance's file."""

import struct
from dataclasses import dataclass

from .limits import MAX_CHUNK_SIZE

_HEADER = struct.Struct("!IQ")
HEADER_SIZE = _HEADER.size


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes of one stream.

    Attributes:
        stream: number of the instance's stream on this connection, as given in its ``begin``.
        offset: position of the first byte in the finished file, bytes.
        data: 1 to ``MAX_CHUNK_SIZE`` bytes.
    """

    stream: int
    offset: int
    data: bytes | memoryview

    def __post_init__(self) -> None:
        if not 0 <= self.stream < 2**32 or not 0 <= self.offset < 2**62:
            raise ValueError("stream or offset out of range")
        if not 0 < len(self.data) <= MAX_CHUNK_SIZE:
            raise ValueError(f"a chunk holds 1 to {MAX_CHUNK_SIZE} bytes, not {len(self.data)}")


def encode_chunk(chunk: Chunk) -> bytes:
    """The binary message: stream (uint32), offset (uint64), both big endian, then the bytes."""
    return b"".join((_HEADER.pack(chunk.stream, chunk.offset), chunk.data))


def decode_chunk(message: bytes) -> Chunk:
    """The chunk in a binary message.

    Raises:
        ValueError: the message is too short, empty or too long.
    """
    if len(message) <= HEADER_SIZE:
        raise ValueError("a binary message holds a header and at least one byte")
    stream, offset = _HEADER.unpack_from(message)
    return Chunk(stream, offset, memoryview(message)[HEADER_SIZE:])
