"""A line between the client's connection and the receiver's session: what is under way can be seen, held and lost."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close as CloseFrame

from .receiver import ServerEnd


class Silence:
    """In place of the thread that watches the clock: here nothing is ever silent for too long."""

    def __init__(self, socket: object, limit: float) -> None:
        return

    def heard(self) -> None:
        return

    def expect(self, expecting: bool) -> None:
        return

    def stop(self) -> None:
        return

    def break_off(self) -> None:
        return


@dataclass(eq=False)
class Line:
    """What a websocket is to ``transfer.connection.Connection``.

    Attributes:
        pause: called where a program would wait or may be overtaken.
        up, down: messages under way.
        lost: nothing more crosses, and the client knows.
    """

    server: ServerEnd
    pause: Callable[[], None]
    up: deque[str | bytes] = field(default_factory=deque)
    down: deque[str | bytes] = field(default_factory=deque)
    arrived: deque[str | bytes] = field(default_factory=deque)
    lost: bool = False
    socket: None = None
    close_timeout: float = 0.0

    # ------------------------------------------------------------ to the client

    def send(self, message: str | bytes) -> None:
        self._check()
        self.up.append(message)
        self.pause()

    def recv(self, timeout: float) -> str | bytes:
        if not self.arrived and timeout:
            self.pause()
        if self.arrived:
            return self.arrived.popleft()
        self._check()
        raise TimeoutError

    def close(self) -> None:
        self.cut()

    def _check(self) -> None:
        if self.lost or self.server.gone:
            self.lost = True
            raise ConnectionClosedError(None, None)
        closed = self.server.closed
        if closed is not None and not self.down:
            self.lost = True
            raise ConnectionClosedError(CloseFrame(int(closed.code), closed.reason), None)

    # ------------------------------------------------------------ to the world

    def bring_up(self, count: int) -> None:
        """So many messages arrive at the receiver."""
        for _ in range(min(count, len(self.up))):
            self.server.take(self.up.popleft())

    def bring_down(self, count: int) -> None:
        """So many messages arrive at the client."""
        if not self.lost:
            self.down.extend(self.server.machine.outgoing())
            for _ in range(min(count, len(self.down))):
                self.arrived.append(self.down.popleft())

    def cut(self) -> None:
        """Whatever is under way is lost."""
        self.lost = True
        self.up.clear()
        self.down.clear()
        self.server.gone = True
