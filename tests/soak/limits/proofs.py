"""What the wire promises of memory, time and bytes, measured on real servers. Sizes come from whoever asks."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.limits import CHUNK_SIZE, CREDIT
from adit_uploader.protocol.messages import Stored
from tests.parts.daphne_receiver import PROGRAM
from tests.parts.flooder import flood
from tests.parts.memory import forget_peak, peak, resident
from tests.parts.receiver import COMMAND, Receiver
from tests.receiver.wire_client import make_file, wire

SERVERS = {"uvicorn": tuple(COMMAND), "daphne": PROGRAM}
ALLOWED = 1.25  # of the credit, a connection
MIB = 1024 * 1024


@dataclass(frozen=True)
class Served:
    """A running receiver and a user's token."""

    receiver: Receiver
    token: Path

    @property
    def pid(self) -> int:
        assert self.receiver.process is not None
        return self.receiver.process.pid


@contextmanager
def served_by(server: str, data: Path) -> Iterator[Served]:
    receiver = Receiver(data, program=SERVERS[server])
    receiver.start()
    try:
        receiver.destination("archive", "--folder", str(data / "out"))
        token = receiver.user("alice", permit="none", destinations=("archive",))
        yield Served(receiver, token)
    finally:
        receiver.stop()


def upload(served: Served, size: int, count: int, begun: threading.Barrier | None = None) -> None:
    """A client that keeps to the rules, as fast as its credit allows: ``count`` instances of ``size`` bytes."""
    files = [
        make_file(Rows=1024, Columns=size // 2048, PixelData=bytes([number]) * size)  # type: ignore[arg-type] # no texts
        for number in range(count)
    ]
    with wire(served.receiver.url, served.token) as client:
        client.hello()
        client.open_job()
        if begun is not None:
            begun.wait(60)
        for file in files:
            client.send(file)
        for _ in files:
            client.expect(Stored)


@dataclass(frozen=True)
class Memory:
    """Of the server's process, bytes. base: after a first upload; peak: the most while all sent at once."""

    connections: int
    base: int
    peak: int

    @property
    def grown(self) -> int:
        return self.peak - self.base

    @property
    def allowed(self) -> int:
        return int(ALLOWED * CREDIT * self.connections)

    def __str__(self) -> str:
        return (
            f"base {self.base / MIB:.0f} MiB, peak {self.peak / MIB:.0f} MiB, grown by {self.grown / MIB:.0f} "
            f"of {self.allowed / MIB:.0f} MiB"
        )


def memory_of_honest_clients(served: Served, connections: int, size: int, count: int) -> Memory:

    def upload_at_once(size: int, count: int) -> None:
        begun = threading.Barrier(connections)
        with ThreadPoolExecutor(connections) as pool:
            for done in [pool.submit(upload, served, size, count, begun) for _ in range(connections)]:
                done.result()

    upload(served, 2 * MIB, 1)  # everything is imported
    upload_at_once(MIB // 16, 1)  # and as many threads and connections to the database are there as it takes
    base = resident(served.pid)
    forget_peak(served.pid)
    upload_at_once(size, count)
    return Memory(connections, base, peak(served.pid))


@dataclass(frozen=True)
class Flood:
    """taken: bytes that left the client; code: with which the server ended it, 0: without a word that arrived.

    reset: the server hung up while bytes came. It does so a second after its word, if the client goes on; what the
    client had sent and nobody read may then take the word with it.
    kept_up: the server wrote everything down as fast as it came, so that no rule was broken.
    """

    memory: Memory
    taken: int
    seconds: float
    code: int
    reset: bool
    kept_up: bool

    @property
    def cut_off(self) -> bool:
        """By the server, because of the credit."""
        return self.code == CloseCode.CREDIT_EXCEEDED or (self.code == 0 and self.reset)

    def __str__(self) -> str:
        hung_up = "kept up with, " if self.kept_up else "hung up on, " if self.reset else ""
        return f"{hung_up}closed with {self.code} after {self.taken / MIB:.0f} MiB, {self.seconds:.1f} s; {self.memory}"


def flooded(served: Served, size: int, most: int = CHUNK_SIZE) -> Flood:
    """A flood beside an honest client, which is served all the same. most: bytes in one message of the flood."""
    upload(served, 2 * MIB, 1)
    base = resident(served.pid)
    forget_peak(served.pid)
    with ThreadPoolExecutor(1) as pool:
        honest = pool.submit(upload, served, 4 * MIB, 4)
        flooding = flood(served.receiver.url, served.token, size, most)
        honest.result()
    code = 0 if flooding.closed is None else int(flooding.closed.code)
    return Flood(
        Memory(2, base, peak(served.pid)), flooding.sent, flooding.seconds, code, flooding.reset, flooding.kept_up
    )
