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
