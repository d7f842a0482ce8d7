"""The program's last note about a job, on a disk whose calls do fail at that very moment."""

import contextlib
import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from adit_uploader.account.settings import HOME_VARIABLE
from tests.soak.faults.meddler import EVERY_WRITE, Meddler, compiled
from tests.transfer.small_receiver import TOKEN, small_receiver
from tests.transfer.studies import write_studies


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_it_is_written_once_the_disk_takes_it(tmp_path: Path, error: int) -> None:
    folder = write_studies(tmp_path / "in", patients=1)
    home = tmp_path / "home"
    journal = home / "data" / "journal.sqlite3"
    token = tmp_path / "token"
    token.write_text(TOKEN)
    meddler = Meddler(compiled(tmp_path), tmp_path / "orders")
    with contextlib.closing(meddler), small_receiver() as receiver:
        # all that was stored is noted by now: only the end is left
        receiver.on_finish = lambda: meddler.fail(EVERY_WRITE, journal, 3, error=error)
        run = subprocess.run(
            [
                *(sys.executable, "-m", "adit_uploader", "upload", str(folder), "--server", receiver.url),
                *("--insecure-loopback", "--token-file", str(token), "--destination", "Archive"),
                *("--mode", "internal", "--lanes", "1"),
            ],
            env=os.environ | meddler.environment | {"HOME": str(home), HOME_VARIABLE: str(home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert meddler.stop() == 3
    assert run.returncode == 0, run.stderr
    with contextlib.closing(sqlite3.connect(journal)) as database:
        assert database.execute("SELECT state FROM jobs").fetchall() == [("finished",)]
        assert database.execute("SELECT DISTINCT state FROM instances").fetchall() == [("delivered",)]
