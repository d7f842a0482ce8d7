"""Everything that may happen to an upload, in any order: client, line and receiver, and what is left of them."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar

from django.contrib.auth.models import User
from django.db import transaction

from adit_receiver import session
from adit_uploader.transfer import wire_lane

from . import disks
from .client import Program, uid_of
from .line import Line
from .receiver import LEASE_SECONDS, Receiver
from .tables import Tables

SIZES = (99, 450, 1, 700, 100, 250)  # bytes; of those over 200 a beginning is saved
FILES = tuple(Random(size).randbytes(size) for size in SIZES)  # noqa: S311 - pixels, not secrets
DIGESTS = {uid_of(number): hashlib.sha256(data).hexdigest() for number, data in enumerate(FILES)}
ROUNDS = 120  # until an upload that nothing disturbs must have come to its end
STRIDE = 12  # pauses of a lane that nothing disturbs, before the others have their turn
SOME = (1, 2, 5, 30)
PROGRAMS = 2
WHICH = (0, 0, 0, 1)
LANE = (0, 0, 1)
JOURNAL = "journal.sqlite3"
LENGTH = 36  # bytes of a script: about ten events
T = TypeVar("T")


@dataclass
class Script:
    """What happens, as bytes: each is one choice among a few. Hypothesis draws and shrinks it as a whole.

    Its own state machine would draw each choice for itself, which takes longer than what is then tried out.
    """

    choices: bytes
    position: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.position >= len(self.choices)

    def of(self, options: Sequence[T]) -> T:
        chosen = 0 if self.over else self.choices[self.position]
        self.position += 1
        option = options[chosen % len(options)]
        self.said.append(option.__name__ if callable(option) else str(option))
        return option


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Numbers:
    """In place of what is random: nothing here is, so that what was found can be found again."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> int:
        self.last += 1
        return self.last


CLOCK = Clock()
NUMBERS = Numbers()


def new_id() -> str:
    """32 hexadecimal digits: a job's, or a name in the spool."""
    return f"{NUMBERS():032x}"


@dataclass(eq=False)
class World:
    """What outlives a run.

    Attributes:
        memory: a folder, best of a disk in memory.
        journal: a new journal's file, of which each run gets a copy.
        tables: modelled ones; None: those of a real database.
        runs: that came to their end, whatever it was.
        crashes, deaths, cuts: what happened in them.
    """

    memory: Path
    journal: Path
    user: User
    tables: Tables | None
    runs: int = 0
    crashes: int = 0
    deaths: int = 0
    cuts: int = 0

    def run(self, choices: bytes) -> None:
        """One upload, and whatever happens to it."""
        script = Script(choices)
        upload = Upload(self, script)
        try:
            upload.begin()
            while not script.over:
                script.of(EVENTS)(upload)
            upload.check()
            upload.come_to_an_end()
        except BaseException as error:
            error.add_note(" ".join(script.said))
            raise
        finally:
            upload.leave()
            self.runs += 1
            self.crashes += upload.receiver.crashes


