"""The journal's last note about a job: tried again, told if it can't be written, and made up for by the next run."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.transfer import control
from adit_uploader.transfer.errors import JournalError, JournalUnusable
from adit_uploader.transfer.journal import InstanceState, JobState, Journal
from adit_uploader.transfer.last_notes import persist
from adit_uploader.transfer.problems import NOT_NOTED, NOT_TOLD
from adit_uploader.transfer.receipt import RunState
from adit_uploader.transfer.upload import Upload
from tests.transfer.small_receiver import TOKEN, SmallReceiver
from tests.transfer.studies import plan_of, write_studies

pytestmark = pytest.mark.usefixtures("threaded")


def upload(folder: Path, receiver: SmallReceiver, home: Path, **options: Any) -> Upload:
    values: dict[str, Any] = {"journal": home / "journal.sqlite", "lanes": 1, "note_patience": 0.3} | options
    return Upload(plan_of(folder), receiver, TOKEN, **values)


def run_sql(home: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(home / "journal.sqlite", timeout=120)) as database:
        database.execute(statement)
        database.commit()


def no_more_notes_of_jobs(home: Path) -> Callable[[], None]:
    """From now on the database refuses to change a job, whoever asks for it."""
    return lambda: run_sql(
        home, "CREATE TRIGGER stuck BEFORE UPDATE ON jobs BEGIN SELECT RAISE(ABORT, 'the disk says no'); END"
    )


def notes_of_jobs_again(home: Path) -> None:
    run_sql(home, "DROP TRIGGER stuck")


def a_day_passes(home: Path) -> None:
    run_sql(home, "UPDATE jobs SET created = created - 86401")


def states(home: Path) -> dict[str, JobState]:
    with Journal(home / "journal.sqlite") as journal:
        return {row.job: row.state for row in journal.jobs()}


def test_it_is_tried_again_until_it_is_written(
    receiver: SmallReceiver, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.on_finish = no_more_notes_of_jobs(tmp_path)
    run = upload(folder, receiver, tmp_path, note_patience=600.0)
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        if receiver.finished and seconds >= 0.1:
            waited.append(seconds)
            if len(waited) == 2:
                notes_of_jobs_again(tmp_path)
            return False
        return stop.wait(seconds)

    stop = threading.Event()
    monkeypatch.setattr(run._stop, "wait", wait)
    receipt = run.run()
    assert waited == [0.1, 0.2]
    assert receipt.complete
    assert states(tmp_path) == {receipt.job: JobState.FINISHED}


def test_if_it_cant_be_written_the_receipt_says_so(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    receiver.on_finish = no_more_notes_of_jobs(tmp_path)
    receipt = upload(folder, receiver, tmp_path).run()
    assert receipt.problem == NOT_NOTED
    assert not receipt.complete  # and so the command's exit status is not 0
    assert receipt.state is RunState.FINISHED
    assert receipt.counts.delivered == receipt.counts.found == 12
    assert states(tmp_path) == {receipt.job: JobState.OPEN}


def test_the_same_upload_closes_it_and_sends_nothing(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    receiver.on_finish = no_more_notes_of_jobs(tmp_path)
    first = upload(folder, receiver, tmp_path).run()
    receiver.on_finish = lambda: None
    notes_of_jobs_again(tmp_path)
    begun = len(receiver.begun)
    second = upload(folder, receiver, tmp_path).run()
    assert second.complete
    assert second.job == first.job
    assert len(receiver.begun) == begun
    assert states(tmp_path) == {first.job: JobState.FINISHED}


def test_any_other_upload_a_day_later_closes_it(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    receiver.on_finish = no_more_notes_of_jobs(tmp_path)
    first = upload(folder, receiver, tmp_path).run()
    receiver.on_finish = lambda: None
    notes_of_jobs_again(tmp_path)
    a_day_passes(tmp_path)
    other = upload(write_studies(tmp_path / "other", patients=1), receiver, tmp_path).run()
    assert other.complete
    assert states(tmp_path) == {first.job: JobState.FINISHED, other.job: JobState.FINISHED}
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert journal.counts(first.job) == {InstanceState.DELIVERED: 12}


def test_one_that_was_delivered_while_nobody_watched_is_closed_a_day_later(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    first = upload(folder, receiver, tmp_path, wait_for_delivery=False).run()
    a_day_passes(tmp_path)
    other = upload(write_studies(tmp_path / "other", patients=1), receiver, tmp_path).run()
    assert states(tmp_path) == {first.job: JobState.FINISHED, other.job: JobState.FINISHED}


def test_what_is_under_way_there_stays_open(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    run = upload(folder, receiver, tmp_path)
    receiver.on_store = lambda uid: run.pause()
    cut = run.run()
    receiver.on_store = lambda uid: None
    a_day_passes(tmp_path)
    other = upload(write_studies(tmp_path / "other", patients=1), receiver, tmp_path).run()
    assert states(tmp_path) == {cut.job: JobState.OPEN, other.job: JobState.FINISHED}
    assert upload(folder, receiver, tmp_path).run().job == cut.job


def test_another_upload_on_the_same_day_leaves_it_to_be_gone_on_with(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    first = upload(folder, receiver, tmp_path, wait_for_delivery=False).run()
    upload(write_studies(tmp_path / "other", patients=1), receiver, tmp_path).run()
    begun = len(receiver.begun)
    assert upload(folder, receiver, tmp_path).run().job == first.job
    assert len(receiver.begun) == begun


def test_one_that_was_canceled_there_is_closed_as_canceled(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    first = upload(folder, receiver, tmp_path, wait_for_delivery=False).run()
    receiver.canceled.add(first.job)
    a_day_passes(tmp_path)
    upload(write_studies(tmp_path / "other", patients=1), receiver, tmp_path).run()
    assert states(tmp_path)[first.job] is JobState.CANCELED


def test_a_job_with_refusals_is_closed_though_the_first_try_fails(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    uid = next(plan_of(folder).instances()).sop_instance_uid
    receiver.refuse[uid] = (RefusalCode.FORBIDDEN_ELEMENT, 1)
    receiver.on_finish = no_more_notes_of_jobs(tmp_path)
    receipt = upload(folder, receiver, tmp_path, wait_for_delivery=False).run()
    assert receipt.problem == NOT_NOTED
    assert receipt.state is RunState.FINISHED
    assert receipt.counts.refused == 1


@pytest.mark.parametrize("heard", [True, False])
def test_a_cancel_that_cant_be_noted_is_told(
    receiver: SmallReceiver, folder: Path, tmp_path: Path, heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "CANCEL_TIMEOUT", 0.5)
    run = upload(folder, receiver, tmp_path)

    def cancel(uid: str) -> None:
        if not receiver.canceled and not run._stop.is_set():
            no_more_notes_of_jobs(tmp_path)()
            receiver.silent = not heard
            run.cancel()

    receiver.on_store = cancel
    receipt = run.run()
    assert receipt.state is RunState.CANCELED
    assert receipt.problem == (NOT_NOTED if heard else NOT_TOLD)


def test_it_is_not_tried_again_once_the_user_says_stop() -> None:
    tries: list[float] = []

    def fail() -> None:
        tries.append(0.0)
        raise JournalUnusable

    def stop(seconds: float) -> bool:
        tries.append(seconds)
        return True

    assert not persist(fail, stop, seconds=600.0)
    assert tries == [0.0, 0.1]


def test_a_journal_goes_on_after_a_commit_that_failed(folder: Path, tmp_path: Path) -> None:
    """SQLite may leave a transaction open whose commit failed: the next must not be refused because of it."""
    with Journal(tmp_path / "journal.sqlite") as journal:
        upload(folder, SmallReceiver(url="ws://127.0.0.1:1"), tmp_path).queue()
        (row,) = journal.jobs()
        run_sql(tmp_path, "CREATE TABLE other (job TEXT REFERENCES jobs DEFERRABLE INITIALLY DEFERRED)")
        run_sql(
            tmp_path,
            "CREATE TRIGGER late AFTER UPDATE ON jobs BEGIN INSERT INTO other VALUES ('no such job'); END",
        )
        with pytest.raises(JournalError):
            journal.close_job(row.job, JobState.FINISHED)
        run_sql(tmp_path, "DROP TRIGGER late")
        journal.close_job(row.job, JobState.FINISHED)
    assert states(tmp_path) == {row.job: JobState.FINISHED}
