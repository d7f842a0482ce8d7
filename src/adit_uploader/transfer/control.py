"""The program's own connection beside the lanes': asks whether the job may be, finishes it, watches its tasks."""

import time
from collections.abc import Callable
from typing import TypeVar

from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.digests import DigestName
from adit_uploader.protocol.messages import Counts, JobFinished, JobOpened, Jobs, OpenJob, Tasks, Welcome

from .connection import Connection, Server
from .early_sign_in import EarlySignIn
from .errors import JobRefused, LineError
from .line import DIRECT, Line
from .sign_in import introduced
from .waking import Outage, clock, pause
from .wire_lane import back_off

PART = "control"
UNDER_WAY = frozenset({"UV", "PE", "IP"})  # a job of such a state was not canceled yet
FINAL = frozenset({"SU", "WA", "FA", "CA"})
CANCEL_TIMEOUT = 10.0
PATIENCE = 5.0
LOOK = 0.2
NEWEST = 500  # jobs
WITHOUT_REASON = 24  # times as long, when no task says why it waits

Result = TypeVar("Result")


class Stopped(Exception):
    """The user cancelled or paused."""


def is_final(tasks: Tasks) -> bool:
    """Whether nothing more will happen to any task."""
    return tasks.state in FINAL or (bool(tasks.tasks) and all(task.state in FINAL for task in tasks.tasks))


class Quiet:
    """Notices that a delivery does not get on: the destination is not taking anything, or nobody forwards.

    Only instances that reach an end count as getting on: a task that waits changes its message with every try.
    """

    def __init__(self, patience: float, now: float) -> None:
        """
        Args:
            patience: seconds without a change after which tasks that say why they wait are believed.
        """
        self._patience = patience
        self._changed = now
        self._ended = 0

    def look(self, tasks: Tasks, now: float) -> None:
        """Take note of what the receiver tells."""
        ended = sum(task.delivered + task.failed for task in tasks.tasks)
        if ended != self._ended:
            self._ended, self._changed = ended, now

    def is_stuck(self, tasks: Tasks, now: float) -> bool:
        quiet = now - self._changed
        left = [task for task in tasks.tasks if task.state not in FINAL]
        told_why = bool(left) and all(task.message for task in left)
        return quiet > (self._patience if told_why else self._patience * WITHOUT_REASON)


