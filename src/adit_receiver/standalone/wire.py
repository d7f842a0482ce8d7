"""uvicorn's websocket protocol, with a short way for what it is asked most: a client's pieces of files.

The library reads a piece through four copies and a generator. Here the kernel writes a piece's bytes where they are
unmasked from, and the next thing that sees them is the application. Only whole binary messages of a sane length go
this way, and only while the library would take a new message; everything else, every frame that is wrong in any way
included, is given to the library byte by byte as it came, which judges it as ever.
"""

import asyncio
import struct
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import OPEN

try:
    from websockets.speedups import apply_mask
except ImportError:  # there is no compiled one for this machine
    from websockets.utils import apply_mask

_WHOLE_BINARY = 0x82  # RFC 6455 section 5.2: FIN, no extension, opcode 2
_SCRATCH = 16 * 1024  # bytes read where no piece is under way: heads of frames and what follows them
_SHORT, _LONG = struct.Struct("!H"), struct.Struct("!Q")


class Wire(WebSocketsSansIOProtocol, asyncio.BufferedProtocol):
    """One websocket. Frames are found here; those that are no pieces are read by the library."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._scratch = bytearray(_SCRATCH)
        self._piece = bytearray()  # room for the largest piece so far, used again and again
        self._head = bytearray()  # of a frame whose length is not known yet
        self._mask = b""
        self._length = 0  # of the piece that is under way, 0 if none is
        self._filled = 0
        self._foreign = 0  # bytes of a frame that is the library's and has not ended yet
        self._opened = False

    # ------------------------------------------------------------ what the transport calls

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go."""
        if self._length:
            return memoryview(self._piece)[self._filled : self._length]
        return memoryview(self._scratch)

    def buffer_updated(self, nbytes: int) -> None:
        """They are there."""
        if self._length:
            self._filled += nbytes
            self._end_piece()
        else:
            self.data_received(bytes(memoryview(self._scratch)[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Bytes of any number of frames; before the handshake is over, of the request."""
        if not self._opened:
            self._opened = True  # uvicorn gives the whole request at once
            super().data_received(data)
            return
        rest = memoryview(data)
        while rest and not self.transport.is_closing():
            rest = self._take(rest)

    # ------------------------------------------------------------ frames

    def _take(self, data: memoryview) -> memoryview:
        """Takes some of the bytes; gives the others."""
        if self._length:
            size = min(len(data), self._length - self._filled)
            self._piece[self._filled : self._filled + size] = data[:size]
            self._filled += size
            self._end_piece()
        elif self._foreign:
            size = min(len(data), self._foreign)
            self._foreign -= size
            super().data_received(bytes(data[:size]))
        else:
            size = min(len(data), _missing(self._head))
            self._head += data[:size]
            if not _missing(self._head):
                self._begin_frame()
        return data[size:]

    def _begin_frame(self) -> None:
        """The head of a frame is there."""
        head, self._head = bytes(self._head), bytearray()
        length = _length_of(head)
        masked_binary = head[0] == _WHOLE_BINARY and head[1] & 0x80
        welcome = self.conn.state is OPEN and self.conn.current_size is None  # no message in parts is under way
        if masked_binary and welcome and 0 < length <= self.config.ws_max_size:
            self._mask, self._length, self._filled = head[-4:], length, 0
            if len(self._piece) < length:
                self._piece = bytearray(length)
            return
        self._foreign = length
        super().data_received(head)

    def _end_piece(self) -> None:
        """If it is whole, the application gets it."""
        if self._filled < self._length:
            return
        message = apply_mask(memoryview(self._piece)[: self._length], self._mask)
        self._length = 0
        self.curr_msg_data_type = "bytes"
        self.frames = [message]
        self.send_receive_event_to_app()


def _missing(head: bytes | bytearray) -> int:
    """How many bytes a frame's head lacks, as far as what is there tells."""
    if len(head) < 2:
        return 2 - len(head)
    extended = {126: 2, 127: 8}.get(head[1] & 0x7F, 0)
    mask = 4 if head[1] & 0x80 else 0
    return 2 + extended + mask - len(head)


def _length_of(head: bytes) -> int:
    """Bytes that follow a frame's head."""
    length = head[1] & 0x7F
    if length == 126:
        return int(_SHORT.unpack_from(head, 2)[0])
    if length == 127:
        return int(_LONG.unpack_from(head, 2)[0])
    return length
