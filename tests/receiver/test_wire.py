"""The short way for pieces of files: whatever comes, the application hears what the library would have said."""

import asyncio
import struct
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from adit_receiver.standalone.wire import Wire

LARGEST = 2000
REQUEST = (
    b"GET /ws/upload/ HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MASK = b"\x11\x22\x33\x44"


class Line(asyncio.Transport):
    """What a protocol writes, and whether it has hung up."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


def frame(head: int, payload: bytes, *, masked: bool = True, length: int | None = None) -> bytes:
    size = len(payload) if length is None else length
    bit = 0x80 if masked else 0
    if size < 126:
        start = bytes((head, bit | size))
    elif size < 65536:
        start = struct.pack("!BBH", head, bit | 126, size)
    else:
        start = struct.pack("!BBQ", head, bit | 127, size)
    if not masked:
        return start + payload
    return start + MASK + bytes(byte ^ MASK[place % 4] for place, byte in enumerate(payload))


async def hears(kind: type[WebSocketsSansIOProtocol], portions: list[bytes], *, into: bool) -> tuple[Any, ...]:
    """What the application is told, what the client is told, and whether the line was closed.

    Args:
        into: the bytes are read into the protocol's own buffers, as by a real socket.
    """
    heard: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            heard.append(message)
        heard.append(message["code"])

    config = uvicorn.Config(
        application, ws_max_size=LARGEST, ws_per_message_deflate=False, ws_ping_interval=None, log_config=None
    )
    config.load()
    line = Line()
    protocol = kind(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(line)
    protocol.data_received(REQUEST)
    for _ in range(5):
        await asyncio.sleep(0)
    for portion in portions:
        left = portion
        while left and not line.closed:
            if into and isinstance(protocol, Wire):
                buffer = protocol.get_buffer(-1)
                size = min(len(left), len(buffer))
                buffer[:size] = left[:size]
                protocol.buffer_updated(size)
            else:
                size = len(left)
                protocol.data_received(left)
            left = left[size:]
            await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    closed = line.closed
    if not closed:
        protocol.connection_lost(None)
    for _ in range(5):
        await asyncio.sleep(0)
    return heard, line.written.partition(b"\r\n\r\n")[2], closed


GOOD = st.one_of(
    st.binary(min_size=0, max_size=400).map(lambda data: frame(0x82, data)),
    st.binary(min_size=1, max_size=LARGEST).map(lambda data: frame(0x82, data)),
    st.text(max_size=50).map(lambda text: frame(0x81, text.encode())),
    st.binary(max_size=100).map(lambda data: frame(0x89, data)),
    st.lists(st.binary(max_size=300), min_size=2, max_size=4).map(
        lambda parts: b"".join(
            frame((0x02 if not place else 0x00) | (0x80 if place == len(parts) - 1 else 0), part)
            for place, part in enumerate(parts)
        )
    ),
)
BAD = [
    frame(0x82, b"unmasked", masked=False),
    frame(0xC2, b"an extension that was not agreed"),
    frame(0x83, b"an opcode that is none"),
    frame(0x82, b"x", length=LARGEST + 1),
    frame(0x82, b"x", length=2**63 + 1),
    frame(0x80, b"goes on with nothing"),
    frame(0x02, b"in parts") + frame(0x82, b"and another in between"),
    frame(0x81, b"\xff"),
    frame(0x88, struct.pack("!H", 1000)) + frame(0x82, b"after goodbye"),
]


@given(
    st.lists(GOOD, max_size=6), st.sampled_from([b"", *BAD]), st.lists(st.integers(1, 700), max_size=12), st.booleans()
)
def test_the_application_hears_what_the_library_would_have_said(
    good: list[bytes], bad: bytes, cuts: list[int], into: bool
) -> None:
    data = b"".join(good) + bad
    portions, position = [], 0
    for cut in [*cuts, len(data)]:
        portions.append(data[position : position + cut])
        position += cut
    # frame by frame: of what comes in one portion with a wrong frame the library forgets the frames before it
    expected = asyncio.run(hears(WebSocketsSansIOProtocol, [*good, bad], into=False))
    assert asyncio.run(hears(Wire, portions, into=into)) == expected


@pytest.mark.parametrize("size", [1, 125, 126, 65535, 65536, 300_000])
def test_pieces_of_any_size_arrive_as_they_were(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.LARGEST", 300_000)
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    heard, _, closed = asyncio.run(hears(Wire, [frame(0x82, data) * 2], into=True))
    assert [one["bytes"] for one in heard[:2]] == [data, data]
    assert not closed


def test_a_line_in_the_middle_of_a_piece_holds_no_more_than_the_piece() -> None:
    async def room() -> int:
        config = uvicorn.Config(lambda *_: None, ws_max_size=LARGEST)
        config.load()
        protocol = Wire(config=config, server_state=ServerState(), app_state={})
        return len(protocol.get_buffer(-1))

    assert asyncio.run(room()) == 16 * 1024


@pytest.mark.parametrize("into", [False, True])
@pytest.mark.parametrize("bad", BAD)
def test_what_is_wrong_is_left_to_the_library(bad: bytes, *, into: bool) -> None:
    before = [frame(0x82, b"one"), frame(0x81, b"two")]
    expected = asyncio.run(hears(WebSocketsSansIOProtocol, [*before, bad], into=False))
    assert asyncio.run(hears(Wire, [b"".join(before) + bad], into=into)) == expected
