"""What a run tells while it goes on: few, small, and never one a file. Called in the thread that runs it."""

from enum import StrEnum
from typing import TYPE_CHECKING

from adit_uploader.values import dataclass, field

from .receipt import Counts, Item, Receipt

if TYPE_CHECKING:  # a run without a server starts without the wire
    from adit_uploader.protocol.messages import TaskInfo, Welcome


class Phase(StrEnum):
    """Where a run is."""

    CONNECTING = "connecting"
    SENDING = "sending"  # in a local run: writing
    FINISHING = "finishing"
    DELIVERING = "delivering"


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    phase: Phase


@dataclass(frozen=True, slots=True)
class Connected:
    """The receiver took the job. stored: instances of it that are there already."""

    welcome: "Welcome" = field(repr=False)  # holds the site key
    job: str = ""
    resumed: bool = False
    stored: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """About ten times a second.

    Attributes:
        bytes_done: of the files to be sent, those that are stored, refused or under way.
        seconds: since sending began.
        bytes_per_second, instances_per_second: over the last seconds.
        remaining_seconds: guess, or None while there is nothing to guess from.
    """

    counts: Counts
    bytes_done: int
    bytes_total: int
    seconds: float
    bytes_per_second: float
    instances_per_second: float
    remaining_seconds: float | None


@dataclass(frozen=True, slots=True)
class SeriesCount:
    """How far a series is. position: of it in the plan, patient by patient, study by study."""

    position: int
    stored: int
    refused: int


@dataclass(frozen=True, slots=True)
class SeriesMoved:
    """About ten times a second: the series of which something was stored or refused since the last time."""

    series: tuple[SeriesCount, ...]


@dataclass(frozen=True, slots=True)
class InstancesRefused:
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """A lane lost its connection and tries again in ``seconds``. title, message: why, for people."""

    lane: int
    title: str
    message: str
    seconds: float
    attempt: int


@dataclass(frozen=True, slots=True)
class LaneReplaced:
    """A worker process ended by itself and another took its place."""

    lane: int


@dataclass(frozen=True, slots=True)
class ProfileChanged:
    """The same upload was begun by this site's profile as it was before; now a new one begins.

    Attributes:
        job: the earlier one. What it sent stays at the receiver.
        before, now: SHA-256 hex of the profile.
    """

    name: str
    job: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class TasksChanged:
    tasks: "tuple[TaskInfo, ...]"
    message: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    receipt: Receipt


Event = (
    PhaseChanged
    | Connected
    | Progress
    | SeriesMoved
    | InstancesRefused
    | Reconnecting
    | LaneReplaced
    | ProfileChanged
    | TasksChanged
    | Finished
)
