"""When to try again."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

SETTING = 2.0  # seconds; by less a clock that is kept right is moved all the time
BROKEN = "the receiver itself has failed, and its log says where"  # a defect must not be tried again without a pause
JITTER = 0.2  # of the delay, to both sides: many that failed together don't come back together


def delay(attempt: int, *, first: float, longest: float, random: Random) -> timedelta:
    """Waiting time after the ``attempt``-th failure in a row (from 1 on): doubled each time, up to ``longest``.

    Args:
        first, longest: seconds.
    """
    seconds = min(longest, first * 2 ** min(attempt - 1, 30))
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))


@dataclass(frozen=True, slots=True)
class Outage:
    """A destination that takes nothing now. reason: for people; failures: tries in a row."""

    reason: str
    failures: int
    until: datetime


@dataclass(slots=True)
class Outages:
    """The destinations that are down as far as this worker knows. Safe to use from several threads."""

    random: Random = field(default_factory=Random)
    first: float = 1.0  # seconds
    longest: float = 60.0
    _known: dict[str, Outage] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def down(self, key: str, reason: str, now: datetime) -> Outage:
        """Notes a failed try; when the next one is due. Tries of lanes side by side count once."""
        with self._lock:
            known = self._known.get(key)
            if known is not None and known.until > now:
                return known
            failures = known.failures + 1 if known else 1
            until = now + delay(failures, first=self.first, longest=self.longest, random=self.random)
            self._known[key] = Outage(reason, failures, until)
            return self._known[key]

    def forget(self) -> None:
        """Notes that nothing is known any more of when to try: the clock was set."""
        with self._lock:
            self._known.clear()

    def up(self, key: str) -> None:
        """Notes that the destination took something."""
        with self._lock:
            self._known.pop(key, None)

    def now(self, key: str, now: datetime) -> Outage | None:
        """The outage during which the destination is left alone, None if it may be tried."""
        with self._lock:
            known = self._known.get(key)
            return known if known is not None and known.until > now else None

    def is_up(self, key: str) -> bool:
        """Whether the last try, if there was any, was taken."""
        with self._lock:
            return key not in self._known


@dataclass(slots=True)
class SetBack:
    """Notices that the wall clock was set back: what was to be done "in a minute" would wait for hours.

    A clock that is set forward lets things be done too early, which does no harm.
    """

    _difference: float | None = None  # of the wall clock to one that nobody sets, seconds

    def look(self, now: datetime, monotonic: float, at_first: Callable[[], bool]) -> bool:
        """Whether it was set back since the last look.

        Args:
            at_first: is asked at the first look, whether what was written down before says so.
        """
        difference = now.timestamp() - monotonic
        set_back = at_first() if self._difference is None else difference < self._difference - SETTING
        self._difference = difference
        return set_back
