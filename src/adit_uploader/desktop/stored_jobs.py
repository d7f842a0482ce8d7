"""The jobs that this computer knows: journal, key lists and receipts; and those that the server knows."""

import os
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from adit_uploader.account.errors import SettingsError
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import data_dir, journal_path, key_lists_dir, make_private
from adit_uploader.desktop.job_values import LocalJob, StudyResult
from adit_uploader.protocol.messages import JobInfo, Tasks
from adit_uploader.pseudonyms.key_list import read_key_list, write_key_list
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.pseudonyms.private_file import write_private
from adit_uploader.transfer.errors import JobRefused
from adit_uploader.transfer.jobs import cancel_job, follow_jobs
from adit_uploader.transfer.journal import JobRow, JobState, Journal
from adit_uploader.transfer.kept_receipt import receipt_of
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.notes import InstanceState
from adit_uploader.transfer.receipt import Receipt


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
            receipt=_receipt(row.job).exists(),
            request=row.request,
        )

    def keep_receipt(self, receipt: Receipt) -> None:
        """Write it beside the key list. What can't be written costs nothing else: the window has it still."""
        if not receipt.job:
            return
        with suppress(OSError, SettingsError):
            make_private(_receipt(receipt.job).parent)
            write_private(_receipt(receipt.job), receipt.to_json(include_patient_ids=True).encode())

    def receipt(self, job: str) -> Receipt | None:
        try:
            return receipt_of(_receipt(job).read_text(encoding="utf-8"))
        except OSError:
            return None

    def studies(self, job: str) -> tuple[StudyResult, ...]:
        """Raises JournalError."""
        with Journal(journal_path()) as journal:
            return tuple(
                StudyResult(
                    study,
                    sum(counts.values()) - counts.get(InstanceState.HELD, 0),
                    counts.get(InstanceState.STORED, 0) + counts.get(InstanceState.DELIVERED, 0),
                    counts.get(InstanceState.DELIVERED, 0),
                    counts.get(InstanceState.REFUSED, 0),
                )
                for study, counts in journal.studies(job).items()
            )

    def places(self, job: str) -> frozenset[tuple[str, str | None]]:
        """Path and archive member of everything that was to be sent. Raises JournalError."""
        with Journal(journal_path()) as journal:
            return journal.places(job)

    def refused(self, job: str) -> frozenset[tuple[str, str | None]]:
        """Path and archive member of everything that was refused. Raises JournalError."""
        with Journal(journal_path()) as journal:
            return journal.refused(job)

    def is_job_of(self, job: str, fingerprint: str) -> bool:
        """Whether a plan with this fingerprint goes on with the job. Raises JournalError."""
        with Journal(journal_path()) as journal:
            return journal.open_job(fingerprint) == job

    def key_list_saved(self, job: str) -> None:
        """Note that the user has the key list outside of the program. Raises JournalError."""
        if job:
            with Journal(journal_path()) as journal:
                journal.key_list_saved(job)

    def save_key_list(self, job: str, mode: str, path: Path) -> None:
        """Write the key list once more, as CSV or Excel. Raises KeyListError, JournalError."""
        write_key_list(read_key_list(_key_list(job), Mode(mode)), path)
        self.key_list_saved(job)

    def delete(self, job: str) -> None:
        """Delete what this computer knows of a job, its key list too. Raises JournalError, SettingsError."""
        try:
            _receipt(job).unlink(missing_ok=True)
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

    def follow(
        self,
        server: ServerAddress,
        token: str,
        tell: Callable[[tuple[JobInfo, ...], Tasks | None], None],
        *,
        chosen: Callable[[], str],
        stop: Callable[[], bool],
    ) -> None:
        """The server's jobs until ``stop()``. Raises LineError."""
        follow_jobs(server, token, tell, chosen=chosen, stop=stop, line=self._line_to(server))


def _key_list(job: str) -> Path:
    return key_lists_dir() / f"{job}.csv"


def _receipt(job: str) -> Path:
    return data_dir() / "receipts" / f"{job}.json"


def common_folder(paths: Collection[str]) -> str:
    """The folder in which all of these lie; '' where there is none."""
    try:
        return os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120 - paths of any machine
    except ValueError:
        return ""
