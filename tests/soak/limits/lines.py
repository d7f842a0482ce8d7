"""What the client promises of time and bytes when the server or the line fails it: a real lane, a real receiver."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pydicom import dcmread

from adit_uploader.deid.engine import PassThrough, PatientSecrets
from adit_uploader.dicom.inventory import Location
from adit_uploader.protocol.messages import OpenJob
from adit_uploader.transfer.connection import Address
from adit_uploader.transfer.lane_messages import Done, Hungry, Moved, NoMoreWork, Retrying, Work, WorkItem
from tests.soak.faults.chaos_proxy import End, chaos_proxy
from tests.transfer.lane_driver import LaneRun, lane
from tests.transfer.studies import write_instance

from .proofs import MIB, Served

FAST = 1e12  # bytes a second: as fast as it goes
ROWS = 8192  # so many that columns of large ones fit into their 16 bits


def address(port: int) -> Address:
    return Address(f"ws://127.0.0.1:{port}/ws/upload/", f"http://127.0.0.1:{port}", str(port))


def work(folder: Path, count: int, size: int) -> Work:
    """A series of real files of ``size`` bytes of pixels each."""
    items = []
    for number in range(count):
        path = write_instance(folder / f"{number}.dcm", number=number + 1, rows=16)
        made = dcmread(path)
        made.Rows, made.Columns = ROWS, size // ROWS // 2
        made.PixelData = bytes([number % 256]) * size
        made.save_as(path)
        uids = (str(made.StudyInstanceUID), str(made.SeriesInstanceUID), str(made.SOPInstanceUID))
        status = path.stat()
        items.append(WorkItem(number, Location(path), status.st_size, status.st_mtime_ns, *uids))
    return Work(str(made.PatientID), str(made.PatientID), PatientSecrets(), tuple(items))


def options(served: Served, count: int) -> dict[str, object]:
    return {
        "token": served.token.read_text().strip(),
        "job": OpenJob(uuid4().hex, "none", "archive", "research", 1, 1, count, part="0"),
        "engine": PassThrough(),
    }


def begin(run: LaneRun, piece: Work) -> None:
    run.until(Hungry)
    run.commands.send(piece)
    run.commands.send(NoMoreWork())
    run.until(Moved)


@dataclass(frozen=True)
class Noticed:
    """seconds: from the server's last sign of life to the moment when the user is told; title, message: what."""

    seconds: float
    title: str
    message: str
    stored: int


def dead_server(served: Served, folder: Path, *, silence_limit: float) -> Noticed:
    """A server that is there and does nothing, in the middle of an upload; then it lives again."""
    piece = work(folder, 1, 128 * MIB)
    with lane(
        address(served.receiver.port),
        silence_limit=silence_limit,
        give_up_after=600.0,
        **options(served, 1),  # type: ignore[arg-type] # names and values as the driver has them
    ) as run:
        begin(run, piece)
        os.kill(served.pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            run.until(Retrying, timeout=silence_limit + 30)
            seconds = time.monotonic() - began
        finally:
            os.kill(served.pid, signal.SIGCONT)
        run.until(Done, timeout=120)
        first = run.all_of(Retrying)[0]
    return Noticed(seconds, first.title, first.message, len(run.stored))


@dataclass(frozen=True)
class Resumed:
    """Bytes. size: of all files; crossed: what went towards the server, all connections together."""

    size: int
    crossed: int
    stored: int
    retries: int

    @property
    def again(self) -> int:
        return self.crossed - self.size

    def __str__(self) -> str:
        return f"{self.crossed / MIB:.1f} MiB crossed for {self.size / MIB:.1f} MiB: {self.again / MIB:.1f} MiB again"


def cut_and_resumed(served: Served, folder: Path, *, count: int, size: int, cut_after: int) -> Resumed:
    """The line breaks once, after so many bytes."""
    piece = work(folder, count, size)
    with chaos_proxy(served.receiver.port, FAST) as proxy:
        with lane(
            address(proxy.port),
            give_up_after=60.0,
            **options(served, count),  # type: ignore[arg-type] # names and values as the driver has them
        ) as run:
            run.until(Hungry)
            assert proxy.cut_after(cut_after, End.RST)
            run.commands.send(piece)
            run.commands.send(NoMoreWork())
            run.until(Done, timeout=120)
        return Resumed(sum(item.size for item in piece.items), proxy.up, len(run.stored), len(run.all_of(Retrying)))
