"""A proxy between client and receiver that notes when the client was told what: in the disk's own time."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from adit_uploader.protocol.codec import decode_server
from adit_uploader.protocol.messages import Duplicate, OfferAnswer, Saved, Stored

_PIECE = 64 * 1024
_TEXT = 1  # RFC 6455 section 5.2


@dataclass
class Heard:
    """What the receiver has said.

    Attributes:
        stored: when each instance (new SOPInstanceUID) was first said to be stored, ended duplicate or had.
        saved: when which offset of the large instance was said to be durable: (moment, offset).
    """

    stored: dict[str, int] = field(default_factory=dict)
    saved: list[tuple[int, int]] = field(default_factory=list)

    def stored_before(self, moment: int) -> set[str]:
        return {uid for uid, when in self.stored.items() if when <= moment}

    def saved_before(self, moment: int) -> int:
        return max((offset for when, offset in self.saved if when <= moment), default=0)


class _Ear:
    """Takes the receiver's side of one connection apart, piece by piece. Source: RFC 6455 section 5.2."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._rest = b""
        self._open = False

    def listen(self, data: bytes, moment: int) -> None:
        self._rest += data
        if not self._open:
            _, separator, rest = self._rest.partition(b"\r\n\r\n")
            if not separator:
                return
            self._open, self._rest = True, rest
        while (frame := self._frame()) is not None:
            self._take(frame, moment)

    def _frame(self) -> bytes | None:
        """The payload of the next whole frame, empty if it is no text."""
        if len(self._rest) < 2:
            return None
        length, start = self._rest[1] & 0x7F, 2
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(self._rest[2:start], "big")
        if len(self._rest) < start + length:
            return None
        kind, frame = self._rest[0] & 0x0F, self._rest[start : start + length]
        self._rest = self._rest[start + length :]
        return frame if kind == _TEXT else b""

    def _take(self, frame: bytes, moment: int) -> None:
        if not frame:
            return
        match decode_server(frame.decode()):
            case Stored(sop_instance_uid=uid) | Duplicate(sop_instance_uid=uid):
                self._heard.stored.setdefault(uid, moment)
            case OfferAnswer(have=have):
                for uid in have:
                    self._heard.stored.setdefault(uid, moment)
            case Saved(offset=offset):
                self._heard.saved.append((moment, offset))


@contextmanager
def hearing_proxy(target_port: int, now: Callable[[], int], port: int = 0) -> Iterator[tuple[int, Heard]]:
    """Port of the proxy, and what was heard. now: the disk's time; port: the proxy's own, 0: any."""
    heard = Heard()
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def pump(source: socket.socket, target: socket.socket, ear: _Ear | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                moment = now()  # it was said before it came here
                if ear is not None:
                    ear.listen(data, moment)
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                sockets.append(client)
                try:
                    server = socket.create_connection(("127.0.0.1", target_port))
                except ConnectionRefusedError:  # the receiver is not up
                    client.close()
                    continue
                sockets.append(server)
                for pair in ((client, server, None), (server, client, _Ear(heard))):
                    thread = threading.Thread(target=pump, args=pair)
                    thread.start()
                    threads.append(thread)

    with socket.create_server(("127.0.0.1", port)) as listener:
        acceptor = threading.Thread(target=accept, args=(listener,))
        acceptor.start()
        try:
            yield listener.getsockname()[1], heard
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
