"""What stands before several web servers: each new connection goes to the next of them that answers."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_BLOCK = 65536


@dataclass
class FrontDoor:
    """Passes bytes on. taken: how many connections each port got.

    Attributes:
        port: its own, once it is open.
    """

    ports: Sequence[int]
    port: int = 0
    taken: dict[int, int] = field(default_factory=dict)
    _turn: int = 0
    _open: threading.Event = field(default_factory=threading.Event)
    _end: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None

    async def serve(self) -> None:
        """Until it is closed."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._open.set()
        await self._end.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def wait_until_open(self) -> None:
        assert self._open.wait(30)

    def close(self) -> None:
        """From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end.set)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._turn += 1
        for attempt in range(len(self.ports)):
            port = self.ports[(self._turn + attempt) % len(self.ports)]
            with suppress(OSError):
                server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
                break
        else:
            writer.close()
            return
        self.taken[port] = self.taken.get(port, 0) + 1
        try:
            await asyncio.gather(_pump(reader, server_writer), _pump(server_reader, writer))
        finally:
            writer.close()
            server_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_BLOCK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()  # what one side has ended is over for the other, as with a killed server


@contextmanager
def front_door(ports: Sequence[int]) -> Iterator[FrontDoor]:
    """An open one, in a thread of its own."""
    door = FrontDoor(ports)
    thread = threading.Thread(target=lambda: asyncio.run(door.serve()))
    thread.start()
    door.wait_until_open()
    try:
        yield door
    finally:
        door.close()
        thread.join()
