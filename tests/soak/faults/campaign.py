"""The whole: machines side by side, folder after folder, faults drawn from a seed, and the count at the end."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from adit_uploader.account.settings import HOME_VARIABLE
from adit_uploader.pseudonyms.key_file import KeyPurpose, write_key_file

from .audit import Findings, audit, audit_journal_of, digests_below
from .chaos_proxy import chaos_proxy
from .machine import Machine
from .material import Amount, Studies
from .meddler import Meddler, compiled
from .plan import LONG, OF_SMALL_DISKS, Fault, Kind, draw
from .rounds import GivenUp, Round
from .server import DEPARTMENT, Server
from .small_disk import small_disk
from .strikes import Ground, Striker

EXTRA = 200  # instances of a further folder for faults that found nothing to hit
DEIDENTIFY_SECONDS = 3600.0
AGAIN, LATEST = 0.37, 0.8  # a fault that missed comes so much later, or in turn earlier
LINE_SECONDS = 20.0  # in which one line could carry all of a folder
TELL_SECONDS = 15.0
SHOWN = 5  # of what is left, by name
SERVER_DISK = 768 * 1024 * 1024  # bytes
MACHINE_DISK = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes:
        folder: instances of one folder, which is one upload.
        machines: how many upload at the same time.
        large: one folder of so many holds an instance of more than 64 MiB; 0: none does.
        long: with faults that cost a minute each.
        small_disks: everything of client and server lies on disks of memory, which can be filled; needs root.
        rate: bytes a second of one line, so that an upload lasts long enough to be harmed; more for a large folder.
        every: faults that found nothing to hit get further folders, until all have hit.
        seconds: begin no further folder after so many.
    """

    seed: int
    instances: int
    faults: int
    folder: int = 200
    machines: int = 4
    rows: int = 512
    rate: float = 300_000.0
    large: int = 0
    long: bool = False
    small_disks: bool = True
    every: bool = True
    seconds: float = float("inf")


@dataclass
class Outcome:
    """What came of it."""

    findings: Findings
    struck: Counter[str]
    missed: Counter[str]
    ends: Counter[str]
    full: int
    starts: int
    instances: int
    seconds: float

    def __str__(self) -> str:
        """Times that each kind struck while an upload was active, and times it found nothing to strike."""
        kinds = sorted(self.struck | self.missed, key=lambda kind: -self.struck[kind])
        lines = [f"    {kind:24}{self.struck[kind]:6}{self.missed[kind]:8}" for kind in kinds]
        ends = [f"    {title:56}{count:6}" for title, count in self.ends.most_common()]
        done = f"{self.instances} instances, {self.struck.total()} faults, {self.seconds:.0f} s"
        cost = f"{self.starts} commands, {self.full} calls to a full disk"
        return "\n".join(
            [
                f"{done}; {cost}",
                f"    {'fault':24}struck  missed",
                *lines,
                "  how commands ended that were not killed",
                *ends,
                f"  {self.findings}",
            ]
        )


