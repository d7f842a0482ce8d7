"""A PostgreSQL of the tests' own: Debian's server on a new cluster in a temporary folder, reached by its socket.

``pytest --postgresql`` starts one for the whole run, and everything that has tables gets a database of its own in it.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

ENVIRONMENT = "ADIT_TEST_POSTGRESQL"
"""Folder of the socket of the cluster on which all tests run; unset if they run on SQLite."""

_PROGRAMS = Path("/usr/lib/postgresql")
_OWNER = "postgres"  # of the cluster where the tests run as root, which the server refuses to do
_READY = "ready to accept connections"


@dataclass(slots=True)
class Cluster:
    """A running server. folder: of its socket, under which it is addressed."""

    folder: Path

    def url(self, name: str) -> str:
        """Where a database is, as ``ADIT_RECEIVER_DATABASE`` takes it."""
        return f"postgresql://{_OWNER}@/{name}?host={self.folder}"

    def create(self, *, template: str = "template1", prefix: str = "r") -> str:
        """Makes a database; its name."""
        name = f"{prefix}_{uuid4().hex}"
        self._administer(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
        return name

    def drop(self, name: str) -> None:
        """Deletes a database and ends all connections to it."""
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)

    def _administer(self, statement: sql.SQL, *names: str) -> None:
        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))


@dataclass(slots=True)
class Server:
    """A server of its own: its process and its files."""

    base: Path
    durable: bool
    process: "subprocess.Popen[bytes] | None" = None
    prefix: list[str] = field(default_factory=list)

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.base)

    def make(self) -> None:
        """Its files."""
        self.prefix = ["setpriv", "--pdeathsig", "QUIT"]  # it ends with the tests, however they end
        if os.geteuid() == 0:
            shutil.chown(self.base, _OWNER, _OWNER)
            self.prefix += ["--reuid", _OWNER, "--regid", _OWNER, "--clear-groups"]
        self._run(
            *(str(_programs() / "initdb"), "--pgdata", str(self.base / "data"), "--username", _OWNER),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
        )

    def start(self) -> None:
        """Returns when it answers."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.base), "max_connections": "300"}
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self.base / "log"
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [*self.prefix, str(_programs() / "postgres"), "-D", str(self.base / "data"), *options],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=self.base,
            )
        while _READY not in log.read_text("utf-8", errors="replace"):
            try:
                status = self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"PostgreSQL ended with {status}:\n{log.read_text('utf-8', errors='replace')}")

    def stop(self) -> None:
        """At once, as after a crash: all connections end in the middle of whatever they do."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(180)
            self.process = None

    def remove(self) -> None:
        """All that it has kept."""
        shutil.rmtree(self.base, ignore_errors=True)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            [*self.prefix, *command], capture_output=True, text=True, check=False, cwd=self.base, env=_environment()
        )
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """One that a test may stop and start; durable: it syncs, as one does that must survive a power cut."""
    # not below pytest's folder, which the server's user can't enter; and a socket's path is at most 107 bytes long
    server = Server(Path(tempfile.mkdtemp(prefix="adit-pg-")), durable)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        server.remove()


@contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A new cluster; durable: see ``running_server``."""
    with running_server(durable=durable) as server:
        yield server.cluster


def cluster_of_all() -> Cluster | None:
    """The cluster on which all tests run; None if they run on SQLite."""
    folder = os.environ.get(ENVIRONMENT)
    return Cluster(Path(folder)) if folder else None


def _programs() -> Path:
    found = sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "PostgreSQL is missing: make system-libraries FOR=test"
    return found[-1].parent


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
