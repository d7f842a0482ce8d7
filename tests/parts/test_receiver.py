"""The receiver that other tests lean on is gone after them, whatever it does."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts import receiver as part
from tests.parts.receiver import READY, Receiver

DEAF = f"""
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("{READY}", flush=True)
signal.pause()
"""


def test_one_that_does_not_end_is_killed_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "STOP_TIMEOUT", 0.1)
    receiver = Receiver(tmp_path / "data", program=(sys.executable, "-c", DEAF))
    receiver.start()
    process = receiver.process
    assert process is not None
    with pytest.raises(subprocess.TimeoutExpired):
        receiver.stop()
    assert process.returncode is not None
    monkeypatch.setattr(part, "STOP_TIMEOUT", 30.0)
    receiver.stop()
