"""The client without its processes: the real lanes, journal and ledger; a lane runs when it is told to.

A lane is a greenlet: the same with threads takes twice the time, all of it in handing over from one to the other.
"""

import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from greenlet import greenlet

from adit_uploader.deid.engine import PassThrough, PatientSecrets
from adit_uploader.dicom.inventory import Location
from adit_uploader.protocol.messages import Counts, JobFinished, OpenJob
from adit_uploader.transfer.connection import Address, Connection
from adit_uploader.transfer.control import PART
from adit_uploader.transfer.errors import JobRefused, LineError, TransferError
from adit_uploader.transfer.in_hand import InHand
from adit_uploader.transfer.journal import InstanceState, JobState, Journal, NewInstance
from adit_uploader.transfer.lane_messages import (
    FromLane,
    NoMoreWork,
    Refused,
    Sent,
    Stored,
    WireTarget,
    Work,
    WorkItem,
)
from adit_uploader.transfer.ledger import Ledger, Mark

from .line import Line
from .receiver import Receiver

PIECE = 100  # bytes of a chunk
STUDY, SERIES = "2.25.8", "2.25.9"
FINGERPRINT = "the plan"


_running: list["Lane"] = []  # the one that was told to run last


class _Killed(BaseException):
    """The program is gone."""


@dataclass(eq=False)
class Lane:
    """A real ``WireLane``, and its end of everything: it runs from one pause to the next."""

    program: "Program"
    number: int
    commands: deque[Any]
    line: Line | None = None
    error: TransferError | None = None
    ended: bool = False
    killed: bool = False

    def __post_init__(self) -> None:
        self.stopped, self.in_hand = self, InHand(bytearray(8))  # what a LaneLink has
        target = WireTarget(Address("ws://localhost", "", ""), "", self.program.open_job(str(self.number)), 60.0, 1e9)
        self._lane = self.program.lane_module.WireLane(self, PassThrough(), target)
        self._here = greenlet(self._run)

    def _run(self) -> None:
        try:
            if not self.killed:
                self._lane.run()
        except TransferError as error:
            self.error = error
        except _Killed:
            pass
        finally:
            self.ended = True

    def resume(self) -> None:
        """On to the next pause, or its end."""
        if not self.ended:
            _running[:] = [self]
            self._here.switch()

    def pause(self) -> None:
        if self.killed:
            return  # on the way out
        self._here.parent.switch()
        if self.killed:
            raise _Killed

    def kill(self) -> None:
        self.killed = True
        self.resume()
        if self.line is not None:
            self.line.cut()

    # ------------------------------------------------------------ as LaneLink has it

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> None:
        self.pause()

    def take(self, timeout: float = 0.0) -> Any:
        if not self.commands and timeout:
            self.pause()
        return self.commands.popleft() if self.commands else None

    def report(self, message: FromLane) -> None:
        self.program.reports.append(message)

    hold = report

    def flush(self) -> None:
        return


