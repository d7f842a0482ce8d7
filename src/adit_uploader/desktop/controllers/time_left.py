"""How long an upload will still take, without jumping."""

import math

MEMORY = 20.0  # seconds over which the speed is averaged
FIRST_GUESS = 3.0  # seconds of sending before anything is said


class TimeLeft:
    """A guess from a speed that is smoothed: what was fast or slow in the last seconds counts, but not alone."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._last: float | None = None

    def look(self, seconds: float, rate: float, left: int) -> float | None:
        """The guess in seconds, or None where nothing can be said yet.

        Args:
            seconds: since sending began.
            rate: bytes a second at the moment.
            left: bytes.
        """
        if self._last is None:
            self._rate = rate
        else:
            share = 1.0 - math.exp(-max(0.0, seconds - self._last) / MEMORY)
            self._rate += share * (rate - self._rate)
        self._last = seconds
        return left / self._rate if seconds >= FIRST_GUESS and self._rate > 0 else None
