"""How fast it goes. Takes the time from outside."""

from collections import deque

WINDOW = 5.0  # seconds over which a rate is taken


class Meter:
    def __init__(self, now: float) -> None:
        self._start = now
        self._samples: deque[tuple[float, int, int]] = deque([(now, 0, 0)])

    def seconds(self, now: float) -> float:
        return now - self._start

    def rates(self, now: float, size: int, instances: int) -> tuple[float, float]:
        """Bytes and instances a second over the last seconds, from totals so far."""
        self._samples.append((now, size, instances))
        while len(self._samples) > 2 and now - self._samples[1][0] >= WINDOW:
            self._samples.popleft()
        then, size_then, instances_then = self._samples[0]
        span = now - then
        if span <= 0:
            return 0.0, 0.0
        return (size - size_then) / span, (instances - instances_then) / span
