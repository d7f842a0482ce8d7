"""A clinician's computer on which the upload command is given again whenever it has ended too early."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adit_uploader.account.settings import HOME_VARIABLE

from .processes import Watched, children, send
from .server import DESTINATION

ANY = ""
LANES = 2
LANE_END_SECONDS = 90.0  # for a lane whose program was killed: it may wait for a line that is dead


@dataclass
class Machine:
    """One home folder, one token, one command at a time.

    Attributes:
        url: the server as this computer reaches it.
        environment: what the programs are started with, besides what all are.
        starts: how often the command was given.
    """

    user: str
    home: Path
    url: str
    token_file: Path
    environment: dict[str, str] = field(default_factory=dict)
    starts: int = 0
    folder: Path | None = None
    process: "subprocess.Popen[bytes] | None" = None
    _orphans: list[Watched] = field(default_factory=list)

    @property
    def report(self) -> Path:
        return self.home / "report.json"

    @property
    def journal_file(self) -> Path:
        return self.home / "data" / "journal.sqlite3"

    @property
    def output(self) -> Path:
        """What the commands said; not on the disk of the home folder, which may be full."""
        return self.home.parent.with_name(f"{self.user}.txt")

    def start(self, folder: Path) -> None:
        """Gives the command."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.report.unlink(missing_ok=True)
        self.folder = folder
        self.starts += 1
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DISPLAY"))}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "adit_uploader", "upload", str(folder), "--server", self.url),
                    *("--insecure-loopback", "--token-file", str(self.token_file), "--destination", DESTINATION),
                    *("--mode", "internal", "--lanes", str(LANES), "--report", str(self.report)),
                ],
                env=environment | self.environment | {"HOME": str(self.home), HOME_VARIABLE: str(self.home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def lanes(self) -> list[int]:
        """Process ids of the command's lanes, which are copies of it, copies of these, or processes of their own."""
        if self.process is None:
            return []
        found = [pid for pid in children(self.process.pid, ANY) if not is_tracker(pid)]
        return [*found, *(copy for pid in found for copy in children(pid, ANY))]

    def kill(self) -> None:
        """SIGKILL of the command; its lanes have to notice by themselves."""
        assert self.process is not None
        for pid in self.lanes():
            with contextlib.suppress(ProcessLookupError):
                self._orphans.append(Watched(pid))
        self.process.kill()
        self.process.wait()

    def signal(self, number: signal.Signals) -> bool:
        assert self.process is not None
        return not self.ended() and send(self.process.pid, number)

    def last_report(self) -> dict[str, Any] | None:
        """The receipt of the last command, None if it ended without one."""
        if not self.report.exists():
            return None
        report: dict[str, Any] = json.loads(self.report.read_text())
        return report

    def stop(self) -> None:
        """The end, whatever is under way."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()

    def lanes_without_program(self) -> list[int]:
        """Lanes that outlive their killed program for too long; empties the list of those that are watched."""
        left = [lane.pid for lane in self._orphans if not lane.ends_within(LANE_END_SECONDS)]
        for lane in self._orphans:
            lane.close()
        self._orphans.clear()
        return left

    def journal(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Rows of the journal; none where the machine has not uploaded anything yet."""
        if not self.journal_file.exists():
            return []
        with contextlib.closing(sqlite3.connect(self.journal_file, timeout=60.0)) as journal:
            return journal.execute(query, values).fetchall()


def is_tracker(pid: int) -> bool:
    """Whether this is multiprocessing's own helper, which is no lane."""
    with contextlib.suppress(OSError):
        return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return True
