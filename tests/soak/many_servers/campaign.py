"""Two web servers and two workers on one PostgreSQL and one spool, killed again and again while uploads arrive."""

import hashlib
import json
import os
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
from pydicom import dcmread

from tests.parts.orthanc import free_port
from tests.parts.parcels import made_file
from tests.parts.postgresql import Server, running_server
from tests.parts.program import Machine
from tests.soak.many_servers.archives import NAME, Archive, archive_of
from tests.soak.many_servers.front_door import FrontDoor, front_door

SET_UP = """
from pathlib import Path
from adit_receiver.standalone.people import *
from adit_receiver.standalone.prepare import make_tables_and_spool
make_tables_and_spool()
{archive}
set_up_user(UserWishes("anna", Path({token!r}), "Radiology", ("fixed",), ({name!r},)))
"""
LOOK = 0.1  # seconds
_LOST = re.compile(r"(\S+\.)?(OperationalError|AdminShutdown|ConnectorException|PoolTimeout)\b")
TRIES = 12  # of a user whose upload has ended for want of a server or of a database


@dataclass(frozen=True, slots=True)
class Wish:
    """uploads at once, instances of each, kills of each process; patience: seconds for everything.

    Attributes:
        engine: of the workers.
        into: kind of the archive.
        restarts: of PostgreSQL, at once, with all its connections.
        durable: PostgreSQL syncs; what is killed and not powered off loses nothing without it.
    """

    uploads: int
    instances: int
    kills: int
    seed: int
    engine: str = "embedded"
    into: str = "orthanc"
    restarts: int = 0
    durable: bool = True
    patience: float = 3600.0

    @property
    def total(self) -> int:
        return self.uploads * self.instances


@dataclass(slots=True)
class Role:
    """One of the processes; started again whenever it is killed."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    kills: int = 0
    ended: int = 0  # by itself
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self) -> None:
        """By SIGKILL; it is there again afterwards."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.kills += 1
        self.start()

    def keep(self) -> None:
        """As a service manager does: one that was starting while there was no database has ended."""
        assert self.process is not None
        if self.process.poll() is not None:
            self.ended += 1
            self.start()

    def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)


@dataclass(slots=True)
class Database:
    """PostgreSQL, which loses all its connections and comes back."""

    server: Server
    name: str = "database"
    kills: int = 0

    def kill(self) -> None:
        self.server.stop()
        self.server.start()
        self.kills += 1


@dataclass(slots=True)
class Outcome:
    """What was found at the end.

    Attributes:
        wrong: lines for people; empty if all is as it must be.
        taken: connections by web server.
        again: uploads that a user had to start again.
        repeated: C-STORE requests for what the archive held already.
    """

    wish: Wish
    kills: dict[str, int]
    taken: list[int]
    again: int = 0
    delivered: int = 0
    repeated: int = 0
    states: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kills = ", ".join(f"{name} {number}" for name, number in self.kills.items())
        states = ", ".join(f"{number} {state}" for state, number in self.states.items())
        return (
            f"{self.wish.uploads} uploads, {self.wish.total} instances; in the {self.wish.into} {self.delivered}, "
            f"sent once more {self.repeated}; jobs: {states}; kills: {kills}; connections by web server: {self.taken}; "
            f"uploads started again: {self.again}; " + ("; ".join(self.wrong) or "nothing wrong")
        )


