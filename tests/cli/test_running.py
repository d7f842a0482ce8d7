"""Ctrl-C stops a run in order, and reaches nobody else."""

import signal
import subprocess
import sys
import threading
from typing import cast

import pytest

from adit_uploader.cli.running import run_interruptibly
from adit_uploader.cli.terminal import Terminal
from adit_uploader.transfer.errors import ConnectionLost
from adit_uploader.transfer.receipt import Receipt

RECEIPT = cast("Receipt", "the receipt")


def test_an_interrupt_stops_the_run_and_its_receipt_still_comes(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = threading.Event()

    def run() -> Receipt:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert stopped.wait(120)
        return RECEIPT

    assert run_interruptibly(Terminal(), run, stopped.set) is RECEIPT
    assert "Stopping" in capsys.readouterr().err


def test_processes_started_by_a_run_do_not_hear_interrupts() -> None:
    program = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('deaf')"

    def run() -> Receipt:
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return cast("Receipt", done.stdout.strip())

    assert run_interruptibly(Terminal(), run, lambda: None) == "deaf"


def test_what_a_run_raises_is_raised() -> None:
    def run() -> Receipt:
        raise ConnectionLost

    with pytest.raises(ConnectionLost):
        run_interruptibly(Terminal(), run, lambda: None)