@dataclass(eq=False)
class Program:
    """One run of the program, from its start to its end or its death.

    Attributes:
        files: content by instance number.
        count: of its lanes.
        journal_path: outlives it.
        told: instance numbers that the receiver has said to have, over all runs.
        new_id: makes a job's id.
    """

    receiver: Receiver
    files: tuple[bytes, ...]
    count: int
    journal_path: Path
    lane_module: ModuleType
    told: set[int]
    new_id: Callable[[], str]
    reports: list[FromLane] = field(default_factory=list)
    finished: bool = False

    def __post_init__(self) -> None:
        numbers = range(len(self.files))
        self._open = ExitStack()
        self.journal = self._open.enter_context(Journal(self.journal_path))
        known = self.journal.open_job(FINGERPRINT)
        self.job = known or self.new_id()
        if known is None:
            instances = [NewInstance(number, uid_of(number), STUDY, "file", None, 1, 1) for number in numbers]
            names = {"server": "s", "destination": "archive", "mode": "none", "profile": "research", "program": "t"}
            self.journal.begin(self.job, fingerprint=FINGERPRINT, instances=instances, **names)
            self.keep_journal()
        self.ledger = Ledger(len(self.files))
        self.ledger.know_digests(self.journal.digests(self.job))
        self.lanes = [Lane(self, lane, self._work(numbers[lane :: self.count])) for lane in range(self.count)]

    def _work(self, numbers: range) -> deque[Any]:
        items = tuple(
            WorkItem(number, Location(Path("file")), 1, 1, STUDY, SERIES, uid_of(number)) for number in numbers
        )
        return deque([Work("p", "p", PatientSecrets(), items), NoMoreWork()])

    def open_job(self, part: str) -> OpenJob:
        return OpenJob(self.job, "none", "archive", "research", 1, 1, len(self.files), part=part)

    # ------------------------------------------------------------ what a program does

    def look(self) -> None:
        """Takes what the lanes tell, and writes it down."""
        reports, self.reports = self.reports, []
        for report in reports:
            match report:
                case Sent(number, _, digest):
                    self.ledger.sent(number, digest)
                case Stored(number):
                    self.told.add(number)
                    self.ledger.stored(number)
                case Refused(number, code):
                    self.ledger.refused(number, code, pseudonymized=True)
        notes = self.ledger.take_notes()
        if notes:
            self.journal.note(self.job, notes)

    def finish(self) -> None:
        """All have their outcome: tells the receiver, over a line that holds as long as the receiver does."""
        if any(self.ledger.open_numbers()) or self.finished or self.ledger.count(Mark.REFUSED):
            return
        self.look()
        try:
            with self._connect(None) as connection:
                connection.hello()
                connection.open_job(self.open_job(PART))
                connection.client.finish(Counts(stored=self.ledger.count(Mark.STORED)))
                connection.ask(JobFinished)
        except (LineError, JobRefused):
            return
        self.journal.close_job(self.job, JobState.FINISHED)
        self.finished = True
        self.keep_journal()

    def connect(self, lane: Lane) -> Connection:
        return self._connect(lane)

    def _connect(self, lane: Lane | None) -> Connection:
        end = self.receiver.connect()
        line = Line(end, lambda: None)
        if lane is None:
            line.pause = lambda: settle(self.receiver, line)
        else:
            line.pause = lane.pause
            lane.line = line
        return Connection(line)  # type: ignore[arg-type]  # stands in for a websocket

    def lane(self, number: int) -> Lane:
        return self.lanes[number % self.count]

    @property
    def settled(self) -> bool:
        """Everything is stored, for all that it knows."""
        return self.ledger.count(Mark.STORED) == len(self.files)

    @property
    def has_reasons(self) -> bool:
        """Something was refused, or a lane could not go on: a program that ends says so."""
        return self.ledger.count(Mark.REFUSED) > 0 or any(lane.error is not None for lane in self.lanes)

    @property
    def over(self) -> bool:
        """Nothing more will happen by itself."""
        return all(lane.ended for lane in self.lanes)

    def die(self) -> None:
        for lane in self.lanes:
            lane.kill()
        self._open.close()

    # ------------------------------------------------------------ the journal's disk

    def keep_journal(self) -> None:
        """What the journal holds now is durable."""
        for path in _files_of(self.journal_path):
            path.with_name(f"durable-{path.name}").unlink(missing_ok=True)
            if path.exists():
                shutil.copyfile(path, path.with_name(f"durable-{path.name}"))

    def lose_power(self) -> None:
        """The journal is what it was when it was durable last."""
        for path in _files_of(self.journal_path):
            path.unlink(missing_ok=True)
            if (kept := path.with_name(f"durable-{path.name}")).exists():
                shutil.copyfile(kept, path)

    def journal_says(self) -> set[int]:
        """Instances that the journal believes to be stored."""
        with closing(self.journal._database.cursor()) as cursor:
            rows = cursor.execute("SELECT number FROM instances WHERE state = ?", (InstanceState.STORED,))
            return {number for (number,) in rows}


def _files_of(path: Path) -> tuple[Path, ...]:
    return path, path.with_name(f"{path.name}-wal")


def settle(receiver: Receiver, line: Line) -> None:
    """Everything on one line arrives and is worked on."""
    line.bring_up(len(line.up))
    receiver.work(line.server, len(line.server.inbox))
    line.bring_down(99)
    if line.server.gone:
        line.lost = True


def uid_of(number: int) -> str:
    return f"2.25.1{number}"


def open_connection(*_: object, **__: object) -> Connection:
    """What takes the place of ``transfer.connection.open_connection`` in the lanes' module."""
    (lane,) = _running
    return lane.program.connect(lane)


def prepared_of(files: tuple[bytes, ...]) -> Callable[..., Any]:
    """What takes the place of ``transfer.preparing.prepared``: the finished instances are these."""

    @contextmanager
    def prepared(engine: object, work: Work, item: WorkItem) -> Iterator[Any]:
        data = files[item.number]
        instance = SimpleNamespace(
            sop_instance_uid=item.sop_instance_uid,
            sop_class_uid="1.2",
            transfer_syntax_uid="1.2.1",
            study_instance_uid=STUDY,
            series_instance_uid=SERIES,
            patient_id="p",
            length=len(data),
        )
        pieces = [data[start : start + PIECE] for start in range(0, len(data), PIECE)]
        yield SimpleNamespace(instance=instance, chunks=lambda size: iter(pieces))

    return prepared
