"""The journal's file: what survives, who may read it, and other versions of it."""

import sqlite3
import stat
from pathlib import Path

import pytest

from adit_uploader.transfer.errors import JournalTooNew, JournalUnusable
from adit_uploader.transfer.journal import MIGRATIONS, InstanceState, JobState, Journal, NewInstance, Note

ROWS = [NewInstance(number, f"2.25.{number}", "2.25.9", f"/x/{number}", None, 10, 1) for number in range(3)]


def begin(journal: Journal, job: str = "j", fingerprint: str = "f") -> None:
    journal.begin(
        job,
        fingerprint=fingerprint,
        server="wss://s:443",
        destination="Archive",
        mode="internal",
        profile="research",
        program="test",
        instances=ROWS,
    )


def test_a_job_that_was_not_finished_is_found_again(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite") as journal:
        begin(journal)
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert journal.open_job("f") == "j"
        assert journal.open_job("another") is None
        journal.close_job("j", JobState.FINISHED)
        assert journal.open_job("f") is None
        assert [row.state for row in journal.jobs()] == [JobState.FINISHED]


def test_states_digests_and_attempts_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        begin(journal)
        journal.note("j", [Note(0, InstanceState.SENT, "ab" * 32), Note(1, InstanceState.REFUSED, code="x")])
        journal.note("j", [Note(0, InstanceState.SENT, "cd" * 32), Note(0, InstanceState.STORED)])
        journal.delivered("j", ["2.25.9"])
        assert journal.counts("j") == {InstanceState.DELIVERED: 1, InstanceState.REFUSED: 1, InstanceState.FOUND: 1}
        assert journal.digests("j") == {0: "cd" * 32}
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT number, attempts, code FROM instances ORDER BY number").fetchall()
    database.close()
    assert rows == [(0, 2, ""), (1, 0, "x"), (2, 0, "")]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "journal.sqlite"
    with Journal(path) as journal:
        begin(journal)
        for file in path.parent.iterdir():  # the write-ahead log too
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal(path):
        pass
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    database.close()
    before = path.read_bytes()
    with pytest.raises(JournalTooNew):
        Journal(path)
    assert path.read_bytes() == before


def test_what_is_no_journal_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(JournalUnusable):
        Journal(path)
    with pytest.raises(JournalUnusable):
        Journal(path / "below" / "a file")


def test_a_job_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite") as journal:
        begin(journal)
        with pytest.raises(JournalUnusable):
            begin(journal)
        begin(journal, "k")
        assert sum(journal.counts("j").values()) == 3
