"""Forked lanes are proven in a process of their own: only one with a single thread may be copied."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).with_name("alone") / "lanes_that_are_copies.py"


def test_lanes_that_are_copies_of_the_program() -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
