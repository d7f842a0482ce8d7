"""A line that can be cut, stopped and slowed: a TCP proxy on loopback that does harm when it is told to."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

PIECE = 64 * 1024  # bytes read at once
STEP = 1460  # bytes that a slow line carries at once
LOOPBACK = "127.0.0.1"


class End(StrEnum):
    """How a line ends."""

    RST = "rst"  # at once, what was under way is lost
    FIN = "fin"  # TCP's goodbye in the middle of whatever was said


@dataclass(eq=False)
class Line:
    """One connection through the proxy. Belongs to the proxy's thread.

    Attributes:
        left: bytes that may still cross towards the server before the line ends; None: any number.
        rate: bytes a second at the most.
        slow: bytes that still cross slower than that.
        slow_rate: and how fast they do, bytes a second.
        open: cleared while nothing crosses in either direction.
    """

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    rate: float
    left: int | None = None
    end: End = End.FIN
    slow: int = 0
    slow_rate: float = 0.0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def cut(self, end: End) -> None:
        """Ends it towards both sides."""
        for writer in (self.client, self.server):
            if end is End.RST:
                sock = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()


class ChaosProxy:
    """Between a port of its own and a receiver's. All public methods may be called from any thread.

    Attributes:
        port: where clients connect to.
        crossed: condition that is notified whenever something crossed towards the client.
        up: bytes that crossed towards the server, all lines together.
        slow: those of them that were slowed down.
        cuts: lines that ended since they had carried what they were given.
        rate: bytes a second that a line carries in each direction; of lines that come.
    """

    def __init__(self, target_port: int, rate: float) -> None:
        self.port = 0
        self.crossed = threading.Condition()
        self.up = 0
        self.slow = 0
        self.cuts = 0
        self.rate = rate
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._lines: list[Line] = []
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="chaos-proxy")

    # ------------------------------------------------------------ from outside

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def lines(self) -> int:
        """How many connections there are now."""
        return len(self._lines)

    def cut(self, pick: float | None, end: End) -> bool:
        """Ends one line, or all; whether there was one. pick: from 0 to 1, which one; None: all."""
        return self._ask(lambda: self._each(pick, lambda line: line.cut(end)))

    def cut_after(self, size: int, end: End) -> bool:
        """Ends each line when exactly ``size`` more bytes have crossed on it towards the server."""

        def arm(line: Line) -> None:
            line.left, line.end = size, end

        return self._ask(lambda: self._each(None, arm))

    def disarm(self) -> None:
        """Lets lines be that were to end."""

        def let_be(line: Line) -> None:
            line.left = None

        self._ask(lambda: self._each(None, let_be))

    def slow_down(self, pick: float, size: int, rate: float) -> bool:
        """Lets the next ``size`` bytes of one line cross with ``rate`` bytes a second, in small pieces."""

        def arm(line: Line) -> None:
            line.slow, line.slow_rate = size, rate

        return self._ask(lambda: self._each(pick, arm))

    def hold(self, pick: float | None) -> bool:
        """Lets nothing more cross on one line, or on all; nobody is told."""
        return self._ask(lambda: self._each(pick, lambda line: line.open.clear()))

    def release(self) -> None:
        """What is held goes on where it stopped."""
        self._ask(lambda: self._each(None, lambda line: line.open.set()))

    def cut_held(self, end: End) -> None:
        """Ends the lines that are held, with whatever they hold."""

        def cut(line: Line) -> None:
            if not line.open.is_set():
                line.cut(end)

        self._ask(lambda: self._each(None, cut))

    # ------------------------------------------------------------ in the proxy's thread

    def _ask(self, action: Callable[[], bool]) -> bool:
        async def act() -> bool:
            return action()

        coroutine: Coroutine[Any, Any, bool] = act()
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _each(self, pick: float | None, action: Callable[[Line], None]) -> bool:
        lines = list(self._lines)
        if pick is not None and lines:
            lines = [lines[min(int(pick * len(lines)), len(lines) - 1)]]
        for line in lines:
            action(line)
        return bool(lines)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._stop.wait()
            for line in list(self._lines):
                line.open.set()
                line.cut(End.RST)
            await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection(LOOPBACK, self._target_port)
        except OSError:  # the server is down
            writer.transport.abort()
            return
        line = Line(writer, server_writer, self.rate)
        self._lines.append(line)
        pumps = [
            asyncio.create_task(self._pump_up(line, reader)),
            asyncio.create_task(self._pump_down(line, server_reader)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            line.open.set()
        finally:
            self._lines.remove(line)
            line.cut(End.FIN)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump_up(self, line: Line, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(STEP if line.slow else PIECE):
                await line.open.wait()
                ends = line.left is not None and line.left <= len(data)
                if line.left is not None:
                    data = data[: line.left]
                    line.left -= len(data)
                await self._slowly(line, len(data))
                line.server.write(data)
                await line.server.drain()
                self.up += len(data)
                if ends:
                    self.cuts += 1
                    line.cut(line.end)
                    return

    async def _pump_down(self, line: Line, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(STEP if line.slow else PIECE):
                await line.open.wait()
                await self._slowly(line, len(data))
                line.client.write(data)
                await line.client.drain()
                with self.crossed:
                    self.crossed.notify_all()

    async def _slowly(self, line: Line, size: int) -> None:
        rate = line.slow_rate if line.slow else line.rate
        self.slow += min(size, line.slow)
        line.slow = max(0, line.slow - size)
        await asyncio.sleep(size / rate)


@contextmanager
def chaos_proxy(target_port: int, rate: float) -> Iterator[ChaosProxy]:
    """A running proxy before a port of this machine. rate: bytes a second that a line carries in each direction."""
    proxy = ChaosProxy(target_port, rate)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
