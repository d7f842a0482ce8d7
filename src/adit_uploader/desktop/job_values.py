"""What the window shows of jobs, this computer's and the server's. Knows no Qt and holds no sentence."""

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class LocalJob:
    """A job of this computer's journal.

    Attributes:
        created: seconds since 1970.
        server: ``ServerAddress.key``.
        state: ``open``, ``finished`` or ``canceled``.
        images: that were to be sent; stored: those that are at the server; delivered: those known to have arrived.
        folder: in which all its files lie.
        key_list: there is one here. saved: the user has one outside of the program.
        request: what was asked for in the window, '' where it was made elsewhere.
        running: some window or command of this computer sends it at this moment.
        receipt: that of its latest run is here.
    """

    job: str
    created: float
    server: str
    destination: str
    mode: str
    state: str
    images: int
    stored: int
    delivered: int
    refused: int
    held: int
    folder: str
    key_list: bool
    saved: bool
    request: str
    running: bool = False
    receipt: bool = False

    @property
    def unsaved(self) -> bool:
        """Whether nobody could say who is who, were this computer lost: no copy of the key list is elsewhere."""
        return self.key_list and not self.saved and self.stored > 0 and self.mode != "none"

    @property
    def left(self) -> int:
        """Images without an outcome."""
        return self.images - self.stored - self.refused


class UnfinishedBlock(Enum):
    """Why an upload that was cut can't go on at the moment."""

    MADE_ELSEWHERE = auto()  # on the command line, or by an older version
    SIGNED_OUT = auto()
    OTHER_SERVER = auto()
    SEARCHING = auto()
    RUNNING = auto()  # in this window or in another one, or on the command line


@dataclass(frozen=True, slots=True)
class UnfinishedState:
    """An upload that did not come to its end. left: of ``images``; others: uploads besides this one."""

    created: float
    destination: str
    server: str
    folder: str
    left: int
    images: int
    others: int
    block: UnfinishedBlock | None


class Place(Enum):
    """Who knows of a job."""

    HERE = auto()
    SERVER = auto()
    BOTH = auto()


class ServerLook(Enum):
    """What the list says of the server's jobs."""

    SIGNED_OUT = auto()
    ASKING = auto()
    LIVE = auto()  # they change on the screen as they change at the server
    AT_REST = auto()  # nothing is under way
    UNREACHABLE = auto()


@dataclass(frozen=True, slots=True)
class JobDeeds:
    """What can be done with the chosen job; a block says why it can't be gone on with or sent again."""

    go_on: bool = False
    block: UnfinishedBlock | None = None
    retry: bool = False
    cancel: bool = False
    key_list: bool = False
    receipt: bool = False
    delete: bool = False


@dataclass(frozen=True, slots=True)
class JobLine:
    """A line of the list.

    Attributes:
        state: the server's code where it is known there (UV PE IP CI CA SU WA FA); else ``open``, ``running``,
            ``finished`` or ``canceled``, as this computer knows it.
        images: that were to be sent, None where only the server knows the job.
        key_list: None: there is none here; else whether the user saved it elsewhere.
        message: the server's own words.
    """

    job: str
    created: float
    place: Place
    state: str
    server: str
    destination: str
    mode: str
    images: int | None
    stored: int
    delivered: int
    failed: int
    key_list: bool | None
    message: str = ""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A patient of a job. patient_id: '' where only the server knows the job. tasks: studies there."""

    patient_id: str
    pseudonym: str
    sent: str
    studies: int
    stored: int
    delivered: int
    failed: int
