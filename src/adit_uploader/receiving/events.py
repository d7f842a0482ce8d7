"""What the listener tells of itself. None of it is of a patient."""

from dataclasses import dataclass
from enum import StrEnum


class TurnedAwayFor(StrEnum):
    """Why a workstation was not let in."""

    CALLER = "caller"  # its AE title is not on the list
    CALLED = "called"  # it called us by another AE title
    PEER = "peer"  # its address is not on the list
    BUSY = "busy"  # too many at once


class NotKeptFor(StrEnum):
    """Why an object was refused."""

    FULL = "full"
    DISK = "disk"  # it can't be written, for another reason
    DAMAGED = "damaged"  # what was said of it can't be right


@dataclass(frozen=True, slots=True)
class Opened:
    """It listens now."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Began:
    """A workstation was let in. number: of this association, for as long as the listener runs."""

    number: int
    caller: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """One more object of an association is whole and on disk. folder: name of the folder in the inbox."""

    number: int
    caller: str
    folder: str
    images: int


@dataclass(frozen=True, slots=True)
class Ended:
    """An association is over, however it ended. cut: an object did not come to its end."""

    number: int
    caller: str
    images: int
    cut: bool


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Somebody was not let in. who: the AE title that was said, or the address."""

    who: str
    why: TurnedAwayFor


@dataclass(frozen=True, slots=True)
class NotKept:
    """An object was refused; its sender was told."""

    caller: str
    why: NotKeptFor


ReceivingEvent = Opened | Began | Arrived | Ended | TurnedAway | NotKept
