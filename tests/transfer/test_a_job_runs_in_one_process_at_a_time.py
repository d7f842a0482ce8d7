"""A job that is being sent is locked for everybody else, and free at once when its process is killed."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adit_uploader.transfer.errors import JobRunsElsewhere
from adit_uploader.transfer.journal import JobState, Journal
from adit_uploader.transfer.running import Claim, is_running
from adit_uploader.transfer.upload import Upload
from tests.transfer.small_receiver import TOKEN, SmallReceiver
from tests.transfer.studies import plan_of

JOB = "1" * 32
OTHER = """
import sys
from pathlib import Path
from adit_uploader.transfer.running import Claim
with Claim(Path(sys.argv[1])) as claim:
    claim.take(sys.argv[2])
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(journal: Path, job: str) -> Iterator["subprocess.Popen[str]"]:
    """Holds the job until its input ends."""
    command = [sys.executable, "-c", OTHER, str(journal), job]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


def test_what_another_process_holds_can_t_be_taken_and_a_kill_frees_it(journal: Path) -> None:
    with another_process(journal, JOB) as other, Claim(journal) as claim:
        assert is_running(journal, JOB)
        assert not is_running(journal, "2" * 32)
        with pytest.raises(JobRunsElsewhere):
            claim.take(JOB)
        other.send_signal(signal.SIGKILL)
        other.wait(120)
        assert not is_running(journal, JOB)
        claim.take(JOB)
        assert is_running(journal, JOB)
    assert not is_running(journal, JOB)


def test_a_claim_holds_one_job_and_leaves_no_file(journal: Path) -> None:
    with Claim(journal) as claim:
        claim.take(JOB)
        claim.take("2" * 32)
        assert not is_running(journal, JOB)
        assert is_running(journal, "2" * 32)
    assert list((journal.parent / "running").iterdir()) == []


@pytest.mark.usefixtures("threaded")
def test_an_upload_does_not_go_on_with_what_another_process_sends(
    receiver: SmallReceiver, folder: Path, journal: Path
) -> None:
    plan = plan_of(folder)
    job = Upload(plan, receiver, TOKEN, journal=journal).queue()
    with another_process(journal, job):
        with pytest.raises(JobRunsElsewhere):
            Upload(plan, receiver, TOKEN, journal=journal).run()
        assert not receiver.jobs
    receipt = Upload(plan, receiver, TOKEN, journal=journal).run()
    assert receipt.job == job
    assert not is_running(journal, job)
    with Journal(journal) as opened:
        assert [row.state for row in opened.jobs()] == [JobState.FINISHED]
