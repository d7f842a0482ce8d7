"""The receiver under test: what can be done to it, and what its tables say."""

import contextlib
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adit_uploader.account.servers import ServerAddress
from adit_uploader.transfer.sign_in import sign_in
from tests.parts.receiver import STOP_TIMEOUT, Receiver

from .processes import children, send

DESTINATION = "Archive"
DEPARTMENT = "Radiology"
DATABASE = "receiver.sqlite3"
WORKER = "adit_receiver.standalone.worker"
NO_ROOM = 2**60  # bytes; no disk has so many free
FLOOR = 1024  # bytes
POLICY = """
from adit_receiver.models import ReceiverPolicy
ReceiverPolicy.objects.create(pk=1, quota_per_user=2**38, free_space_floor={floor})
"""
AGEING = 8 * 1024 * 1024  # bytes; SQLite's log begins anew after 4 MB


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of one user since some moment."""

    stored: int
    delivered: int


@dataclass
class Server(Receiver):
    """A receiver that is killed without waiting for what it leaves behind.

    Attributes:
        exclusive: held by whoever kills, stops or changes it, and by whoever needs it to be up.
        archive_folder: that it delivers to; None: beside its data.
    """

    exclusive: threading.RLock = field(default_factory=threading.RLock)
    archive_folder: Path | None = None
    database: str = ""  # always a file, which faults can be done to
    bare: bool = True  # which it makes durable itself: power cuts come at once
    _left: "list[tuple[subprocess.Popen[bytes], threading.Thread]]" = field(default_factory=list)

    @property
    def archive(self) -> Path:
        """The folder that it delivers to."""
        return self.archive_folder or self.data.parent / "archive"

    @property
    def log(self) -> Path:
        """What its process says; not on a disk that may be full."""
        return self.archive_folder.with_name("server.txt") if self.archive_folder else super().log

    @property
    def database_file(self) -> Path:
        return self.data / DATABASE

    @property
    def spool(self) -> Path:
        return self.data / "spool"

    def set_up(self, users: list[str]) -> list[Path]:
        """A folder destination and users, before the start; returns the files with their tokens."""
        self.data.mkdir(parents=True)
        self.archive.mkdir()
        self.destination(DESTINATION, "--folder", str(self.archive))
        files = [self.user(name, department=DEPARTMENT, destinations=(DESTINATION,)) for name in users]
        made = self.command("manage", "shell", "-c", POLICY.format(floor=FLOOR))
        assert made.returncode == 0, made.stderr
        return files

    def site_key(self, token_file: Path) -> str:
        """As every client is told at sign-in, hex."""
        server = ServerAddress.parse(self.url, insecure_loopback=True)
        return sign_in(server, token_file.read_text().strip()).site_key

    # ------------------------------------------------------------ harm

    def kill_and_start(self) -> None:
        """SIGKILL, and at once the next one, while the old one's worker may still be ending."""
        assert self.process is not None
        assert self._reader is not None
        self.process.kill()
        self.process.wait(STOP_TIMEOUT)
        self._left.append((self.process, self._reader))
        self.process = None
        self.start()

    def worker(self) -> int | None:
        """Process id of its forwarding worker, None while there is none."""
        assert self.process is not None
        return next(iter(children(self.process.pid, WORKER)), None)

    def signal(self, number: signal.Signals) -> bool:
        assert self.process is not None
        return send(self.process.pid, number)

    def set_floor(self, size: int) -> None:
        """Bytes of the spool's disk that it may not use."""
        self.change_policy(free_space_floor=size)

    def change_policy(self, **values: int) -> None:
        """Changes columns of the policy's row."""
        with self._tables() as tables:
            for name, value in values.items():
                tables.execute(f"UPDATE adit_receiver_receiverpolicy SET {name} = ?", (value,))  # noqa: S608 - names of ours

    def revoke_tokens(self, user: str) -> None:
        with self._tables() as tables:
            tables.execute(
                "UPDATE adit_receiver_token SET revoked = datetime('now') WHERE revoked IS NULL AND user_id ="
                " (SELECT id FROM auth_user WHERE username = ?)",
                (user,),
            )

    def clear_up(self) -> None:
        """Waits for what killed servers have left; call it after ``stop``."""
        for process, reader in self._left:
            reader.join(STOP_TIMEOUT)
            assert not reader.is_alive(), "a killed server's worker does not end"
            if process.stdout is not None:
                process.stdout.close()
        self._left.clear()

    @contextlib.contextmanager
    def aged(self) -> Iterator[None]:
        """Brings the database to where hours of work bring it, and keeps it there: its log is written over.

        What then is synced of the database takes nothing else with it to the disk, as it does while the log grows.
        """
        with self._tables() as tables:  # as long as one connection is open the log stays
            tables.execute("CREATE TABLE ageing (filler BLOB)")
            tables.execute("INSERT INTO ageing VALUES (randomblob(?))", (AGEING,))
            tables.commit()
            tables.execute("DROP TABLE ageing")
            tables.commit()
            tables.execute("PRAGMA wal_checkpoint(RESTART)")
            yield

    # ------------------------------------------------------------ what it knows

    def last_row(self) -> int:
        """Key of the newest stored instance; a moment to count from."""
        with self._tables() as tables:
            (last,) = tables.execute("SELECT coalesce(max(id), 0) FROM adit_receiver_storedinstance").fetchone()
        return int(last)

    def count(self, user: str, since: int) -> Count:
        """What a user has there since ``last_row`` said so."""
        with self._tables() as tables:
            stored, delivered = tables.execute(
                "SELECT count(*), coalesce(sum(f.state = 'delivered'), 0) FROM adit_receiver_storedinstance s"
                " JOIN adit_receiver_uploadjob j ON j.id = s.job_id JOIN auth_user u ON u.id = j.owner_id"
                " JOIN adit_receiver_forward f ON f.instance_id = s.id WHERE s.id > ? AND u.username = ?",
                (since, user),
            ).fetchone()
        return Count(stored, delivered)

    def undelivered(self, user: str) -> int:
        """Rows that still wait for the destination."""
        with self._tables() as tables:
            (count,) = tables.execute(
                "SELECT count(*) FROM adit_receiver_forward f JOIN adit_receiver_storedinstance s"
                " ON s.id = f.instance_id JOIN adit_receiver_uploadjob j ON j.id = s.job_id"
                " JOIN auth_user u ON u.id = j.owner_id"
                " WHERE u.username = ? AND f.state IN ('waiting', 'leased')",
                (user,),
            ).fetchone()
        return int(count)

    def rows(self, query: str, *values: str | int) -> list[tuple[str | int | None, ...]]:
        """Whatever the auditor asks."""
        with self._tables() as tables:
            return tables.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _tables(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self.database_file, timeout=60.0)) as tables, tables:
            yield tables
