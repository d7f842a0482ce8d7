"""Whether this computer has slept. Takes the time from outside, but for ``clock``."""

import sys
import time
from collections.abc import Callable

TICK = 1.0
SLEPT = 20.0  # seconds between two looks that should be one tick apart
LONGEST_STEP = 60.0  # seconds that one try and the pause after it can take, and a little


def clock() -> float:
    """Seconds on a clock that goes on while the computer sleeps, and that nobody sets."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)
    return time.monotonic()  # Windows: goes on in sleep


class Slumber:
    """Told the time about every second, it notices when it was not told for long: a closed lid, a frozen process."""

    def __init__(self, now: float) -> None:
        self._last = now

    def woke(self, now: float) -> bool:
        """Whether there was a sleep since the last look."""
        slept = now - self._last > SLEPT
        self._last = now
        return slept


class Outage:
    """For how long there has been no connection. A sleep in between counts as one step: nobody could have connected."""

    def __init__(self, now: float) -> None:
        self._last = now
        self._seconds = 0.0

    def end(self, now: float) -> None:
        """There is a connection."""
        self._last = now
        self._seconds = 0.0

    def seconds(self, now: float) -> float:
        """So far; to be asked after each try that failed."""
        self._seconds += max(0.0, min(now - self._last, LONGEST_STEP))
        self._last = now
        return self._seconds


def pause(seconds: float, wait: Callable[[float], bool], now: Callable[[], float] = clock) -> bool:
    """Wait before the next try; after a sleep it comes at once.

    Args:
        wait: waits so many seconds, returns at once and True when there is to be no next try.

    Returns:
        Whether there is to be none.
    """
    slumber = Slumber(now())
    left = seconds
    while left > 0:
        if wait(min(left, TICK)):
            return True
        left -= TICK
        if slumber.woke(now()):
            break
    return wait(0.0)
