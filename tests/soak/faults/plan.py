"""What is done to whom, and when: drawn from a seed before anything begins."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """A fault."""

    KILL_CLIENT = "kill client"
    KILL_LANE = "kill lane"
    KILL_SERVER = "kill server"
    KILL_WORKER = "kill worker"
    STOP_CLIENT = "stop client"
    STOP_LANE = "stop lane"
    STOP_SERVER = "stop server"
    STOP_WORKER = "stop worker"
    RESET_LINE = "reset line"
    CLOSE_LINE = "close line"
    CUT_AFTER = "cut after bytes"
    BLACKHOLE = "blackhole"
    SLOW_LINE = "slow line"
    REVOKE_TOKEN = "revoke token"
    NO_ROOM = "no room allowed"
    FULL_SERVER = "disk full, server"
    FULL_CLIENT = "disk full, client"
    EIO_SPOOL = "EIO, spool"
    EIO_DATABASE = "EIO, database"
    EIO_ARCHIVE = "EIO, destination"
    EIO_JOURNAL = "EIO, journal"
    SHORT_SERVER = "short writes, server"
    SHORT_CLIENT = "short writes, client"
    CLOCK_SERVER = "clock set, server"
    CLOCK_CLIENT = "clock set, client"
    DEAD_LINE = "dead line"  # until somebody gives up; costs a minute each
    DEAD_LANE = "dead lane"  # stopped and never continued; half a minute


WEIGHTS = {
    Kind.KILL_CLIENT: 10.0,
    Kind.KILL_LANE: 11.0,
    Kind.KILL_SERVER: 7.0,
    Kind.KILL_WORKER: 7.0,
    Kind.STOP_CLIENT: 4.0,
    Kind.STOP_LANE: 5.0,
    Kind.STOP_SERVER: 5.0,
    Kind.STOP_WORKER: 4.0,
    Kind.RESET_LINE: 8.0,
    Kind.CLOSE_LINE: 5.0,
    Kind.CUT_AFTER: 7.0,
    Kind.BLACKHOLE: 4.0,
    Kind.SLOW_LINE: 4.0,
    Kind.REVOKE_TOKEN: 3.0,
    Kind.NO_ROOM: 2.0,
    Kind.FULL_SERVER: 4.0,
    Kind.FULL_CLIENT: 3.0,
    Kind.EIO_SPOOL: 5.0,
    Kind.EIO_DATABASE: 3.0,
    Kind.EIO_ARCHIVE: 2.0,
    Kind.EIO_JOURNAL: 2.0,
    Kind.SHORT_SERVER: 3.0,
    Kind.SHORT_CLIENT: 2.0,
    Kind.CLOCK_SERVER: 4.0,
    Kind.CLOCK_CLIENT: 3.0,
    Kind.DEAD_LINE: 0.3,
    Kind.DEAD_LANE: 0.5,
}
OF_FORWARDING = frozenset({Kind.KILL_WORKER, Kind.STOP_WORKER, Kind.EIO_ARCHIVE})
LONG = frozenset({Kind.DEAD_LINE, Kind.DEAD_LANE})
OF_SMALL_DISKS = frozenset({Kind.FULL_SERVER, Kind.FULL_CLIENT})
HOURS = 12.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        at: when: this part of the round's instances is stored (of forwarding: delivered); below 0: at once.
        further: and so many bytes more have crossed the line.
        size: of what is done: bytes until the cut, slow bytes, bytes left on a full disk.
        pick: from 0 to 1, which line, which lane, how many calls, which of several ways.
        hard: the harder of two ways: RST instead of FIN, cut instead of healed, all lines instead of one.
        seconds: how long something stands still, unless the rest gets on or ends meanwhile.
        hours: by which a clock is off from then on.
    """

    kind: Kind
    at: float
    further: int
    size: int
    pick: float
    hard: bool
    seconds: float
    hours: float

    def __str__(self) -> str:
        return f"{self.kind.value} at {self.at:.2f}"


def draw(random: Random, count: int, *, without: Collection[Kind] = ()) -> deque[Fault]:
    """Faults in random order; one of each kind first, if there are so many."""
    kinds = [kind for kind in Kind if kind not in without]
    chosen = random.sample(kinds, len(kinds))[:count]
    chosen += random.choices(kinds, [WEIGHTS[kind] for kind in kinds], k=count - len(chosen))
    random.shuffle(chosen)
    return deque(
        Fault(
            kind,
            at=random.random() * 0.94 - 0.04,
            further=int(random.random() ** 2 * 100_000),
            size=int(random.random() ** 3 * 400_000) + 1,
            pick=random.random(),
            hard=random.random() < 0.5,
            seconds=0.2 + random.random() ** 2 * 2.0,
            hours=random.uniform(-HOURS, HOURS) * random.random() ** 2,  # many by minutes, some by hours
        )
        for kind in chosen
    )
