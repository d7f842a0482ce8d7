"""The jobs that this computer knows, from its journal and its key lists."""

import os
from collections.abc import Callable, Collection
from pathlib import Path

from adit_uploader.account.errors import SettingsError
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import journal_path, key_lists_dir
from adit_uploader.desktop.job_values import LocalJob
from adit_uploader.filled import Filled, system_says
from adit_uploader.protocol.messages import JobInfo, Tasks
from adit_uploader.pseudonyms.key_list import KeyList, read_key_list
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import JobRefused, JobRunsElsewhere
from adit_uploader.transfer.journal import JobRow, JobState, Journal
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.notes import InstanceState
from adit_uploader.transfer.receipt import Receipt
from adit_uploader.transfer.receipt_file import receipt_of
from adit_uploader.transfer.running import is_running


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
            folder=common_folder(journal.bounds(row.job)),
            key_list=_key_list(row.job).exists(),
            saved=row.key_list_saved,
            request=row.request,
            running=is_running(journal_path(), row.job),
            receipt=row.has_receipt,
        )

    def places(self, job: str) -> frozenset[tuple[str, str | None]]:
        """Path and archive member of everything that was to be sent. Raises JournalError."""
        with Journal(journal_path()) as journal:
            return journal.places(job)

    def failed(self, job: str, studies: Collection[str]) -> frozenset[tuple[str, str | None]]:
        """Path and archive member of what was refused, and of all of these studies (new UIDs). Raises JournalError."""
        with Journal(journal_path()) as journal:
            return journal.failed(job, studies)

    def studies_sent(self, server: ServerAddress, account: str) -> dict[str, float]:
        """Studies (new UIDs) that were sent to a server before by this user, and when. Raises JournalError."""
        if not journal_path().exists():
            return {}
        with Journal(journal_path()) as journal:
            return journal.studies_sent(server.key, account)

    def key_list(self, job: str) -> KeyList:
        """The key list as it was written for the job. Raises KeyListError where there is none."""
        with Journal(journal_path()) as journal:
            mode = next((Mode(row.mode) for row in journal.jobs() if row.job == job), Mode.INTERNAL)
        return read_key_list(_key_list(job), mode)

    def receipt(self, job: str) -> Receipt | None:
        """The receipt of the job's latest run. Raises JournalError."""
        with Journal(journal_path()) as journal:
            return receipt_of(journal.receipt(job))

    def follow(
        self,
        server: ServerAddress,
        token: str,
        *,
        chosen: Callable[[], str],
        on_jobs: Callable[[tuple[JobInfo, ...]], None],
        on_tasks: Callable[[Tasks], None],
        stop: Callable[[], bool],
    ) -> bool:
        """See ``transfer.jobs.follow_jobs``. Raises LineError."""
        from adit_uploader.transfer.jobs import follow_jobs  # noqa: PLC0415 - the window starts without the wire

        return follow_jobs(
            server,
            token,
            chosen=chosen,
            on_jobs=on_jobs,
            on_tasks=on_tasks,
            stop=stop,
            line=self._line_to(server),
        )

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
        """Delete what this computer knows of a job, its key list too.

        Raises:
            JobRunsElsewhere: it is being sent.
            JournalError, SettingsError: it can't be deleted.
        """
        if is_running(journal_path(), job):
            raise JobRunsElsewhere
        try:
            _key_list(job).unlink(missing_ok=True)
        except OSError as error:
            why = Filled(
                "{path}: {why}. Check the rights of the program's data folder, then try again.",
                path=str(error.filename),
                why=system_says(error),
            )
            raise SettingsError("Local traces can't be deleted", why) from None
        with Journal(journal_path()) as journal:
            journal.forget(job)

    def give_up(self, server: ServerAddress, token: str, job: str) -> None:
        """Nothing more of it is delivered. Raises LineError, JournalError; JobRefused where nobody knows it."""
        from adit_uploader.transfer.jobs import cancel_job  # noqa: PLC0415 - see above

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