@dataclass
class Campaign:
    """One run, everything below ``base``."""

    base: Path
    wish: Wish
    tell: Callable[[str], None] = lambda _: None
    _url: str = ""
    _pixels: Counter[str] = field(default_factory=Counter)

    def run(self) -> Outcome:
        with ExitStack() as stack:
            server = stack.enter_context(running_server(durable=self.wish.durable))
            self._url = server.cluster.url(server.cluster.create())
            archive = stack.enter_context(archive_of(self.wish.into, self.base / "archive"))
            self._set_up(archive)
            ports = [free_port(), free_port()]
            roles = [
                *(self._role(f"web {number}", "web", "--port", str(port)) for number, port in enumerate(ports, 1)),
                *(self._role(f"worker {number}", "manage", "forward") for number in (1, 2)),
            ]
            for role in roles:
                stack.callback(role.end)
                role.start()
            for role in roles[:2]:
                assert self._wait(lambda role=role: "adit-receiver ready" in role.log.read_text())  # type: ignore[misc]
            door = stack.enter_context(front_door(ports))
            return self._uploads_and_kills(door, roles, Database(server), archive)

    def _uploads_and_kills(self, door: FrontDoor, roles: list[Role], database: Database, archive: Archive) -> Outcome:
        with ThreadPoolExecutor(self.wish.uploads) as pool:
            uploads = [pool.submit(self._upload, number, door.port) for number in range(self.wish.uploads)]
            self._kill(roles, database, lambda: all(upload.done() for upload in uploads))
            tries = [upload.result() for upload in uploads]
        finished = self._wait(lambda: self._count("state NOT IN ('delivered', 'failed', 'canceled')", "forward") == 0)
        outcome = Outcome(
            self.wish,
            {each.name: each.kills for each in (*roles, database)},
            sorted(door.taken.values()),
            sum(tries) - len(tries),
        )
        self._judge(outcome, archive)
        outcome.wrong += [f"{role.name} ended by itself" for role in roles if role.ended > self.wish.restarts]
        if not finished:
            outcome.wrong.append("forwarding did not come to its end")
        return outcome

    def _kill(self, roles: list[Role], database: Database, done: Callable[[], bool]) -> None:
        """Spread over the work: the next kill is due when so much more is stored or delivered."""
        order: list[Role | Database] = [role for role in roles for _ in range(self.wish.kills)]
        order += [database] * self.wish.restarts
        random.Random(self.wish.seed).shuffle(order)  # noqa: S311 - no secret
        for number, victim in enumerate(order, 1):
            due = 2 * self.wish.total * number // (len(order) + 2)
            self._wait(lambda due=due: self._progress(roles) >= due or done())  # type: ignore[misc]
            victim.kill()
            self.tell(f"kill {number} of {len(order)}: {victim.name}, progress {self._progress(roles)}")
        self._wait(lambda: self._progress(roles) >= 0 and done())

    def _wait(self, condition: Callable[[], bool]) -> bool:
        pause = threading.Event()
        for _ in range(int(self.wish.patience / LOOK)):
            if condition():
                return True
            pause.wait(LOOK)
        return False

    def _upload(self, number: int, port: int) -> int:
        """One user's upload; how often it was started."""
        folder = self.base / "in" / str(number)
        report = self.base / f"report-{number}.json"
        machine = Machine(self.base / "home" / str(number))
        for attempt in range(1, TRIES + 1):
            done = machine.run(
                *("upload", folder, "--server", f"http://127.0.0.1:{port}/", "--insecure-loopback"),
                *("--destination", NAME, "--token-file", self.base / "token", "--mode", "fixed"),
                *("--pseudonym", f"patient-{number}", "--report", report),
                timeout=self.wish.patience,
            )
            if done.returncode == 0:
                return attempt
            self.tell(f"upload {number}, try {attempt}: exit status {done.returncode}: {done.stderr[-300:]}")
        return TRIES

    def _judge(self, outcome: Outcome, archive: Archive) -> None:
        wish, wrong = self.wish, outcome.wrong
        rows = self._rows("SELECT sop_instance_uid, digest FROM adit_receiver_storedinstance")
        outcome.delivered, outcome.repeated = archive.count(), archive.repeated()
        if len(rows) != wish.total:
            wrong.append(f"{len(rows)} instances have a row")
        wrong.extend(archive.wrong(dict(rows), self._pixels))
        if (delivered := self._count("state = 'delivered'", "forward")) != wish.total:
            wrong.append(f"{delivered} instances count as delivered")
        outcome.states = dict(self._rows("SELECT state, count(*) FROM adit_receiver_uploadjob GROUP BY state"))
        if outcome.states != {"SU": wish.uploads}:
            wrong.append(f"jobs are in states {outcome.states}")
        if tasks := self._count("state != 'SU'", "uploadtask"):
            wrong.append(f"{tasks} tasks are in another state than success")
        for name in self._unwanted_in_logs():
            wrong.append(f"a traceback in the log of {name}")
        for number in range(wish.uploads):
            report = self.base / f"report-{number}.json"
            counts = json.loads(report.read_text())["counts"] if report.exists() else {}
            if counts.get("stored") != wish.instances:
                wrong.append(f"upload {number} reports {counts.get('stored')} stored")

    def _unwanted_in_logs(self) -> list[str]:
        return [path.stem for path in sorted(self.base.glob("*.log")) if self._has_unwanted(path.read_text())]

    def _has_unwanted(self, log: str) -> bool:
        """Whether there is a traceback; where PostgreSQL went away, of another error than a lost connection.

        Procrastinate's worker tells of that with one.
        """
        tracebacks = log.split("Traceback (")[1:]
        errors = [next(line for line in told.splitlines()[1:] if not line.startswith(" ")) for told in tracebacks]
        return any(not self.wish.restarts or not _LOST.match(error) for error in errors)

    def _progress(self, roles: list[Role]) -> int:
        for role in roles:
            role.keep()
        return self._count("true", "storedinstance") + self._count("state = 'delivered'", "forward")

    def _count(self, condition: str, table: str) -> int:
        return int(self._rows(f"SELECT count(*) FROM adit_receiver_{table} WHERE {condition}")[0][0])  # noqa: S608

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(statement.encode()).fetchall()

    def _role(self, name: str, *arguments: str) -> Role:
        log = self.base / f"{name.replace(' ', '-')}.log"
        return Role(name, self._command(*arguments), self._environment(), log)

    def _command(self, *arguments: str) -> tuple[str, ...]:
        place = ("--data", str(self.base / "data"))
        first, *rest = arguments
        return (sys.executable, "-m", "adit_receiver.standalone", first, *place, *rest)

    def _environment(self) -> dict[str, str]:
        return os.environ | {"ADIT_RECEIVER_DATABASE": self._url, "ADIT_RECEIVER_ENGINE": self.wish.engine}

    def _set_up(self, archive: Archive) -> None:
        numbers = iter(range(self.wish.total))
        for upload in range(self.wish.uploads):
            folder = self.base / "in" / str(upload)
            folder.mkdir(parents=True)
            for _ in range(self.wish.instances):
                number = next(numbers) * 2  # even ones are one patient's
                data = made_file(number)
                (folder / f"{number}.dcm").write_bytes(data)
                self._pixels[hashlib.sha256(dcmread(BytesIO(data)).PixelData).hexdigest()] += 1
        given = {"archive": archive.set_up, "name": NAME, "token": str(self.base / "token")}
        self._to_end("manage", "shell", "-c", SET_UP.format(**given))

    def _to_end(self, *arguments: str) -> None:
        command = self._command(*arguments)
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
