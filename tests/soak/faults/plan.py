"""What is done to whom, and when: drawn from a seed before anything begins."""

from collections import deque
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
    NO_ROOM = "no room"
    DEAD_LINE = "dead line"  # until somebody gives up; costs a minute each


WEIGHTS = {
    Kind.KILL_CLIENT: 13.0,
    Kind.KILL_LANE: 14.0,
    Kind.KILL_SERVER: 8.0,
    Kind.KILL_WORKER: 10.0,
    Kind.STOP_CLIENT: 4.0,
    Kind.STOP_LANE: 6.0,
    Kind.STOP_SERVER: 6.0,
    Kind.STOP_WORKER: 5.0,
    Kind.RESET_LINE: 10.0,
    Kind.CLOSE_LINE: 7.0,
    Kind.CUT_AFTER: 10.0,
    Kind.BLACKHOLE: 6.0,
    Kind.SLOW_LINE: 5.0,
    Kind.REVOKE_TOKEN: 3.0,
    Kind.NO_ROOM: 4.0,
    Kind.DEAD_LINE: 0.5,
}
OF_FORWARDING = frozenset({Kind.KILL_WORKER, Kind.STOP_WORKER})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        at: when: this part of the round's instances is stored (of forwarding: delivered); below 0: at once.
        further: and so many bytes more have crossed the line.
        size: of what is done: bytes until the cut, slow bytes.
        pick: from 0 to 1, which line, which lane.
        hard: the harder of two ways: RST instead of FIN, cut instead of healed, all lines instead of one.
        seconds: how long something stands still, unless the rest gets on or ends meanwhile.
    """

    kind: Kind
    at: float
    further: int
    size: int
    pick: float
    hard: bool
    seconds: float

    def __str__(self) -> str:
        return f"{self.kind.value} at {self.at:.2f}"


def draw(random: Random, count: int, *, long: bool) -> deque[Fault]:
    """Faults in random order; one of each kind first, if there are so many."""
    kinds = [kind for kind in Kind if long or kind is not Kind.DEAD_LINE]
    chosen = random.sample(kinds, len(kinds))[:count]
    chosen += random.choices(kinds, [WEIGHTS[kind] for kind in kinds], k=count - len(chosen))
    random.shuffle(chosen)
    return deque(
        Fault(
            kind,
            at=random.random() * 1.04 - 0.04,
            further=int(random.random() ** 2 * 300_000),
            size=int(random.random() ** 3 * 400_000) + 1,
            pick=random.random(),
            hard=random.random() < 0.5,
            seconds=0.2 + random.random() ** 2 * 2.0,
        )
        for kind in chosen
    )
