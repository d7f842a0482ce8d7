"""A sending lane in a thread of the test, over real pipes, with an engine that passes plain files through."""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO

from adit_uploader.deid.engine import DeidentifiedInstance, PatientSecrets, Trial
from adit_uploader.dicom.inventory import Location
from adit_uploader.protocol.messages import OpenJob
from adit_uploader.transfer.connection import Address, Server
from adit_uploader.transfer.errors import TransferError
from adit_uploader.transfer.in_hand import InHand
from adit_uploader.transfer.lane_link import LaneLink
from adit_uploader.transfer.lane_messages import (
    Alive,
    Done,
    FromLane,
    Hungry,
    Look,
    Looked,
    NoMoreWork,
    Recipe,
    Refused,
    Setup,
    Stop,
    Stored,
    WireTarget,
    Work,
    WorkItem,
)
from adit_uploader.transfer.line import DIRECT, Line
from adit_uploader.transfer.wire_lane import WireLane

JOB = "0123456789abcdef0123456789abcdef"
STUDY, SERIES = "2.25.1", "2.25.2"


class PlainInstance(DeidentifiedInstance):
    __slots__ = ()

    def chunks(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        file.seek(0)
        while piece := file.read(size):
            yield piece


class PlainEngine:
    """Takes the file as it is; its first line is its new SOPInstanceUID."""

    def deidentify(self, file: BinaryIO, size: int, **_: Any) -> DeidentifiedInstance:
        uid = file.readline().decode().strip()
        return PlainInstance(
            "1.2.840.10008.5.1.4.1.1.2",
            uid,
            STUDY,
            SERIES,
            "1.2.840.10008.1.2.1",
            "pseudonym",
            b"",
            None,
            b"",
            size,
        )


PLAIN = PlainEngine()
OPEN_JOB = OpenJob(JOB, "internal", "Archive", "research", 1, 1, 1, part="0")


def work(folder: Path, count: int, *, size: int = 1000) -> Work:
    """Files of a series, and the work to send them."""
    folder.mkdir(exist_ok=True)
    items = []
    for number in range(count):
        path = folder / f"2.25.1{number:04d}"
        path.write_bytes(
            f"{path.name}\n".encode() + bytes((number + index) % 256 for index in range(256)) * (size // 256 + 1)
        )
        status = path.stat()
        items.append(WorkItem(number, Location(path), status.st_size, status.st_mtime_ns, STUDY, SERIES, path.name))
    return Work("PAT-1", "pseudonym", PatientSecrets(), tuple(items))


@dataclass
class LaneRun:
    """A lane's run, seen from the program."""

    commands: "Connection[Any, Any]"
    reports: "Connection[Any, Any]"
    told: list[FromLane] = field(default_factory=list)
    error: TransferError | None = None

    def until(self, kind: type[FromLane], timeout: float = 30.0) -> None:
        """Read what it tells, up to the first of a kind. timeout: seconds of nothing but signs of life."""
        deadline = time.monotonic() + timeout
        while True:
            left = max(0.0, deadline - time.monotonic())
            assert self.reports.poll(left), f"nothing more was told after {self.told[-3:]}"
            messages = [one for one in self.reports.recv() if not isinstance(one, Alive)]
            if messages:
                deadline = time.monotonic() + timeout
            self.told += messages
            if any(isinstance(one, kind) for one in messages):
                return

    def all_of(self, kind: type[Any]) -> list[Any]:
        return [one for one in self.told if isinstance(one, kind)]

    @property
    def stored(self) -> list[int]:
        return [one.number for one in self.all_of(Stored)]

    @property
    def refused(self) -> dict[int, str]:
        return {one.number: one.code for one in self.all_of(Refused)}


def nothing_to_look_at(message: Look) -> Looked:
    raise AssertionError(message)


@contextmanager
def lane(
    server: Server,
    *,
    silence_limit: float = 30.0,
    give_up_after: float = 20.0,
    line: Line = DIRECT,
    token: str = "a" * 40,
    job: OpenJob = OPEN_JOB,
    engine: Any = PLAIN,
) -> Iterator[LaneRun]:
    """A running lane; stopped at the end."""
    to_lane, commands = multiprocessing.Pipe(duplex=False)
    reports, from_lane = multiprocessing.Pipe(duplex=False)
    target = WireTarget(Address.of(server), token, job, silence_limit, give_up_after, line)
    link = LaneLink(to_lane, from_lane, InHand(bytearray(8)))
    run = LaneRun(commands, reports)
    commands.send(Setup(0, Recipe("", b"", Trial()), target))
    link.setup(nothing_to_look_at, lambda: None)

    def work_on() -> None:
        try:
            WireLane(link, engine, target).run()
        except TransferError as error:
            run.error = error
        finally:
            link.close()

    thread = threading.Thread(target=work_on)
    thread.start()
    try:
        yield run
    finally:
        commands.send(Stop())
        thread.join(120)
        assert not thread.is_alive()
        commands.close()
        reports.close()


def send_all(run: LaneRun, piece: Work) -> None:
    """Hand out one piece of work and nothing more, and wait for the end."""
    run.until(Hungry)
    run.commands.send(piece)
    run.commands.send(NoMoreWork())
    run.until(Done)


def send_rest(run: LaneRun) -> None:
    """Say that there is no more work, and wait for the end."""
    run.commands.send(NoMoreWork())
    run.until(Done)


def ended(run: LaneRun) -> None:
    """Wait for the end, however it comes."""
    try:
        while True:
            assert run.reports.poll(20)
            run.told += run.reports.recv()
    except EOFError:
        return
