"""What is carried to a destination, and what became of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Protocol, TypeVar

Piece = TypeVar("Piece")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One spooled instance with its address.

    Attributes:
        key: primary key of its forward row.
        path: the finished DICOM file in the spool.
        length: of the file, bytes.
        digest: of the file, with its algorithm.
        own_digests: digests of what this owner has delivered there before under the same SOPInstanceUID.
    """

    key: int
    path: Path
    length: int
    digest: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    series_instance_uid: str
    study_instance_uid: str
    patient_id: str
    own_digests: frozenset[str] = frozenset()


class Outcome(Enum):
    """What became of a parcel."""

    DELIVERED = auto()
    FAILED = auto()  # for good: the same file will not be taken later either
    RETRY = auto()  # not now: the same file may be taken later
    GIVEN_UP = auto()  # its job was canceled before the destination had it whole


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome of one parcel. message: for people; of a delivered parcel the warning, '' without one."""

    parcel: Parcel
    outcome: Outcome
    message: str = ""


class GivenUpError(Exception):
    """The job of the parcel that is being carried was canceled."""


def wanted(parcel: Parcel) -> bool:
    """Of carriers that nobody tells about canceled jobs."""
    return False


def unless_given_up(pieces: Iterable[Piece], parcel: Parcel, given_up: Callable[[Parcel], bool]) -> Iterator[Piece]:
    """The pieces of a parcel's file, which may be many.

    Raises:
        GivenUpError: its job was canceled in between.
    """
    for piece in pieces:
        if given_up(parcel):
            raise GivenUpError
        yield piece


class Carrier(Protocol):
    """Carries parcels to one destination; ``close`` it at the end."""

    def carry(
        self, parcels: Sequence[Parcel], stopped: Callable[[], bool], given_up: Callable[[Parcel], bool] = wanted
    ) -> Iterator[Delivery]:
        """Delivers one after the other and tells each outcome as soon as it is known.

        Ends early, without a word about the rest, once ``stopped`` says so. A parcel of which ``given_up`` says so
        is left, also in the middle of its file; it is asked very often.

        Raises:
            DestinationUnavailableError: the destination takes nothing now; parcels without an outcome were not taken.
        """

    def close(self) -> None:
        """Lets go of what it has kept open for the next parcels."""


def damaged(parcel: Parcel) -> Delivery | None:
    """The failure of a parcel whose file is not in the spool as it was stored, None if it is."""
    try:
        length = parcel.path.stat().st_size
    except FileNotFoundError:
        return Delivery(parcel, Outcome.FAILED, "Its file is missing in the receiver's spool. Upload it again.")
    except OSError:
        return unreadable(parcel)
    return cut(parcel) if length != parcel.length else None


def cut(parcel: Parcel) -> Delivery:
    """The file in the spool is not the one that was stored."""
    return Delivery(parcel, Outcome.FAILED, "Its file in the receiver's spool is damaged. Upload it again.")


def unreadable(parcel: Parcel) -> Delivery:
    """The disk of the spool does not give the file; a share that is away for a moment may give it later."""
    return Delivery(parcel, Outcome.RETRY, "Its file in the receiver's spool can't be read. Upload it again.")
