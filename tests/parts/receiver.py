"""A real receiver: ``adit-receiver serve`` as a process of its own, on loopback."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adit_receiver.standalone.databases import ENVIRONMENT as DATABASE
from tests.parts import served_otherwise
from tests.parts.orthanc import free_port
from tests.parts.templates import give_tables, new_database

COMMAND = [sys.executable, "-m", "adit_receiver.standalone"]
READY = "adit-receiver ready at "
START_TIMEOUT = 180.0
STOP_TIMEOUT = 120.0


def usual_program() -> tuple[str, ...]:
    """What serves where a test does not care: as this run was asked to."""
    return served_otherwise.PROGRAM if served_otherwise.asked_for() else tuple(COMMAND)


@dataclass
class Receiver:
    """A receiver's data folder and, while it runs, its process.

    Attributes:
        data: its ``--data`` folder; everything it stores and logs is below.
        port: fixed for its whole life, so that clients find it again after a restart.
        program: the command that serves.
        environment: what it is started with, besides what all are.
        database: URL of its own PostgreSQL database, if the tests run on PostgreSQL; '' for the file below ``data``.
        bare: it makes its tables itself; else it finds them made.
    """

    data: Path
    port: int = field(default_factory=free_port)
    program: tuple[str, ...] = field(default_factory=usual_program)
    environment: dict[str, str] = field(default_factory=dict)
    database: str = field(default_factory=new_database)
    bare: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    _reader: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def log(self) -> Path:
        """Everything the server process says on stdout and stderr."""
        return self.data / "process.log"

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs ``adit-receiver ARGUMENTS --data DATA`` to its end."""
        self._prepare()
        return subprocess.run(
            [*COMMAND, *arguments, "--data", str(self.data)],
            env=os.environ | {DATABASE: self.database} | self._engine(),
            capture_output=True,
            text=True,
            check=False,
        )

    def _engine(self) -> dict[str, str]:
        """Which one its worker has, where that is not the usual one: over a file it always is."""
        engine = os.environ.get(served_otherwise.ENGINE) if self.database else None
        return {"ADIT_RECEIVER_ENGINE": engine} if engine and self.program == served_otherwise.PROGRAM else {}

    def destination(self, name: str, *arguments: str) -> None:
        done = self.command("destination", name, *arguments)
        assert done.returncode == 0, done.stderr

    def user(
        self,
        name: str,
        *,
        department: str = "Radiology",
        permit: str = "internal,batch,fixed",
        destinations: tuple[str, ...] = (),
    ) -> Path:
        """Creates or updates a user; returns the file with a fresh token."""
        token_file = self.data / f"token-{name}"
        named = [part for destination in destinations for part in ("--destination", destination)]
        done = self.command(
            *("user", name, "--department", department, "--permit", permit, *named, "--token-file", str(token_file))
        )
        assert done.returncode == 0, done.stderr
        return token_file

    def start(self) -> None:
        """Starts the server and waits for its ready line."""
        assert self.process is None
        self._prepare()
        self.process = subprocess.Popen(
            [*self.program, "serve", "--data", str(self.data), "--port", str(self.port)],
            env=os.environ | {DATABASE: self.database} | self._engine() | self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        ready: queue.Queue[bool] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(self.process, ready), daemon=True)
        self._reader.start()
        assert ready.get(timeout=START_TIMEOUT), f"the receiver did not start:\n{self.log.read_text()}"

    def _prepare(self) -> None:
        if not self.bare and not self.database:
            give_tables(self.data)
        self.data.mkdir(parents=True, exist_ok=True)

    def stop(self) -> None:
        """A clean end, as a service manager asks for it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """The end that nobody can prepare for."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()  # the test fails, and leaves nothing behind
            self.process.wait()
            raise
        if self._reader is not None:
            self._reader.join(STOP_TIMEOUT)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None

    def _read(self, process: "subprocess.Popen[bytes]", ready: "queue.Queue[bool]") -> None:
        assert process.stdout is not None
        told = False
        with self.log.open("ab", buffering=0) as log:
            for line in process.stdout:
                log.write(line)
                if not told and line.decode().startswith(READY):
                    told = True
                    ready.put(True)
        if not told:
            ready.put(False)


@contextmanager
def running_receiver(data: Path) -> Iterator[Receiver]:
    """A started receiver with nothing set up in it; stopped at the end."""
    receiver = Receiver(data)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
