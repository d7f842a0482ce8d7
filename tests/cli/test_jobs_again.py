"""Uploads once more from the command line, each time by a new run of the program: resume, wait, retry, cancel."""

import contextlib
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from adit_uploader.account.settings import journal_path, key_lists_dir
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.transfer.journal import JobState, Journal
from tests.cli.conftest import Run
from tests.transfer.small_receiver import SmallReceiver
from tests.transfer.studies import write_studies


@pytest.fixture
def at(receiver: SmallReceiver, token_file: Path) -> tuple[str | Path, ...]:
    """The options that lead to the server."""
    return "--server", receiver.origin, "--insecure-loopback", "--token-file", token_file


@pytest.fixture
def to(at: tuple[str | Path, ...]) -> tuple[str | Path, ...]:
    """The options of an upload."""
    return *at, "--destination", "Archive", "--mode", "internal", "--lanes", "1"


def cut_after(receiver: SmallReceiver, count: int) -> None:
    """The token is revoked when so many are stored."""

    def revoke(uid: str) -> None:
        if len(receiver.kept) == count:
            receiver.close_with = CloseCode.TOKEN
            receiver.cut_after = count

    receiver.on_store = revoke


def whole(receiver: SmallReceiver) -> None:
    receiver.close_with, receiver.cut_after = None, None
    receiver.on_store = lambda uid: None


def states() -> dict[str, JobState]:
    with Journal(journal_path()) as journal:
        return {row.job: row.state for row in journal.jobs()}


def test_an_upload_that_was_cut_goes_on_by_its_job(
    run: Run, receiver: SmallReceiver, studies: Path, to: tuple[str | Path, ...]
) -> None:
    cut_after(receiver, 2)
    assert run("upload", studies, *to).status == 1
    (job,) = states()
    done = run("jobs", "local")
    assert done.status == 0, done.err
    assert re.search(rf"{job} .* open ", done.out)
    whole(receiver)
    done = run("jobs", "resume", job)
    assert done.status == 0, done.err
    assert states() == {job: JobState.FINISHED}
    assert set(receiver.jobs) == {job}
    assert len([begin for begin in receiver.begun if (job, begin.sop_instance_uid) in receiver.kept]) >= 3
    done = run("jobs", "resume", job)
    assert done.status == 1
    assert "come to its end" in done.err
    assert "No upload" in run("jobs", "resume").out


def test_a_command_goes_on_where_it_was_typed(
    run: Run,
    receiver: SmallReceiver,
    studies: Path,
    to: tuple[str | Path, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(studies.parent)
    cut_after(receiver, 2)
    assert run("upload", studies.name, *to).status == 1
    whole(receiver)
    monkeypatch.chdir("/")
    assert run("jobs", "resume").status == 0
    assert Path.cwd() == Path("/")


def test_what_has_changed_in_between_is_not_taken_for_the_same(
    run: Run, receiver: SmallReceiver, studies: Path, to: tuple[str | Path, ...]
) -> None:
    cut_after(receiver, 2)
    run("upload", studies, *to)
    whole(receiver)
    stored = len(receiver.kept)
    next(studies.rglob("*.dcm")).unlink()
    done = run("jobs", "resume")
    assert done.status == 1
    assert "not the upload that was begun" in done.err
    assert len(receiver.kept) == stored
    shutil.rmtree(studies)
    assert run("jobs", "resume").status == 2  # the folder is not there: told as whenever it is typed
    assert set(states().values()) == {JobState.OPEN}


def test_uploads_wait_and_then_go_one_after_the_other(
    run: Run, receiver: SmallReceiver, tmp_path: Path, to: tuple[str | Path, ...]
) -> None:
    for number in (1, 2):
        folder = write_studies(tmp_path / f"folder{number}", patients=number, series=1, instances=2)
        done = run("upload", folder, *to, "--later")
        assert done.status == 0, done.err
        assert "jobs resume" in done.out
    assert not receiver.jobs
    waiting = states()
    assert list(waiting.values()) == [JobState.OPEN] * 2
    assert {path.stem for path in key_lists_dir().iterdir()} == set(waiting)
    done = run("jobs", "resume")
    assert done.status == 0, done.err
    assert list(receiver.jobs) == list(reversed(waiting))  # the oldest first
    assert set(states().values()) == {JobState.FINISHED}


def test_what_has_ended_meanwhile_is_closed_and_does_not_stop_the_others(
    run: Run, receiver: SmallReceiver, tmp_path: Path, to: tuple[str | Path, ...]
) -> None:
    for number in (1, 2):
        folder = write_studies(tmp_path / f"folder{number}", patients=number, series=1, instances=2)
        assert run("upload", folder, *to).status == 0
    stored = len(receiver.kept)
    with contextlib.closing(sqlite3.connect(journal_path())) as database:  # as if their ends could not be noted
        database.execute("UPDATE jobs SET state = 'open', created = created - 100000")
        database.commit()
    done = run("jobs", "resume")
    assert done.status == 0, done.err
    assert "meanwhile" in done.out
    assert set(states().values()) == {JobState.FINISHED}
    assert len(receiver.kept) == stored


def test_what_was_refused_is_sent_once_more_and_nothing_else(
    run: Run, receiver: SmallReceiver, studies: Path, to: tuple[str | Path, ...]
) -> None:
    refused: list[str] = []

    def refuse_another(uid: str) -> None:
        if not refused:
            refused.append(uid)

    receiver.on_store = refuse_another
    assert run("upload", studies, *to).status == 0
    (first,) = states()
    assert "Nothing of this upload was refused" in run("jobs", "retry", first).out
    receiver.refuse[refused[0]] = (RefusalCode.FORBIDDEN_ELEMENT, 1)
    assert run("upload", studies, *to).status == 1
    second = next(job for job in states() if job != first)
    done = run("jobs", "retry", second)
    assert done.status == 0, done.err
    third = next(job for job in states() if job not in (first, second))
    assert list(receiver.stored(third)) == refused
    assert len(receiver.stored(second)) == len(receiver.stored(first)) - 1


def test_an_upload_is_given_up_after_a_restart(
    run: Run, receiver: SmallReceiver, studies: Path, at: tuple[str | Path, ...], to: tuple[str | Path, ...]
) -> None:
    cut_after(receiver, 2)
    run("upload", studies, *to)
    whole(receiver)
    (job,) = states()
    done = run("jobs", "cancel", job, *at)
    assert done.status == 0, done.err
    assert receiver.canceled == {job}
    assert states() == {job: JobState.CANCELED}
    assert list(key_lists_dir().iterdir())  # the key list is the user's


@pytest.mark.parametrize("words", [("cancel",), ("retry",), ("local", "0" * 32), ("0" * 32, "1" * 32), ("resume", "x")])
def test_words_that_make_no_sense_are_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    assert run("jobs", *words).status == 2


def test_a_job_that_nobody_knows_is_told(run: Run) -> None:
    assert run("jobs", "local").status == 0
    done = run("jobs", "resume", "0" * 32)
    assert done.status == 1
    assert "jobs local" in done.err


def test_mode_none_is_asked_about_each_time(
    run: Run, receiver: SmallReceiver, studies: Path, at: tuple[str | Path, ...]
) -> None:
    cut_after(receiver, 2)
    run("upload", studies, *at, "--destination", "Archive", "--mode", "none", "--yes-send-identified")
    whole(receiver)
    stored = len(receiver.kept)
    assert stored
    done = run("jobs", "resume")
    assert done.status == 2
    assert "was not confirmed" in done.err
    assert len(receiver.kept) == stored
