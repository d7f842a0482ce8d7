"""Binary messages: a piece of one instance's file."""

import struct
from dataclasses import dataclass, field

from .codes import CloseCode
from .errors import RemoteProtocolError
from .limits import MAX_CHUNK_SIZE, MAX_SIZE, MAX_STREAM

_HEADER = struct.Struct("!IQ")
HEADER_SIZE = _HEADER.size


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes of one stream.

    Attributes:
        stream: number of the instance's stream on this connection, as given in its ``begin``.
        offset: position of the first byte in the finished file, bytes.
        data: 1 to ``MAX_CHUNK_SIZE`` bytes.

    Raises:
        ValueError: one of them is out of range.
    """

    stream: int
    offset: int
    data: bytes | memoryview = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.stream <= MAX_STREAM or not 0 <= self.offset <= MAX_SIZE:
            raise ValueError("stream or offset out of range")
        if not 0 < len(self.data) <= MAX_CHUNK_SIZE:
            raise ValueError(f"a chunk holds 1 to {MAX_CHUNK_SIZE} bytes")


def encode_chunk(chunk: Chunk) -> bytes:
    """The binary message: stream (uint32), offset (uint64), both big endian, then the bytes."""
    return b"".join((_HEADER.pack(chunk.stream, chunk.offset), chunk.data))


def decode_chunk(message: bytes) -> Chunk:
    """The chunk in a binary message; its data is a view of the message.

    Raises:
        RemoteProtocolError: the message is too short, empty or too long, or its offset is out of range.
    """
    if len(message) <= HEADER_SIZE:
        raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a binary message holds a header and at least one byte")
    if len(message) > HEADER_SIZE + MAX_CHUNK_SIZE:
        raise RemoteProtocolError(CloseCode.TOO_LARGE, f"a chunk holds at most {MAX_CHUNK_SIZE} bytes")
    stream, offset = _HEADER.unpack_from(message)
    if offset > MAX_SIZE:
        raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a chunk's offset is out of range")
    return Chunk(stream, offset, memoryview(message)[HEADER_SIZE:])