class Upload:
    """Up to two programs send the same job to one receiver."""

    def __init__(self, world: World, script: Script) -> None:
        self.world = world
        self.of = script.of
        self.base = Path(tempfile.mkdtemp(prefix="upload-", dir=world.memory))
        CLOCK.__init__()
        NUMBERS.__init__()
        if world.tables is None:
            self.atomic = transaction.atomic()
            self.atomic.__enter__()
        self.receiver = Receiver(self.base, world.user, session, NUMBERS)
        disks.now = self.receiver.disk
        if world.tables is not None:
            world.tables.clear()
            world.tables.at_commit = self.receiver.disk.step
        shutil.copyfile(world.journal, self.base / JOURNAL)
        self.told: set[int] = set()
        self.programs: list[Program | None] = [None] * PROGRAMS

    def begin(self) -> None:
        self.files = FILES[: self.of((3, 3, 4, len(FILES)))]
        self.lanes = self.of((1, 1, 2))
        self.finish = self.of((False, False, True))
        self.receiver.start()
        self.start_program(0)
        for _ in range(self.of(range(5))):
            self.goes_on(self.programs[0])

    def leave(self) -> None:
        for program in self.programs:
            if program is not None:
                program.die()
        if self.world.tables is None:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
        shutil.rmtree(self.base)

    # ------------------------------------------------------------ the client

    def start_program(self, which: int) -> None:
        self.programs[which] = Program(
            *(self.receiver, self.files, self.lanes, self.base / JOURNAL, wire_lane, self.told, new_id)
        )

    @property
    def finished(self) -> bool:
        return any(program is not None and program.finished for program in self.programs)

    def one(self) -> Program | None:
        return self.programs[self.of(WHICH)]

    def goes_on(self, program: Program | None, stride: int = STRIDE) -> None:
        for lane in program.lanes if program is not None else ():
            for _ in range(stride):
                lane.resume()
            if lane.line is not None:
                lane.line.bring_up(99)
                self.receiver.work(lane.line.server, 99)
                lane.line.bring_down(99)

    def a_lane_runs(self) -> None:
        program, lane, count = self.one(), self.of(LANE), self.of(SOME)
        for _ in range(count if program is not None else 0):
            program.lane(lane).resume()

    def an_upload_goes_on(self) -> None:
        program = self.one()
        for _ in range(self.of((1, 2, 3, 4))):
            self.goes_on(program)

    def a_program_looks(self) -> None:
        if (program := self.one()) is not None:
            program.look()

    def a_journal_is_synced(self) -> None:
        """As SQLite does it from time to time."""
        if (program := self.one()) is not None:
            program.keep_journal()

    def a_program_finishes(self) -> None:
        program = self.one()
        if program is not None and program.over:
            program.look()
            program.finish()

    def a_second_program_starts(self) -> None:
        """The same command in another window, with the same journal."""
        if self.programs[1] is None and not self.finished:
            self.start_program(1)

    def a_client_dies(self) -> None:
        """By itself, or with the computer: then all programs on it end and the journal is what was synced of it.

        An upload that has come to its end stays so: the same again would be another one.
        """
        which, power = self.of(WHICH), self.of((False, True))
        if self.finished:
            return
        for each in range(PROGRAMS) if power else [which]:
            if (program := self.programs[each]) is not None:
                program.die()
                self.world.deaths += 1
                if power:
                    program.lose_power()
                self.programs[each] = None
        if self.programs[0] is None:
            self.start_program(0)

    # ------------------------------------------------------------ the line

    def line(self) -> Line | None:
        program, lane = self.one(), self.of(LANE)
        return None if program is None else program.lane(lane).line

    def things_cross(self) -> None:
        line, up, work, down = self.line(), self.of(SOME), self.of(SOME), self.of(SOME)
        if line is not None:
            line.bring_up(up)
            self.receiver.work(line.server, work)
            line.bring_down(down)

    def a_line_is_cut(self) -> None:
        if (line := self.line()) is not None:
            line.cut()
            self.world.cuts += 1

    def a_byte_is_damaged(self) -> None:
        """Of the next piece of an instance."""
        program, lane = self.one(), self.of(LANE)
        for _ in range(STRIDE if program is not None else 0):
            line = program.lane(lane).line
            if line is not None and line.up and isinstance(line.up[-1], bytes):
                line.up[-1] = line.up[-1][:-1] + bytes([line.up[-1][-1] ^ 1])
                break
            program.lane(lane).resume()

    # ------------------------------------------------------------ the receiver

    def time_passes(self) -> None:
        CLOCK.seconds += self.of((LEASE_SECONDS / 2, LEASE_SECONDS * 2))
        self.receiver.look()

    def the_receiver_notices_who_has_gone(self) -> None:
        self.receiver.notice_the_gone()

    def the_receiver_crashes(self) -> None:
        """So many steps further on in what it does: between a write and its sync, a commit and its answer."""
        program, left, power, luck = self.one(), self.of(range(40)), self.of((False, True)), self.of(range(4))
        before = self.receiver.crashes
        self.receiver.disk.left = left
        self.receiver.lucky = _luck(luck) if power else None
        for _ in range(4):
            if self.receiver.crashes == before:
                self.goes_on(program, stride=1 + left % STRIDE)
        if self.receiver.crashes == before:
            self.receiver.crash()
        self.goes_on(program, stride=1)  # hears what had been said
        self.check()

    # ------------------------------------------------------------ what always holds

    def check(self) -> None:
        """What was said to be stored is there, and whatever is there is right."""
        there = self.receiver.stored()
        for uid, (sha256, data) in there.items():
            assert sha256 == DIGESTS[uid], "a row has another digest"
            assert data is not None, "a row has no file"
            assert hashlib.sha256(data).hexdigest() == sha256, "a file is not what its row says"
        stored = {number for number in range(len(self.files)) if uid_of(number) in there}
        for program in self.programs:
            if program is not None:
                program.look()
                assert program.journal_says() <= stored, "the journal boasts"
        assert self.told <= stored, "what was said to be stored is not there"
        assert self.receiver.jobs() <= 1, "one upload became two jobs"

    def come_to_an_end(self) -> None:
        """Nothing happens any more: then everything arrives, once, and is found to have."""
        other = self.programs[1]
        if other is not None:
            other.die()
            self.programs[1] = None
        program = self.programs[0]
        assert program is not None
        for _ in range(3):
            self.run_undisturbed(program)
            if program.settled:
                break
            assert program.has_reasons, "an instance was forgotten"
            program.die()  # refused for a reason that is gone: the same again
            self.start_program(0)
            program = self.programs[0]
            assert program is not None
        assert program.settled, "the upload does not come to its end"
        assert program.finished or not self.finish, "the receiver does not agree that it is finished"
        self.check()
        there = self.receiver.stored()
        assert len(there) == len(self.files), "something is missing"
        assert program.journal_says() == set(range(len(self.files)))
        manifest, covered = program.ledger.manifest(uid_of)
        lines = "".join(sorted(f"{uid_of(number)} {DIGESTS[uid_of(number)]}\n" for number in range(len(self.files))))
        if covered == len(self.files):
            assert manifest == hashlib.sha256(lines.encode()).hexdigest()
        self.receiver.notice_the_gone()
        self.receiver.start()
        assert len(self.receiver.files()) == len(self.files), "something is left in the spool"

    def run_undisturbed(self, program: Program) -> None:
        for number in range(ROUNDS):
            self.goes_on(program)
            if number % 6 == 5:
                self.receiver.notice_the_gone()
                CLOCK.seconds += LEASE_SECONDS * 2
                self.receiver.look()
            if program.over:
                break
        program.look()
        if self.finish:
            program.finish()


def _luck(kind: int) -> Callable[[], bool]:
    """Of what was not synced: nothing, all, or some of it got to the disk."""
    if kind < 2:
        return lambda: bool(kind)
    random = Random(kind)  # noqa: S311 - blocks, not secrets
    return lambda: random.random() < 0.5


EVENTS: tuple[Callable[[Upload], None], ...] = (
    Upload.a_lane_runs,
    Upload.an_upload_goes_on,
    Upload.an_upload_goes_on,
    Upload.things_cross,
    Upload.things_cross,
    Upload.a_line_is_cut,
    Upload.a_byte_is_damaged,
    Upload.the_receiver_crashes,
    Upload.the_receiver_crashes,
    Upload.the_receiver_crashes,
    Upload.a_client_dies,
    Upload.a_second_program_starts,
    Upload.a_program_looks,
    Upload.a_program_finishes,
    Upload.a_journal_is_synced,
    Upload.time_passes,
    Upload.the_receiver_notices_who_has_gone,
)
