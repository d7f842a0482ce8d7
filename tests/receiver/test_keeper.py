"""The forwarding worker is kept at work: with small programs in its place that end, hang, or will not end."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adit_receiver.standalone.keeper import Keeper

PATIENCE = 120.0
NOTES = "import os, signal, sys\nopen(sys.argv[1], 'a').write(f'{os.getpid()}\\n')\n"
HANGS = NOTES + "os.write(1, b'.')\nsignal.pause()\n"
WORKS = NOTES + "import threading\nnow = threading.Event()\nwhile not now.wait(0.1): os.write(1, b'.')\n"
OBEYS = NOTES + "os.write(1, b'.')\nsys.stdin.read()\n"
FAILS = NOTES + "sys.exit(3)\n"


@contextmanager
def kept(program: str, notes: Path, *, silent: float = 60.0, ending: float = 30.0) -> Iterator[Keeper]:
    stopping = threading.Event()
    command = (sys.executable, "-c", program, str(notes))
    keeper = Keeper(stopping, command, silent, ending)
    thread = threading.Thread(target=keeper.run)
    thread.start()
    try:
        yield keeper
    finally:
        stopping.set()
        thread.join()


def started(notes: Path) -> int:
    return len(notes.read_text().split()) if notes.exists() else 0


def await_starts(notes: Path, number: int) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if started(notes) >= number:
            return
        pause.wait(0.05)
    raise AssertionError(f"it was started {started(notes)} times and not {number} times")


def test_a_worker_that_stands_still_is_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with kept(HANGS, tmp_path / "notes", silent=0.6, ending=0.1):
        await_starts(tmp_path / "notes", 2)
    assert "The forwarding worker stands still; it is ended." in caplog.messages


def test_a_worker_that_ends_is_started_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with kept(FAILS, tmp_path / "notes"):
        await_starts(tmp_path / "notes", 2)
    assert "The forwarding worker ended with status 3; it starts again." in caplog.messages


def test_a_worker_that_works_is_left_alone(tmp_path: Path) -> None:
    with kept(WORKS, tmp_path / "notes", silent=5.0, ending=0.1) as keeper:
        await_starts(tmp_path / "notes", 1)
        keeper.stopping.wait(1.0)
    assert started(tmp_path / "notes") == 1


def test_a_worker_that_obeys_ends_by_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with kept(OBEYS, tmp_path / "notes"):
        await_starts(tmp_path / "notes", 1)
    assert started(tmp_path / "notes") == 1
    assert caplog.messages == []


def test_a_worker_that_stands_still_at_the_end_does_not_keep_the_server(tmp_path: Path) -> None:
    with kept(HANGS, tmp_path / "notes", ending=0.2):
        await_starts(tmp_path / "notes", 1)
    assert started(tmp_path / "notes") == 1
