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
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from adit_uploader.account.settings import HOME_VARIABLE
from adit_uploader.pseudonyms.key_file import KeyPurpose, write_key_file

from .audit import Findings, audit, audit_journal_of, digests_below
from .chaos_proxy import ChaosProxy, chaos_proxy
from .machine import Machine
from .material import Amount, Studies
from .plan import Fault, draw
from .rounds import Round
from .server import DEPARTMENT, Server

EXTRA = 200  # instances of a further folder for faults that found nothing to hit
DEIDENTIFY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes:
        folder: instances of one folder, which is one upload.
        machines: how many upload at the same time.
        large: one folder of so many holds an instance of more than 64 MiB; 0: none does.
        long: with faults that cost a minute each.
        rate: bytes a second of one line, so that an upload lasts long enough to be harmed.
        every: faults that found nothing to hit get further folders, until all have hit.
        seconds: begin no further folder after so many.
    """

    seed: int
    instances: int
    faults: int
    folder: int = 500
    machines: int = 2
    rows: int = 512
    rate: float = 1_500_000.0
    large: int = 0
    long: bool = False
    every: bool = True
    seconds: float = float("inf")


@dataclass
class Outcome:
    """What came of it."""

    findings: Findings
    struck: Counter[str]
    ends: Counter[str]
    starts: int
    instances: int
    seconds: float

    def __str__(self) -> str:
        struck = ", ".join(f"{count} {kind}" for kind, count in sorted(self.struck.items()))
        ends = ", ".join(f"{count} {title!r}" for title, count in self.ends.most_common())
        return (
            f"{self.instances} instances, {self.struck.total()} faults, {self.starts} commands, {self.seconds:.0f} s\n"
            f"  faults: {struck}\n  commands ended: {ends}\n  {self.findings}"
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
    _folders: deque[tuple[Path, int]] = field(default_factory=deque)
    _faults: deque[Fault] = field(default_factory=deque)
    _reports: list[dict[str, Any]] = field(default_factory=list)
    _struck: Counter[str] = field(default_factory=Counter)
    _ends: Counter[str] = field(default_factory=Counter)
    _done: int = 0
    _wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _began: float = field(default_factory=time.monotonic)

    def run(self) -> Outcome:
        """Raises SoakFailure: an upload does not come to its end."""
        random = Random(self.wish.seed)  # noqa: S311 - faults, not secrets
        self._faults = draw(random, self.wish.faults, long=self.wish.long)
        studies = Studies(random)
        self._write_folders(studies)
        server = Server(self.base / "receiver")
        users = [f"user-{number}" for number in range(self.wish.machines)]
        tokens = server.set_up(users)
        machines: list[Machine] = []
        with ExitStack() as stack:
            stack.callback(server.stop)
            server.start()
            key = self.base / "site-key"
            write_key_file(key, bytes.fromhex(server.site_key(tokens[0])), KeyPurpose.SITE)
            expecting = self._deidentify(key, self.base / "in")
            stack.callback(expecting.kill)
            proxies = [stack.enter_context(chaos_proxy(server.port, self.wish.rate)) for _ in users]
            for user, token, proxy in zip(users, tokens, proxies, strict=True):
                machine = Machine(user, self.base / user, f"http://127.0.0.1:{proxy.port}/", token)
                machines.append(machine)
                stack.callback(machine.stop)
            self._work(machines, proxies, server)
            while self.wish.every and self._faults and not self._late:
                extra = self.base / f"in-extra-{self._done}"
                studies.write(extra, Amount(EXTRA, rows=self.wish.rows))
                assert self._deidentify(key, extra).wait(DEIDENTIFY_SECONDS) == 0
                self._folders.append((extra, EXTRA))
                self._work(machines, proxies, server)
            assert expecting.wait(DEIDENTIFY_SECONDS) == 0, "what is expected could not be made"
        server.clear_up()
        swept = server.command("manage", "sweep_spool")
        assert swept.returncode == 0, swept.stderr
        findings = audit(server, machines, self._expected(machines), self._reports)
        findings.disagreements += self._wrong
        return Outcome(
            findings,
            self._struck,
            self._ends,
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
            studies.write(folder, Amount(count, rows=wish.rows, large=large))
            self._folders.append((folder, count))

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

    def _work(self, machines: list[Machine], proxies: list[ChaosProxy], server: Server) -> None:
        """All machines until there is no folder left, or one fails."""
        failed = threading.Event()
        with ThreadPoolExecutor(len(machines)) as executor:
            futures = [
                executor.submit(self._serve, machine, proxy, server, failed)
                for machine, proxy in zip(machines, proxies, strict=True)
            ]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:  # also on Ctrl-C
                failed.set()
        for future in futures:
            future.result()

    def _serve(self, machine: Machine, proxy: ChaosProxy, server: Server, failed: threading.Event) -> None:
        while not failed.is_set() and not self._late and (given := self._take()) is not None:
            folder, size, faults = given
            one = Round(machine, proxy, server, folder, size, failed)
            missed = one.run(faults)
            report = machine.last_report()
            assert report is not None
            with self._lock:
                self._faults.extend(missed)
                self._reports.append(report)
                self._struck += one.struck
                self._ends += one.ends
                self._done += size
                self._wrong += audit_journal_of(machine, report)
                self.tell(
                    f"{time.monotonic() - self._began:6.0f} s  {self._done} instances, {self._struck.total()} faults; "
                    f"{machine.user} {folder.name}: {one.struck.total()} faults, {len(missed)} missed, {dict(one.ends)}"
                )

    def _take(self) -> tuple[Path, int, list[Fault]] | None:
        """The next folder and its share of the faults."""
        with self._lock:
            if not self._folders:
                return None
            share = -(-len(self._faults) // len(self._folders))
            folder, size = self._folders.popleft()
            return folder, size, [self._faults.popleft() for _ in range(share)]

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
