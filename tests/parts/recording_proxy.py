"""A TCP proxy that keeps everything that crosses it, and takes websocket frames apart afterwards."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Recording:
    """What crossed: one byte string for each direction of each connection."""

    port: int = 0
    streams: list[bytearray] = field(default_factory=list)

    def plain(self) -> list[bytes]:
        """Every stream as a reader of the websocket sees it: handshake, then the frames' payloads, unmasked."""
        return [unframed(bytes(stream)) for stream in self.streams]


def unframed(stream: bytes) -> bytes:
    """Handshake and payloads of one direction, joined. Source: RFC 6455 section 5.2."""
    head, separator, rest = stream.partition(b"\r\n\r\n")
    parts = [head, separator]
    position = 0
    while position + 2 <= len(rest):
        masked, length = rest[position + 1] >> 7, rest[position + 1] & 0x7F
        position += 2
        if length == 126:
            (length,) = struct.unpack_from("!H", rest, position)
            position += 2
        elif length == 127:
            (length,) = struct.unpack_from("!Q", rest, position)
            position += 8
        mask = b""
        if masked:
            mask = rest[position : position + 4]
            position += 4
        payload = rest[position : position + length]
        position += length
        if masked and len(payload):
            repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
            number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
            payload = number.to_bytes(len(payload), "big")
        parts.append(payload)
    return b"".join(parts)


@contextmanager
def recording_proxy(target_port: int) -> Iterator[Recording]:
    """Between a port of its own and ``target_port``, both on 127.0.0.1."""
    recording = Recording()
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def pump(source: socket.socket, target: socket.socket) -> None:
        kept = bytearray()
        recording.streams.append(kept)
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                kept.extend(data)
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", target_port))
                sockets.extend((client, server))
                for pair in ((client, server), (server, client)):
                    thread = threading.Thread(target=pump, args=pair)
                    thread.start()
                    threads.append(thread)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        recording.port = listener.getsockname()[1]
        acceptor = threading.Thread(target=accept, args=(listener,))
        acceptor.start()
        try:
            yield recording
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for one in sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
            for one in sockets:
                one.close()