@dataclass
class Campaign:
    """
    Attributes:
        base: an empty folder for everything.
        tell: takes a line after each folder.
    """

    base: Path
    wish: Wish
    tell: Callable[[str], None]
    _folders: deque[tuple[Path, int, float]] = field(default_factory=deque)
    _faults: deque[Fault] = field(default_factory=deque)
    _reports: list[dict[str, Any]] = field(default_factory=list)
    _struck: Counter[str] = field(default_factory=Counter)
    _missed: Counter[str] = field(default_factory=Counter)
    _ends: Counter[str] = field(default_factory=Counter)
    _done: int = 0
    _wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _began: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    def run(self) -> Outcome:
        """Raises SoakFailure: an upload does not come to its end. NoSmallDisk, NoCompiler: not on this machine."""
        base = self.base.resolve()
        random = Random(self.wish.seed)  # noqa: S311 - faults, not secrets
        without: set[Kind] = set() if self.wish.long else set(LONG)
        without |= set() if self.wish.small_disks else set(OF_SMALL_DISKS)
        self._faults = draw(random, self.wish.faults, without=without)
        studies = Studies(random)
        self._write_folders(studies)
        library = compiled(base)
        with ExitStack() as stack:

            def ground(name: str, size: int) -> Ground:
                meddler = Meddler(library, base / f"{name}.orders")
                stack.callback(meddler.close)
                disk = stack.enter_context(small_disk(base / name, size)) if self.wish.small_disks else None
                return Ground(meddler, disk)

            server_ground = ground("server", SERVER_DISK)
            server = Server(base / "server" / "receiver", archive_folder=base / "archive")
            server.environment = server_ground.meddler.environment
            users = [f"user-{number}" for number in range(self.wish.machines)]
            tokens = server.set_up(users)
            stack.callback(server.clear_up)
            stack.callback(server.stop)
            server.start()
            key = base / "site-key"
            write_key_file(key, bytes.fromhex(server.site_key(tokens[0])), KeyPurpose.SITE)
            expecting = self._deidentify(key, base / "in")
            stack.callback(expecting.kill)
            strikers = []
            for user, token in zip(users, tokens, strict=True):
                own = ground(user, MACHINE_DISK)
                proxy = stack.enter_context(chaos_proxy(server.port, self.wish.rate))
                url = f"http://127.0.0.1:{proxy.port}/"
                machine = Machine(user, base / user / "home", url, token, own.meddler.environment)
                stack.callback(machine.stop)
                strikers.append(Striker(machine, own, proxy, server, server_ground))
            self._work(strikers)
            while self.wish.every and self._faults and not self._late:
                extra = base / f"in-extra-{self._done}"
                size = studies.write(extra, Amount(EXTRA, rows=self.wish.rows))
                assert self._deidentify(key, extra).wait(DEIDENTIFY_SECONDS) == 0
                self._folders.append((extra, EXTRA, self._rate(size)))
                self._work(strikers)
            assert expecting.wait(DEIDENTIFY_SECONDS) == 0, "what is expected could not be made"
            server.stop()
            server.clear_up()
            return self._outcome(server, strikers)

    def _outcome(self, server: Server, strikers: list[Striker]) -> Outcome:
        swept = server.command("manage", "sweep_spool")
        assert swept.returncode == 0, swept.stderr
        machines = [striker.machine for striker in strikers]
        findings = audit(server, machines, self._expected(machines), self._reports)
        findings.disagreements += self._wrong
        grounds = [strikers[0].server_ground, *(striker.machine_ground for striker in strikers)]
        return Outcome(
            findings,
            self._struck,
            self._missed,
            self._ends,
            sum(ground.meddler.full for ground in grounds),
            sum(machine.starts for machine in machines),
            self._done,
            time.monotonic() - self._began,
        )

    @property
    def _late(self) -> bool:
        return time.monotonic() - self._began > self.wish.seconds

    def _write_folders(self, studies: Studies) -> None:
        wish = self.wish
        for number, first in enumerate(range(0, wish.instances, wish.folder)):
            count = min(wish.folder, wish.instances - first)
            large = int(wish.large > 0 and number % wish.large == 0)
            folder = self.base / "in" / f"{number:04d}"
            size = studies.write(folder, Amount(count, rows=wish.rows, large=large))
            self._folders.append((folder, count, self._rate(size)))

    def _rate(self, size: int) -> float:
        """Of the lines, for a folder of so many bytes."""
        return max(self.wish.rate, size / LINE_SECONDS)

    def _deidentify(self, key: Path, folder: Path) -> "subprocess.Popen[bytes]":
        """What is expected, made by the same program without a server."""
        home = self.base / "expecting"
        with (self.base / "expecting.txt").open("ab") as output:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", "adit_uploader", "deidentify", str(folder)),
                    *("--out", str(self.base / "expected"), "--mode", "internal", "--department", DEPARTMENT),
                    *("--site-key-file", str(key), "--lanes", "1"),
                ],
                env=os.environ | {"HOME": str(home), HOME_VARIABLE: str(home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _work(self, strikers: list[Striker]) -> None:
        """All machines until there is no folder left, or one fails."""
        failed = threading.Event()
        with ThreadPoolExecutor(len(strikers)) as executor:
            futures = [executor.submit(self._serve, striker, failed) for striker in strikers]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:  # also on Ctrl-C
                failed.set()
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:  # the first is the cause of the others
            raise next((error for error in errors if not isinstance(error, GivenUp)), errors[0])

    def _serve(self, striker: Striker, failed: threading.Event) -> None:
        while not failed.is_set() and not self._late and (given := self._take()) is not None:
            folder, size, rate, faults = given
            striker.proxy.rate = rate
            one = Round(striker, folder, size, failed)
            missed = one.run(faults)
            report = striker.machine.last_report()
            assert report is not None
            with self._lock:
                # at another time the next time: most came too late, some before there was something to strike; and
                # on another line: on that of the sign-in hardly anything crosses
                self._faults.extend(
                    replace(fault, at=(fault.at + AGAIN) % LATEST, pick=(fault.pick + AGAIN) % 1.0) for fault in missed
                )
                self._missed.update(fault.kind.value for fault in missed)
                self._reports.append(report)
                self._struck += one.struck
                self._ends += one.ends
                self._done += size
                self._wrong += audit_journal_of(striker.machine, report)
                self._tell()

    def _tell(self) -> None:
        """A line now and then."""
        now = time.monotonic() - self._began
        if now - self._told < TELL_SECONDS and self._folders:
            return
        self._told = now
        left = f"{len(self._faults)} to come"
        if len(self._faults) <= SHOWN:
            left = f"to come: {', '.join(fault.kind.value for fault in self._faults) or 'none'}"
        self.tell(
            f"{now:6.0f} s  {self._done} instances, {self._struck.total()} faults struck, {left}, "
            f"{len(self._wrong)} disagreements"
        )

    def _take(self) -> tuple[Path, int, float, list[Fault]] | None:
        """The next folder, the rate of its lines, and its share of the faults."""
        with self._lock:
            if not self._folders:
                return None
            share = -(-len(self._faults) // len(self._folders))
            folder, size, rate = self._folders.popleft()
            return folder, size, rate, [self._faults.popleft() for _ in range(share)]

    def _expected(self, machines: list[Machine]) -> dict[str, str]:
        """Digest by UID of everything that was to be uploaded; after an early end, of the folders that were begun."""
        found = digests_below(self.base / "expected")
        assert all(len(digests) == 1 for digests in found.values())
        if self._folders:
            query = "SELECT sop_instance_uid FROM instances"
            begun = {uid for machine in machines for (uid,) in machine.journal(query)}
            found = {uid: digests for uid, digests in found.items() if uid in begun}
        assert len(found) == self._done, "what is expected is not what was made"
        return {uid: digests[0] for uid, digests in found.items()}
