"""One chunk as one zstd frame (RFC 8878), and back. What comes back is bounded, whatever the frame says."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdCompressor, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdCompressor, ZstdDecompressor, ZstdError

from .codes import CloseCode
from .errors import RemoteProtocolError

LEVEL = 1
WINDOW_LOG = 19  # 512 KiB: a frame that asks its reader for more memory is refused


class Packer:
    """Makes frames; its tables are used again and again."""

    def __init__(self) -> None:
        self._compressor = ZstdCompressor(level=LEVEL)

    def pack(self, data: bytes | memoryview) -> bytes:
        return self._compressor.compress(data, mode=ZstdCompressor.FLUSH_FRAME)


def unpack(frame: bytes | memoryview, largest: int) -> bytes:
    """The bytes in a frame.

    Args:
        largest: bytes; not more than this are ever unpacked.

    Raises:
        RemoteProtocolError: it is not exactly one whole frame, empty, or too large.
    """
    options: dict[int, int] = {DecompressionParameter.window_log_max: WINDOW_LOG}
    decompressor = ZstdDecompressor(options=options)
    try:
        data = decompressor.decompress(frame, max_length=largest + 1)
    except ZstdError:
        raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a compressed chunk is no zstd frame of ours") from None
    if len(data) > largest:
        raise RemoteProtocolError(CloseCode.TOO_LARGE, f"a chunk holds at most {largest} bytes")
    if not decompressor.eof or decompressor.unused_data or not data:
        raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a compressed chunk is not exactly one zstd frame")
    return data
