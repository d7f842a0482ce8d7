"""What the window shows of jobs, this computer's and the server's. Knows no Qt and holds no sentence."""

from dataclasses import dataclass
from enum import Enum, auto

from adit_uploader.desktop.upload_values import TaskLine
from adit_uploader.desktop.values import Item


@dataclass(frozen=True, slots=True)
class StudyResult:
    """A study of a local job; images by how far they came."""

    study: str
    images: int
    stored: int
    delivered: int
    refused: int


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
        receipt: there is one here.
        request: what was asked for in the window, '' where it was made elsewhere.
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
    receipt: bool
    request: str

    @property
    def left(self) -> int:
        """Images without an outcome."""
        return self.images - self.stored - self.refused


class JobPlace(Enum):
    """Where a job is known."""

    HERE = auto()
    SERVER = auto()
    BOTH = auto()


@dataclass(frozen=True, slots=True)
class JobLine:
    """A line of the job list.

    Attributes:
        created: seconds since 1970, or None.
        state: the server's code where it knows the job (PE, IP, SU, ...), else ``open``, ``finished`` or ``canceled``.
        message: the server's.
    """

    job: str
    created: float | None
    place: JobPlace
    destination: str
    mode: str
    state: str
    folder: str
    images: int
    stored: int
    delivered: int
    failed: int
    message: str
    unsaved: bool


@dataclass(frozen=True, slots=True)
class JobDetail:
    """One job, with all that can be done with it.

    Attributes:
        studies: of the server where it knows the job, else of the journal.
        items: what did not arrive, of its receipt.
    """

    line: JobLine
    studies: tuple[TaskLine, ...] = ()
    items: tuple[Item, ...] = ()
    can_go_on: bool = False
    can_retry: bool = False
    can_save_key_list: bool = False
    can_save_receipt: bool = False
    can_give_up: bool = False
    can_delete: bool = False


class UnfinishedBlock(Enum):
    """Why an upload that was cut can't go on at the moment."""

    MADE_ELSEWHERE = auto()  # on the command line, or by an older version
    SIGNED_OUT = auto()
    OTHER_SERVER = auto()
    SEARCHING = auto()


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
