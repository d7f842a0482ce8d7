"""The client's memory: which jobs there are and how far every instance came. SQLite, readable by its owner only.

It is written with ``synchronous=NORMAL``: after a power cut the last notes may be missing, which only costs a new
offer, since the receiver is asked again about everything. Only a job's beginning is synced, before its first byte is
sent: without it the same upload would become another job, and all of it would be sent again.
"""

import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from adit_uploader.protocol.digests import DigestName

from .errors import JournalFull, JournalTooNew, JournalUnusable
from .notes import InstanceState, Note

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE jobs (
            job TEXT PRIMARY KEY,
            fingerprint TEXT NOT NULL,
            server TEXT NOT NULL,
            destination TEXT NOT NULL,
            mode TEXT NOT NULL,
            profile TEXT NOT NULL,
            state TEXT NOT NULL,
            created REAL NOT NULL,
            changed REAL NOT NULL,
            program TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX jobs_fingerprint ON jobs (fingerprint, state)",
        """CREATE TABLE instances (
            job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
            number INTEGER NOT NULL,
            sop_instance_uid TEXT NOT NULL,
            study_instance_uid TEXT NOT NULL,
            path TEXT NOT NULL,
            member TEXT,
            size INTEGER NOT NULL,
            modified_ns INTEGER NOT NULL,
            state TEXT NOT NULL,
            digest TEXT NOT NULL DEFAULT '',
            attempts INTEGER NOT NULL DEFAULT 0,
            code TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (job, number)
        ) STRICT, WITHOUT ROWID""",
    ),
    (
        # of a site's own profile; plan: the fingerprint without it, by which a change of the profile is noticed
        "ALTER TABLE jobs ADD COLUMN profile_hash TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE jobs ADD COLUMN plan TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX jobs_plan ON jobs (plan, state)",
    ),
    ("ALTER TABLE jobs ADD COLUMN request TEXT NOT NULL DEFAULT ''",),
    # whether the key list was saved outside of the program's own folder
    ("ALTER TABLE jobs ADD COLUMN key_list_saved INTEGER NOT NULL DEFAULT 0",),
    # algorithm of the instances' digests, '' until the job is opened for the first time
    ("ALTER TABLE jobs ADD COLUMN digest TEXT NOT NULL DEFAULT 'sha256'",),
    (
        "ALTER TABLE jobs ADD COLUMN receipt TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE jobs ADD COLUMN account TEXT NOT NULL DEFAULT ''",  # the user at the server
    ),
)
"""Step n leads from schema version n to n + 1; steps are added and never changed."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


_JOB_COLUMNS = (
    "job, server, destination, mode, profile, state, created, changed, profile_hash, request, key_list_saved, account, "
    "receipt != ''"
)


class JobState(StrEnum):
    """Of a job in the journal."""

    OPEN = "open"  # under way, paused or cut: the same plan goes on with it
    FINISHED = "finished"  # the receiver agreed with the counts
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class NewInstance:
    """A row as it begins; number: position in the plan."""

    number: int
    sop_instance_uid: str
    study_instance_uid: str
    path: str
    member: str | None
    size: int
    modified_ns: int
    state: InstanceState = InstanceState.FOUND
    code: str = ""


_IN_ORDER: Callable[[NewInstance], tuple[object, ...]] = attrgetter(*(one.name for one in fields(NewInstance)))


@dataclass(frozen=True, slots=True)
class JobRow:
    job: str
    server: str
    destination: str
    mode: str
    profile: str
    state: JobState
    created: float
    changed: float
    profile_hash: str = ""
    request: str = ""
    key_list_saved: bool = False
    account: str = ""
    has_receipt: bool = False


class Journal:
    """The journal's file. A context manager; all methods belong to the thread that opened it.

    Every method raises JournalUnusable where the file can't be read or written, JournalFull where the disk is full.
    """

    def __init__(self, path: Path) -> None:
        """Open the journal, or make it.

        Raises:
            JournalUnusable: it can't be opened, or is no journal.
            JournalFull: there is no room for it.
            JournalTooNew: a newer version of the program wrote it.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # made by us first, so that no moment exists in which others can read it
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
        except OSError as error:
            raise (JournalFull if error.errno in FULL else JournalUnusable) from None
        with _translated():
            self._database = sqlite3.connect(path, timeout=30.0, isolation_level=None)
        try:
            with _translated():
                self._check_version()
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=NORMAL")
                self._database.execute("PRAGMA foreign_keys=ON")
                self._database.execute("PRAGMA secure_delete=ON")  # paths may name patients
                self._migrate()
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def _check_version(self) -> int:
        """The version of the file's tables; before anything is changed in it.

        Raises:
            JournalTooNew: we don't know it.
        """
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise JournalTooNew
        return int(version)

    def _migrate(self) -> None:
        with self._transaction() as database:
            version = self._check_version()  # again: another program may have been here in between
            for step in MIGRATIONS[version:]:
                for statement in step:
                    database.execute(statement)
            database.execute(f"PRAGMA user_version={len(MIGRATIONS)}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _translated():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:  # on a full disk SQLite has rolled back by itself
                    self._database.execute("ROLLBACK")
                raise

    @contextmanager
    def _durably(self) -> Iterator[None]:
        """What is written in it survives a power cut, and whatever was written before."""
        with _translated():
            self._database.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            with _translated():
                self._database.execute("PRAGMA synchronous=NORMAL")

    def open_job(self, fingerprint: str) -> str | None:
        """Id of the job of this plan that has not come to its end, if there is one."""
        with _translated():
            row = self._database.execute(
                "SELECT job FROM jobs WHERE fingerprint = ? AND state = ? ORDER BY created DESC LIMIT 1",
                (fingerprint, JobState.OPEN),
            ).fetchone()
        return None if row is None else str(row[0])

    def other_profile(self, plan: str, profile_hash: str) -> JobRow | None:
        """The newest job of a plan that has not come to its end and was begun by another content of its profile."""
        rows = (row for row in self._jobs("WHERE plan = ? AND state = ?", plan, JobState.OPEN))
        return next((row for row in rows if plan and row.profile_hash != profile_hash), None)

    def begin(
        self,
        job: str,
        *,
        fingerprint: str,
        server: str,
        destination: str,
        mode: str,
        profile: str,
        program: str,
        instances: Iterable[NewInstance],
        profile_hash: str = "",
        plan: str = "",
        request: str = "",
        account: str = "",
        digest: str = "",
    ) -> None:
        """Write down a new job with all its instances, durably, or none of it.

        Args:
            digest: algorithm of its digests; '' if that is not known yet.
            plan: as ``other_profile`` is asked for it.
            request: what the user asked for, so that it can be asked for again; for whoever wrote it to read.
            account: the user at the server.
        """
        now = time.time()
        with self._durably(), self._transaction() as database:
            database.execute(
                "INSERT INTO jobs (job, fingerprint, server, destination, mode, profile, profile_hash, plan, state, "
                "created, changed, program, request, account, digest) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(job, fingerprint, server, destination, mode, profile, profile_hash, plan),
                    *(JobState.OPEN, now, now, program, request, account, digest),
                ),
            )
            database.executemany(
                "INSERT INTO instances (job, number, sop_instance_uid, study_instance_uid, path, member, size, "
                "modified_ns, state, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                ((job, *_IN_ORDER(one)) for one in instances),
            )

    def digest_of(self, job: str, best: DigestName) -> DigestName:
        """Algorithm of a job's digests; of a job that has none yet it is ``best`` from now on, durably."""
        with self._durably(), self._transaction() as database:
            database.execute("UPDATE jobs SET digest = ? WHERE job = ? AND digest = ''", (best, job))
            (digest,) = database.execute("SELECT digest FROM jobs WHERE job = ?", (job,)).fetchone()
        return cast("DigestName", digest)

    def note(self, job: str, notes: Iterable[Note]) -> None:
        """Write down what became of instances, all or none. Each note of ``sent`` counts as an attempt."""
        with self._transaction() as database:
            database.executemany(
                "UPDATE instances SET state = ?, code = ?, attempts = attempts + ?, "
                "digest = CASE WHEN ? = '' THEN digest ELSE ? END WHERE job = ? AND number = ?",
                (
                    (one.state, one.code, int(one.state is InstanceState.SENT), one.digest, one.digest, job, one.number)
                    for one in notes
                ),
            )

    def delivered(self, job: str, study_instance_uids: Iterable[str] | None = None) -> None:
        """Note that all stored instances of these studies (new UIDs; None: of all) reached the destination."""
        with self._transaction() as database:
            if study_instance_uids is None:
                database.execute(
                    "UPDATE instances SET state = ? WHERE job = ? AND state = ?",
                    (InstanceState.DELIVERED, job, InstanceState.STORED),
                )
                return
            database.executemany(
                "UPDATE instances SET state = ? WHERE job = ? AND study_instance_uid = ? AND state = ?",
                ((InstanceState.DELIVERED, job, uid, InstanceState.STORED) for uid in study_instance_uids),
            )

    def close_job(self, job: str, state: JobState) -> None:
        with self._transaction() as database:
            database.execute("UPDATE jobs SET state = ?, changed = ? WHERE job = ?", (state, time.time(), job))

    def counts(self, job: str) -> dict[InstanceState, int]:
        """Instances of a job by state."""
        with _translated():
            rows = self._database.execute(
                "SELECT state, count(*) FROM instances WHERE job = ? GROUP BY state", (job,)
            ).fetchall()
        return {InstanceState(state): count for state, count in rows}

    def tallies(self, job: str) -> tuple[tuple[str, str, bool, int, int, int], ...]:
        """Of a job's instances: state, code, whether in an archive; how many, bytes, most attempts of one."""
        with _translated():
            rows = self._database.execute(
                "SELECT state, code, member IS NOT NULL, count(*), sum(size), max(attempts) FROM instances "
                "WHERE job = ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                (job,),
            ).fetchall()
        return tuple(
            (str(InstanceState(state)), str(code), bool(archived), count, size, attempts)
            for state, code, archived, count, size, attempts in rows
        )

    def digests(self, job: str) -> dict[int, str]:
        """Known digests by instance number: what an earlier run of the job sent."""
        with _translated():
            rows = self._database.execute(
                "SELECT number, digest FROM instances WHERE job = ? AND digest != ''", (job,)
            ).fetchall()
        return dict(rows)

    def jobs(self) -> tuple[JobRow, ...]:
        """All jobs, newest first."""
        return self._jobs("")

    def _jobs(self, which: str, *values: str) -> tuple[JobRow, ...]:
        with _translated():
            rows = self._database.execute(
                f"SELECT {_JOB_COLUMNS} FROM jobs {which} ORDER BY created DESC",  # noqa: S608 - the program's own words
                values,
            ).fetchall()
        return tuple(
            JobRow(
                job=job,
                server=server,
                destination=destination,
                mode=mode,
                profile=profile,
                state=JobState(state),
                created=created,
                changed=changed,
                profile_hash=profile_hash,
                request=request,
                key_list_saved=bool(saved),
                account=account,
                has_receipt=bool(receipt),
            )
            for job, server, destination, mode, profile, state, created, changed, profile_hash, request, *late in rows
            for saved, account, receipt in [late]
        )

    def refused(self, job: str) -> frozenset[tuple[str, str | None]]:
        """Path and archive member of each instance that was refused."""
        with _translated():
            rows = self._database.execute(
                "SELECT path, member FROM instances WHERE job = ? AND state = ?", (job, InstanceState.REFUSED)
            ).fetchall()
        return frozenset((path, member) for path, member in rows)

    def places(self, job: str) -> frozenset[tuple[str, str | None]]:
        """Path and archive member of each instance of a job that was planned to be sent."""
        with _translated():
            rows = self._database.execute(
                "SELECT path, member FROM instances WHERE job = ? AND number >= 0", (job,)
            ).fetchall()
        return frozenset((path, member) for path, member in rows)

    def bounds(self, job: str) -> tuple[str, ...]:
        """The first and the last path of what was planned to be sent, in the order of their characters."""
        with _translated():
            first, last = self._database.execute(
                "SELECT min(path), max(path) FROM instances WHERE job = ? AND number >= 0", (job,)
            ).fetchone()
        return () if first is None else (first, last)

    def failed(self, job: str, study_instance_uids: Iterable[str]) -> frozenset[tuple[str, str | None]]:
        """Path and archive member of what was refused, and of all that was to be sent of these studies (new UIDs)."""
        wanted = frozenset(study_instance_uids)
        with _translated():
            rows = self._database.execute(
                "SELECT path, member, state, study_instance_uid FROM instances WHERE job = ? AND number >= 0", (job,)
            ).fetchall()
        return frozenset(
            (path, member) for path, member, state, study in rows if state == InstanceState.REFUSED or study in wanted
        )

    def studies_sent(self, server: str, account: str) -> dict[str, float]:
        """Studies (new UIDs) that ended uploads of this account brought to a server: when, seconds since 1970.

        Uploads that are open are gone on with, and of canceled ones nothing has to be there: both do not count.
        """
        with _translated():
            return dict(
                self._database.execute(
                    "SELECT study_instance_uid, max(created) FROM instances JOIN jobs USING (job) WHERE server = ? AND "
                    "account IN ('', ?) AND jobs.state = ? AND instances.state IN (?, ?) GROUP BY study_instance_uid",
                    (server, account, JobState.FINISHED, InstanceState.STORED, InstanceState.DELIVERED),
                ).fetchall()
            )

    def paths_below(self, folder: str) -> tuple[frozenset[str], frozenset[str]]:
        """Of files below a folder: those of jobs that are open; those that finished jobs have stored at the server."""
        start = folder.rstrip(os.sep) + os.sep
        with _translated():
            rows = self._database.execute(
                "SELECT path, jobs.state FROM instances JOIN jobs USING (job) WHERE substr(path, 1, ?) = ? AND "
                "(jobs.state = ? OR (jobs.state = ? AND instances.state IN (?, ?)))",
                (
                    *(len(start), start, JobState.OPEN, JobState.FINISHED),
                    *(InstanceState.STORED, InstanceState.DELIVERED),
                ),
            ).fetchall()
        opened = frozenset(path for path, state in rows if state == JobState.OPEN)
        return opened, frozenset(path for path, state in rows if state == JobState.FINISHED)

    def keep_receipt(self, job: str, receipt: str) -> None:
        """Keep the receipt of a job's latest run, as text for whoever wrote it to read."""
        with self._transaction() as database:
            database.execute("UPDATE jobs SET receipt = ? WHERE job = ?", (receipt, job))

    def receipt(self, job: str) -> str:
        """The kept receipt; '' where there is none."""
        with _translated():
            row = self._database.execute("SELECT receipt FROM jobs WHERE job = ?", (job,)).fetchone()
        return "" if row is None else str(row[0])

    def key_list_saved(self, job: str) -> None:
        """Note that the user has the key list of a job outside of the program."""
        with self._transaction() as database:
            database.execute("UPDATE jobs SET key_list_saved = 1 WHERE job = ?", (job,))

    def forget(self, job: str) -> None:
        """Delete all that is known of a job."""
        with self._transaction() as database:
            database.execute("DELETE FROM jobs WHERE job = ?", (job,))

    def expire(self, before: float) -> int:
        """Forget jobs that came to their end before this time (seconds since 1970); returns how many.

        Jobs that are open stay, however old; so do all key lists, which are the user's own.
        """
        with self._transaction() as database:
            return database.execute(
                "DELETE FROM jobs WHERE state != ? AND changed < ?", (JobState.OPEN, before)
            ).rowcount


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        # SQLITE_FULL has no finer codes, and not every error has a code at all
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        raise (JournalFull if full else JournalUnusable) from None
