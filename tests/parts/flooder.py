"""A client that ignores its credit, and every word that it is told: it writes to the socket as long as that takes it.

It begins as everybody does; then come bytes. Frames are masked with zeros, so that the server is what limits the speed.
"""

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from adit_uploader.protocol.client import UploadClient
from adit_uploader.protocol.codec import decode_server
from adit_uploader.protocol.limits import SUBPROTOCOL
from adit_uploader.protocol.messages import Credit, OpenJob

TIMEOUT = 180.0
TOGETHER = 64 * 1024  # bytes of messages that go to the socket at once, and the last of them
STUCK = 120.0  # seconds in which the server takes nothing


@dataclass
class Flooder:
    """One connection.

    Attributes:
        closed: the last word of the server; reset: it hung up.
        deaf: to all that it says but that, and to what credit it gives.
        given: credit, bytes, since the client is deaf; cost: what the flood would have needed.
        gone: the line is.
    """

    sock: socket.socket
    protocol: ClientProtocol
    machine: UploadClient = field(default_factory=UploadClient)
    closed: Close | None = None
    reset: bool = False
    deaf: bool = False
    given: int = 0
    cost: int = 0
    gone: bool = False
    told: threading.Condition = field(default_factory=threading.Condition)

    def listen(self) -> None:
        """Reads until the line is gone, and answers nothing: not even a close."""
        with suppress(OSError):
            while data := self.sock.recv(65536):
                self.protocol.receive_data(data)
                self._take()
        with self.told:
            self.gone = True
            self.told.notify_all()

    def _take(self) -> None:
        for event in self.protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._hear(bytes(event.data).decode())
            elif isinstance(event, Frame) and event.opcode is Opcode.CLOSE:
                self.closed = Close.parse(bytes(event.data))

    def _hear(self, text: str) -> None:
        with self.told:
            if not self.deaf:
                self.machine.receive(text)
            elif isinstance(message := decode_server(text), Credit):
                self.given += message.size
            self.told.notify_all()

    def say(self) -> None:
        for message in self.machine.outgoing():
            assert isinstance(message, str)
            self.protocol.send_text(message.encode())
        self.sock.sendall(b"".join(self.protocol.data_to_send()))

    def wait_for(self, state: str) -> None:
        with self.told:
            assert self.told.wait_for(lambda: self.machine.state.value == state, TIMEOUT), self.machine.state

    def flood(self, size: int, most: int) -> tuple[int, float]:
        """Bytes of the file that the server's kernel took, and seconds, until the line was gone or all were sent. Then
        waits until the server has hung up, or has given credit for everything.

        Raises:
            TimeoutError: the server neither takes anything nor hangs up.

        Args:
            size: of the file. most: bytes of it in one message.
        """
        self.machine.hello("flooder 1.0")
        self.say()
        self.wait_for("ready")
        self.machine.open_job(OpenJob(uuid4().hex, "none", "archive", "research", 1, 1, 1))
        self.say()
        self.wait_for("open")
        stream = self.machine.begin(
            sop_instance_uid="2.25.1",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            study_instance_uid="2.25.2",
            series_instance_uid="2.25.3",
            patient_id="flood",
            length=size,
        )
        self.say()
        self.deaf = True  # its own machine knows nothing of what comes now
        data = bytes(most)
        began = time.monotonic()
        self.sock.settimeout(STUCK)
        sent = 0
        try:
            while sent < size:
                frames, end = bytearray(), sent
                while end < size and len(frames) < TOGETHER:
                    piece = min(most, size - end)
                    frames += _head(12 + piece) + struct.pack("!IQ", stream, end) + data[:piece]
                    end += piece
                self.sock.sendall(frames)
                sent = end
        except ConnectionError:
            self.reset = True
        seconds = time.monotonic() - began
        limits = self.machine.limits
        self.cost = -(-sent // most) * limits.cost(most)
        with self.told:
            self.told.wait_for(lambda: self.gone or self.kept_up, STUCK)
        return sent, seconds

    @property
    def kept_up(self) -> bool:
        """Whether the server has given credit for all but what may be under way."""
        return self.given + self.machine.limits.credit >= self.cost


def _head(size: int) -> bytes:
    """Of a frame with so many bytes (RFC 6455 section 5.2): final, binary; masked, by nothing."""
    if size < 126:
        return struct.pack("!BBI", 0x82, 0x80 | size, 0)
    if size < 2**16:
        return struct.pack("!BBHI", 0x82, 0xFE, size, 0)
    return struct.pack("!BBQI", 0x82, 0xFF, size, 0)


@dataclass(frozen=True)
class Flooded:
    """sent: bytes that the server's kernel took; closed, reset: how it ended the connection.

    kept_up: it was so fast that credit was never exceeded.
    """

    sent: int
    seconds: float
    closed: Close | None
    reset: bool
    kept_up: bool


def flood(url: str, token: Path, size: int, most: int) -> Flooded:
    """Floods a receiver, with at most so many bytes in one message."""
    address = urlsplit(url)
    protocol = ClientProtocol(
        parse_uri(url.replace("http", "ws", 1).rstrip("/") + "/ws/upload/"),
        origin=Origin(url.rstrip("/")),
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        max_size=None,
    )
    with socket.create_connection((address.hostname, address.port), TIMEOUT) as sock:
        request = protocol.connect()
        request.headers["Authorization"] = f"Token {token.read_text().strip()}"
        protocol.send_request(request)
        sock.sendall(b"".join(protocol.data_to_send()))
        while not any(isinstance(event, Response) for event in protocol.events_received()):
            protocol.receive_data(sock.recv(65536))
        assert protocol.handshake_exc is None
        flooder = Flooder(sock, protocol)
        sock.settimeout(None)
        listener = threading.Thread(target=flooder.listen)
        listener.start()
        try:
            sent, seconds = flooder.flood(size, most)
        finally:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            listener.join()
    return Flooded(sent, seconds, flooder.closed, flooder.reset, sent == size and flooder.kept_up)
