"""Uploads of this computer once more: those that were cut, paused or queued, and what was refused of others."""

import argparse
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from adit_uploader.account.settings import journal_path
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.transfer.errors import TransferError
from adit_uploader.transfer.journal import JobRow, JobState, Journal
from adit_uploader.transfer.notes import InstanceState

from .errors import ExitStatus, NotDone
from .terminal import Terminal

_STATES = {JobState.OPEN: "open", JobState.FINISHED: "finished", JobState.CANCELED: "canceled"}
_MODE_NONE_IS_ASKED_AGAIN = "--yes-send-identified"


class Request(msgspec.Struct, frozen=True):
    """What was typed, and where. refused_of: only what was refused of this job."""

    folder: str
    words: tuple[str, ...]
    refused_of: str = ""


def request_of(words: Sequence[str], refused_of: str = "") -> str:
    """What the journal keeps of a command line. It holds no token and no key: there is no option for them."""
    return msgspec.json.encode(Request(str(Path.cwd()), tuple(words), refused_of)).decode()


def only_refused(inventory: Inventory, job: str) -> Inventory:
    """What was refused of a job, as far as it is still there."""
    with Journal(journal_path()) as journal:
        refused = journal.refused(job)
    return inventory.only(lambda one: (str(one.location.path), one.location.member) in refused)


def go_on(terminal: Terminal, jobs: Sequence[str]) -> int:
    """Go on with these jobs, or with all that are open, oldest first, one after the other.

    Raises:
        NotDone: there is no such job, or it can't go on from the command line.
    """
    known = [_job(job) for job in jobs] if jobs else [row for row in reversed(_rows()) if row.state is JobState.OPEN]
    if not known:
        terminal.say("No upload of this computer is open.")
    status = int(ExitStatus.DONE)
    for row in known:
        if row.state is not JobState.OPEN:
            raise NotDone("This upload has come to its end", f"Job {row.job} is {_STATES[row.state]}.")
        if not jobs and _request(row) is None:
            terminal.warn(f"Job {row.job} was made in the window; go on with it there.")
            continue
        if _job(row.job).state is not JobState.OPEN:  # one of those before has found it delivered
            terminal.say(f"Job {row.job} has come to its end at the server meanwhile.")
            continue
        terminal.note(f"Job {row.job} of {_moment(row.created)}")
        try:
            status = max(status, _run(row, resume_job=row.job))
        except TransferError as error:  # the others may go
            terminal.problem(error.title, error.message)
            status = int(ExitStatus.NOT_DONE)
    return status


def send_refused(terminal: Terminal, job: str) -> int:
    """Send what was refused of a job once more, as a new job.

    Raises: as ``go_on``.
    """
    row = _job(job)
    if row.state is JobState.OPEN:
        raise NotDone(
            "This upload is still open", f"Go on with it: adit-uploader jobs resume {job}. Refused files come with it."
        )
    with Journal(journal_path()) as journal:
        refused = bool(journal.refused(job))
    if not refused:
        terminal.say("Nothing of this upload was refused.")
        return ExitStatus.DONE
    return _run(row, refused_of=row.job)


def show_local(terminal: Terminal) -> None:
    """All uploads that this computer's journal knows, newest first."""
    with Journal(journal_path()) as journal:
        rows = journal.jobs()
        counts = {row.job: journal.counts(row.job) for row in rows}
    if not rows:
        terminal.say("No uploads yet.")
        return
    terminal.table(
        ("Job", "Created", "State", "Mode", "Server", "Destination", "Images", "Stored", "Refused", "Held"),
        [
            (
                row.job,
                _moment(row.created),
                _STATES[row.state],
                row.mode,
                row.server,
                row.destination,
                str(sum(counts[row.job].values())),
                str(_number(counts[row.job], InstanceState.STORED, InstanceState.DELIVERED)),
                str(_number(counts[row.job], InstanceState.REFUSED)),
                str(_number(counts[row.job], InstanceState.HELD)),
            )
            for row in rows
        ],
        numbers=("Images", "Stored", "Refused", "Held"),
    )


def close_local(job: str) -> bool:
    """The journal need not go on with it: it was canceled. Returns whether it was open here."""
    if not any(row.job == job and row.state is JobState.OPEN for row in _rows()):
        return False
    with Journal(journal_path()) as journal:
        journal.close_job(job, JobState.CANCELED)
    return True


def _number(counts: dict[InstanceState, int], *states: InstanceState) -> int:
    return sum(counts.get(state, 0) for state in states)


def _rows() -> tuple[JobRow, ...]:
    if not journal_path().exists():
        return ()
    with Journal(journal_path()) as journal:
        return journal.jobs()


def _job(job: str) -> JobRow:
    for row in _rows():
        if row.job == job:
            return row
    raise NotDone(
        "This upload is not known here", f"This computer's journal has no job {job}; see: adit-uploader jobs local."
    )


def _request(row: JobRow) -> Request | None:
    """What was typed; None of an upload that was made in the window."""
    try:
        return msgspec.json.decode(row.request, type=Request)
    except msgspec.MsgspecError:
        return None


def _moment(seconds: float) -> str:
    """Local time, to the minute."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _run(row: JobRow, *, resume_job: str = "", refused_of: str = "") -> int:
    """Raises: NotDone, and what ``upload`` raises."""
    from . import upload  # noqa: PLC0415 - it remembers its request by this module

    request = _request(row)
    if request is None:
        raise NotDone("This upload was made in the window", f"Go on with job {row.job} there: see its list of jobs.")
    if not Path(request.folder).is_dir():
        raise NotDone("A folder is not there any more", f"Job {row.job} was begun in {request.folder}.")
    words = [word for word in request.words if word != _MODE_NONE_IS_ASKED_AGAIN]
    parser = argparse.ArgumentParser(prog=f"job {row.job}")
    upload.register(parser.add_subparsers())
    given = argparse.Namespace(
        words=request.words, resume_job=resume_job, refused_of=refused_of or request.refused_of, zygote=None
    )
    with contextlib.chdir(request.folder):
        return upload.run(parser.parse_args(["upload", *words], given))
