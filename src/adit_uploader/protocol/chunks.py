"""Binary messages: a piece of one instance's file."""

import struct
from dataclasses import dataclass, field

from .codes import CloseCode
from .errors import RemoteProtocolError
from .limits import MAX_CHUNK_SIZE, MAX_SIZE, MAX_STREAM

_HEADER = struct.Struct("!IQ")
HEADER_SIZE = _HEADER.size
COMPRESSED = 1 << 63  # in the field of the offset, which never gets that far


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


def encode_chunk(chunk: Chunk, frame: bytes | None = None) -> bytes:
    """The binary message: stream (uint32), offset (uint64), both big endian, then the bytes.

    Args:
        frame: the bytes as a zstd frame, shorter than they are; it goes instead of them.
    """
    if frame is None:
        return b"".join((_HEADER.pack(chunk.stream, chunk.offset), chunk.data))
    return _HEADER.pack(chunk.stream, chunk.offset | COMPRESSED) + frame


def decode_chunk(message: bytes, *, zstd: bool = False, largest: int = MAX_CHUNK_SIZE) -> Chunk:
    """The chunk in a binary message; its data is a view of the message, unless it was compressed.

    Args:
        zstd: whether the feature is used on this connection.
        largest: bytes to which a compressed chunk may grow.

    Raises:
        RemoteProtocolError: the message is too short, empty or too long, its offset is out of range, or it is
            compressed where that was not agreed, or in another way than the protocol says.
    """
    if len(message) <= HEADER_SIZE:
        raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a binary message holds a header and at least one byte")
    if len(message) > HEADER_SIZE + MAX_CHUNK_SIZE:
        raise RemoteProtocolError(CloseCode.TOO_LARGE, f"a chunk holds at most {MAX_CHUNK_SIZE} bytes")
    stream, offset = _HEADER.unpack_from(message)
    data: bytes | memoryview = memoryview(message)[HEADER_SIZE:]
    if zstd and offset & COMPRESSED:
        from .zstd import unpack  # noqa: PLC0415 - most programs and connections do without the library

        offset ^= COMPRESSED
        frame, data = data, unpack(data, largest)
        if len(frame) >= len(data):
            raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a compressed chunk is not shorter than its bytes")
    if offset > MAX_SIZE:
        raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a chunk's offset is out of range")
    return Chunk(stream, offset, data)
