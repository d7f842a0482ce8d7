"""What passes between the program and its lanes, by pipes. No file's bytes, and no command line or environment."""

import pickle
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adit_uploader.deid.blanking.areas import Blanking
from adit_uploader.deid.identity import PatientSecrets
from adit_uploader.deid.profiles import Profile
from adit_uploader.deid.trial import Trial
from adit_uploader.dicom.inventory import Instance, LeftOut, Location
from adit_uploader.values import dataclass, field

from .line import DIRECT, Line

if TYPE_CHECKING:  # a lane that writes into a folder starts without the wire
    from adit_uploader.protocol.messages import OpenJob

    from .connection import Address

# ---------------------------------------------------------------- to a lane


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to de-identify. profile: '' in mode none; site_profile: where it is a site's own one."""

    profile: str
    site_key: bytes = field(repr=False)
    trial: Trial
    site_profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class WireTarget:
    """Send to a receiver. silence_limit, give_up_after: seconds; lanes: how many share the line."""

    address: "Address"
    token: str = field(repr=False)
    job: "OpenJob"
    silence_limit: float
    give_up_after: float
    line: Line = DIRECT
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """Write into a folder. digests: whether the SHA-256 of what is written is wanted; it costs more than the copy."""

    out: Path
    digests: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """Say what these files are. Comes before the setup, or not at all."""

    paths: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Setup:
    """After it a lane works. wary: lanes crash, so that every outcome is told at once, lest it is lost."""

    lane: int
    recipe: Recipe
    target: WireTarget | FolderTarget
    wary: bool = False


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One instance to be handled; UIDs are the new ones. number: its position in the plan.

    blanked: whether the rectangles of its work are for it.
    """

    number: int
    location: Location
    size: int
    modified_ns: int
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    blanked: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Some instances of one series."""

    patient_id: str = field(repr=False)
    pseudonym: str = field(repr=False)
    secrets: PatientSecrets = field(repr=False)
    items: tuple[WorkItem, ...]
    blanking: Blanking | None = None


@dataclass(frozen=True, slots=True)
class NoMoreWork:
    """End when everything handed out has its outcome."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End soon; what has no outcome yet gets none."""


@dataclass(frozen=True, slots=True)
class Granted:
    """So many bytes more may be sent."""

    size: int


ToLane = Look | Setup | Work | NoMoreWork | Stop | Granted

# ---------------------------------------------------------------- from a lane


@dataclass(frozen=True, slots=True)
class Looked:
    """What the files are, in their order; an archive is as many as it holds."""

    found: tuple[Instance | LeftOut, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Alive:
    """The lane's process runs; said every few seconds, whatever it is doing."""


@dataclass(frozen=True, slots=True)
class Hungry:
    """More work is welcome."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The instance left the lane's hands, whole. size, digest (SHA-256 hex): of the finished file."""

    number: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Stored:
    """It is durable there. known: it was there before and nothing was sent now."""

    number: int
    known: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """The instance is in the folder, whole. As ``Moved``, ``Sent`` and ``Stored``; digest: '' if it is not wanted."""

    number: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not going to be stored. here: by this program, and not by the receiver."""

    number: int
    code: str
    message: str
    here: bool
    pseudonymized: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """Bytes of an instance under way, since the last such message."""

    size: int


@dataclass(frozen=True, slots=True)
class Wished:
    """The lane wants to send so many bytes more; only where the rate is limited."""

    size: int


@dataclass(frozen=True, slots=True)
class Retrying:
    """The connection was lost and is tried again in ``seconds``."""

    title: str
    message: str
    seconds: float
    attempt: int


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The lane ends: nothing more can be done, for the whole run."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Done:
    """Everything has its outcome; the lane ends."""


FromLane = Looked | Alive | Hungry | Sent | Stored | Written | Refused | Moved | Wished | Retrying | GaveUp | Done


def tell(pipe: "Connection[Any, Any]", message: "ToLane | tuple[FromLane, ...]") -> None:
    """Send a command, or some reports together. The other end's ``recv`` takes it.

    ``Connection.send`` does the same by a pickler of its own, which takes several times as long for such small things.

    Raises:
        OSError: the other end is gone.
    """
    pipe.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
