"""The journal's file: what survives, who may read it, and other versions of it."""

import errno
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from adit_uploader.transfer import journal as journal_module
from adit_uploader.transfer.errors import JournalFull, JournalTooNew, JournalUnusable
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
        database.execute("PRAGMA journal_mode=DELETE")  # it may keep its file in another way, too
        database.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    database.close()
    before = path.read_bytes()
    with pytest.raises(JournalTooNew):
        Journal(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


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


def older_journal(path: Path, version: int) -> None:
    """As a program of this version leaves it, with a job."""
    with sqlite3.connect(path) as database:
        for step in MIGRATIONS[:version]:
            for statement in step:
                database.execute(statement)
        database.execute(f"PRAGMA user_version={version}")
        database.execute(
            "INSERT INTO jobs (job, fingerprint, server, destination, mode, profile, state, created, changed, program) "
            "VALUES ('j', 'f', 's', 'A', 'internal', 'research', 'open', 1.0, 2.0, 'old')"
        )
        database.execute(
            "INSERT INTO instances (job, number, sop_instance_uid, study_instance_uid, path, size, modified_ns, state) "
            "VALUES ('j', 0, '2.25.1', '2.25.9', '/x/0', 10, 1, 'stored')"
        )
    database.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_journal_of_an_older_version_goes_on(tmp_path: Path, version: int) -> None:
    path = tmp_path / "journal.sqlite"
    older_journal(path, version)
    with Journal(path) as journal:
        assert journal.open_job("f") == "j"
        assert journal.counts("j") == {InstanceState.STORED: 1}
        assert journal.jobs()[0].request == ""
        assert journal.digest_of("j", "blake3") == "sha256"
        begin(journal, "k", "g")
    with Journal(path) as journal:
        assert [row.job for row in journal.jobs()] == ["k", "j"]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_an_older_program_leaves_the_journal_of_this_one_alone(
    tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        begin(journal)
    before = path.read_bytes()
    monkeypatch.setattr(journal_module, "MIGRATIONS", MIGRATIONS[:version])
    with pytest.raises(JournalTooNew) as caught:
        Journal(path)
    assert "newer version" in caught.value.title
    assert path.read_bytes() == before
    monkeypatch.undo()
    with Journal(path) as journal:
        assert journal.open_job("f") == "j"


def test_jobs_that_came_to_their_end_expire_and_leave_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        for job in ("open", "finished", "canceled"):
            begin(journal, job, job)
        journal.close_job("finished", JobState.FINISHED)
        journal.close_job("canceled", JobState.CANCELED)
        assert journal.expire(0.0) == 0
        journal.begin(
            "named",
            fingerprint="named",
            server="s",
            destination="A",
            mode="internal",
            profile="research",
            program="test",
            instances=[NewInstance(0, "2.25.1", "2.25.9", "/data/Moehrenfeld^Aenne/1.dcm", None, 10, 1)],
        )
        journal.close_job("named", JobState.FINISHED)
    assert b"Moehrenfeld" in path.read_bytes()
    with Journal(path) as journal:
        assert journal.expire(2e10) == 3
        assert [row.job for row in journal.jobs()] == ["open"]
        assert sum(journal.counts("open").values()) == 3
        assert not journal.counts("named")
    assert b"Moehrenfeld" not in path.read_bytes()


def test_what_was_refused_is_known_by_its_place(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite") as journal:
        begin(journal)
        journal.note("j", [Note(1, InstanceState.REFUSED, code="x"), Note(2, InstanceState.STORED)])
        assert journal.refused("j") == {("/x/1", None)}


def test_a_careless_umask_opens_nothing_to_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Journal(tmp_path / "data" / "journal.sqlite") as journal:
            begin(journal)
            modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "data").iterdir()}
    finally:
        os.umask(before)
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_full_disk_is_said_to_be_full_and_nothing_is_half_written(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite") as journal:
        begin(journal)
        (pages,) = journal._database.execute("PRAGMA page_count").fetchone()
        journal._database.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(JournalFull) as caught:
            begin(journal, "k", "x" * 100_000)
        assert "Make room" in caught.value.message
        journal._database.execute("PRAGMA max_page_count=1000000")
        assert [row.job for row in journal.jobs()] == ["j"]
        begin(journal, "k", "x" * 100_000)


def test_a_disk_without_room_for_a_new_journal_is_said_to_be_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal_module.os, "open", full)
    with pytest.raises(JournalFull):
        Journal(tmp_path / "new" / "journal.sqlite")