class Control:
    """Reconnects by itself once the job is open. All methods belong to the thread of the run."""

    def __init__(
        self,
        server: Server,
        token: str,
        *,
        give_up_after: float,
        silence_limit: float,
        patience: float,
        wait: Callable[[float], bool],
        line: Line = DIRECT,
    ) -> None:
        """
        Args:
            patience: seconds for which a delivery may stand still before we stop watching it.
            wait: waits so many seconds, returns at once and True when the user said stop.
        """
        self._server = server
        self._token = token
        self._give_up_after = give_up_after
        self._silence_limit = silence_limit
        self._line = line
        self._wait = wait
        self._patience = patience
        self._connection: Connection | None = None
        self._job: OpenJob | None = None
        self.tasks: Tasks | None = None

    def _connect(self) -> tuple[Connection, Welcome]:
        self._connection, welcome = introduced(
            self._server, self._token, line=self._line, silence_limit=self._silence_limit
        )
        return self._connection, welcome

    def sign_in(self, before: EarlySignIn | None = None) -> Welcome:
        """Raises LineError. before: whose connection serves, if it is there yet."""
        taken = None if before is None else before.take()
        if taken is not None:
            self._connection, welcome = taken
            return welcome
        _, welcome = self._connect()
        return welcome

    @property
    def best_digest(self) -> DigestName:
        """The fastest algorithm for digests that both ends know."""
        assert self._connection is not None  # noqa: S101 -- sign_in comes first
        return self._connection.client.best_digest

    def job_states(self) -> dict[str, str]:
        """State of the user's newest jobs, by their ids. Raises LineError, JobRefused."""
        assert self._connection is not None  # noqa: S101 -- sign_in comes first
        self._connection.client.list_jobs(NEWEST)
        return {info.job: info.state for info in self._connection.ask(Jobs).jobs}

    def open_job(self, job: OpenJob) -> JobOpened:
        """Raises LineError, JobRefused."""
        assert self._connection is not None  # noqa: S101 -- sign_in comes first
        opened = self._connection.open_job(job)
        self._job = job
        self._connection.client.watch(job.job)
        self._connection.flush()
        return opened

    def listen(self) -> bool:
        """Take what the receiver tells meanwhile, without waiting; returns whether the tasks changed.

        A lost connection is not missed before it is needed.
        """
        if self._connection is None:
            return False
        try:
            return self._take(self._connection, 0.0)
        except LineError:
            self.close()
            return False

    def _take(self, connection: Connection, timeout: float) -> bool:
        changed = False
        for event in connection.receive(timeout):
            if isinstance(event, Tasks):
                changed = changed or event != self.tasks
                self.tasks = event
        return changed

    def finish(self, counts: Counts) -> JobFinished:
        """Tell the receiver that everything was sent; connects again as often as needed.

        Raises:
            LineError: no connection for too long, or one that can't be mended.
            JobRefused: the receiver counts otherwise.
            Stopped: the user said so.
        """

        def ask(connection: Connection) -> JobFinished:
            connection.client.finish(counts)
            return connection.ask(JobFinished)

        return self._persist(ask, open_job=True)

    def watch(self, on_change: Callable[[Tasks], None], *, until: float | None) -> bool:
        """Follow the tasks until all are final, or the destination is not taking what is left.

        Args:
            until: time (monotonic) at which to stop all the same.

        Returns:
            Whether all are final.

        Raises: as ``finish``.
        """

        def follow(connection: Connection) -> bool:
            if self._job is not None:
                connection.client.watch(self._job.job)
                connection.flush()
            quiet = Quiet(self._patience, time.monotonic())
            while not self._wait(0.0):
                now = time.monotonic()
                if self._take(connection, LOOK) and self.tasks is not None:
                    quiet.look(self.tasks, now)
                    on_change(self.tasks)
                if self.tasks is not None and is_final(self.tasks):
                    return True
                if (until is not None and now > until) or (self.tasks is not None and quiet.is_stuck(self.tasks, now)):
                    return False
            raise Stopped

        return self._persist(follow, open_job=False)

    def _persist(self, action: Callable[[Connection], Result], *, open_job: bool) -> Result:
        """Do it on the open connection, or on a new one, again and again while the line is bad."""
        outage = Outage(clock())
        attempt = 0
        while True:
            try:
                connection = self._connection
                if connection is None:
                    connection, _ = self._connect()
                    outage.end(clock())
                    if open_job and self._job is not None:
                        connection.open_job(self._job)
                return action(connection)
            except LineError as error:
                self.close()
                attempt += 1
                if not error.retriable or outage.seconds(clock()) > self._give_up_after:
                    raise
                if pause(back_off(attempt), self._wait):
                    raise Stopped from None

    def cancel(self, job: str) -> bool:
        """Give the job up at the receiver; returns whether it could be told."""
        try:
            connection = self._connection
            if connection is None:
                connection, _ = self._connect()
            connection.client.cancel(job)
            until = time.monotonic() + CANCEL_TIMEOUT
            while True:  # what was told before of the same job may be on its way still
                self.tasks = connection.ask(Tasks, until - time.monotonic())
                if self.tasks.state not in UNDER_WAY:
                    return True
        except (LineError, JobRefused):
            return False

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def already_finished(error: JobRefused) -> bool:
    """Whether the answer to ``finish`` was lost, and the job is finished all the same."""
    return error.code == RefusalCode.JOB_CLOSED
