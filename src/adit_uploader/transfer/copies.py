"""Processes that are copies of this one: they have imported what it has, and work at once."""

import sys
import threading


def may_fork() -> bool:
    """Whether a copy of this process is a sound one: on Linux, and as long as it has a single thread."""
    return sys.platform == "linux" and threading.active_count() == 1
