"""The jobs that this computer knows, from its journal and its key lists."""

import os
from collections.abc import Callable, Collection
from pathlib import Path

from adit_uploader.account.errors import SettingsError
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import journal_path, key_lists_dir
from adit_uploader.desktop.job_values import LocalJob
from adit_uploader.transfer.errors import JobRefused
from adit_uploader.transfer.jobs import cancel_job
from adit_uploader.transfer.journal import JobRow, JobState, Journal
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.notes import InstanceState


class StoredJobs:
    """All methods block, and open the journal for themselves: they may be called in any thread."""

    def __init__(self, line_to: Callable[[ServerAddress], Line]) -> None:
        self._line_to = line_to

    def local(self) -> tuple[LocalJob, ...]:
        """The journal's jobs, newest first.

        Raises:
            JournalError: the journal can't be read.
        """
        if not journal_path().exists():
            return ()
        with Journal(journal_path()) as journal:
            return tuple(self._local(journal, row) for row in journal.jobs())

    def _local(self, journal: Journal, row: JobRow) -> LocalJob:
        counts = journal.counts(row.job)
        stored = counts.get(InstanceState.STORED, 0) + counts.get(InstanceState.DELIVERED, 0)
        held = counts.get(InstanceState.HELD, 0)
        return LocalJob(
            job=row.job,
            created=row.created,
            server=row.server,
            destination=row.destination,
            mode=row.mode,
            state=row.state.value,
            images=sum(counts.values()) - held,
            stored=stored,
            delivered=counts.get(InstanceState.DELIVERED, 0),
            refused=counts.get(InstanceState.REFUSED, 0),
            held=held,
            folder=common_folder([path for path, _ in journal.places(row.job)]),
            key_list=_key_list(row.job).exists(),
            saved=row.key_list_saved,
            request=row.request,
        )

    def places(self, job: str) -> frozenset[tuple[str, str | None]]:
        """Path and archive member of everything that was to be sent. Raises JournalError."""
        with Journal(journal_path()) as journal:
            return journal.places(job)

    def is_job_of(self, job: str, fingerprint: str) -> bool:
        """Whether a plan with this fingerprint goes on with the job. Raises JournalError."""
        with Journal(journal_path()) as journal:
            return journal.open_job(fingerprint) == job

    def key_list_saved(self, job: str) -> None:
        """Note that the user has the key list outside of the program. Raises JournalError."""
        if job:
            with Journal(journal_path()) as journal:
                journal.key_list_saved(job)

    def delete(self, job: str) -> None:
        """Delete what this computer knows of a job, its key list too. Raises JournalError, SettingsError."""
        try:
            _key_list(job).unlink(missing_ok=True)
        except OSError as error:
            raise SettingsError("Local traces can't be deleted", f"{error.filename}: {error.strerror}.") from None
        with Journal(journal_path()) as journal:
            journal.forget(job)

    def give_up(self, server: ServerAddress, token: str, job: str) -> None:
        """Nothing more of it is delivered. Raises LineError, JournalError; JobRefused where nobody knows it."""
        with Journal(journal_path()) as journal:
            here = any(row.job == job and row.state is JobState.OPEN for row in journal.jobs())
            try:
                cancel_job(server, token, job, line=self._line_to(server))
            except JobRefused:
                if not here:
                    raise  # the server does not have it, and neither do we
            if here:
                journal.close_job(job, JobState.CANCELED)


def _key_list(job: str) -> Path:
    return key_lists_dir() / f"{job}.csv"


def common_folder(paths: Collection[str]) -> str:
    """The folder in which all of these lie; '' where there is none."""
    try:
        return os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120 - paths of any machine
    except ValueError:
        return ""
