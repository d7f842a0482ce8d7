"""What the window shows of an upload under way and of its end, as plain values. Knows no Qt and holds no sentence."""

from dataclasses import dataclass
from enum import Enum, auto

from adit_uploader.desktop.values import Item
from adit_uploader.protocol.messages import TaskInfo
from adit_uploader.pseudonyms.mode import Mode


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One study on its way from the receiver to its destination; state: TaskInfo's code."""

    pseudonym: str
    study: str
    state: str
    stored: int
    delivered: int
    failed: int
    message: str
    attempts: int = 0

    @classmethod
    def of(cls, task: TaskInfo) -> "TaskLine":
        return cls(
            pseudonym=task.patient_id,
            study=task.study_instance_uid,
            state=task.state,
            stored=task.stored,
            delivered=task.delivered,
            failed=task.failed,
            message=task.message,
            attempts=task.attempts,
        )


class Phase(Enum):
    """Where an upload is."""

    PREPARING = auto()
    SENDING = auto()
    RECONNECTING = auto()
    PROCESSING = auto()  # everything is with the receiver, which still delivers
    PAUSING = auto()
    PAUSED = auto()
    LAST_STUDIES = auto()  # the studies under way come to their end, nothing else is begun
    STOPPING = auto()


@dataclass(frozen=True, slots=True)
class SendProgress:
    """Counts of an upload under way; instances, bytes, bytes a second.

    seconds_left: a guess, or None while there is nothing to guess from.
    """

    phase: Phase = Phase.PREPARING
    total: int = 0
    sent: int = 0
    stored: int = 0
    delivered: int = 0
    failed: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    rate: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """A series that is sent. Only shown on this computer. images: of it that are to be sent."""

    patient: str
    pseudonym: str
    modality: str
    description: str
    images: int


class Outcome(Enum):
    COMPLETE = auto()  # everything found was delivered
    PARTIAL = auto()  # something was held, refused or left out; all that was sent is delivered
    UNDELIVERED = auto()  # stored, not (yet) delivered
    FAILED = auto()  # something failed on the way
    CANCELLED = auto()
    ENDED = auto()  # the user let the studies under way come to their end; the rest was not sent
    INTERRUPTED = auto()  # it can be gone on with


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """The receipt, as the last step shows it. found: without those that were not chosen."""

    outcome: Outcome
    mode: Mode
    destination: str
    found: int
    pseudonymized: int
    sent: int
    stored: int
    delivered: int
    refused: int
    held: int
    left_out: int
    not_chosen: int = 0
    items: tuple[Item, ...] = ()
