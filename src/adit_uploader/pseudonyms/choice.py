"""What the user chose: a mode and what belongs to it."""

from adit_uploader.values import dataclass, field

from .batch import BatchFile
from .mode import Mode


@dataclass(frozen=True, slots=True)
class InternalChoice:
    """department: from the server's user record. key: 32 bytes for the keyed variant."""

    department: str
    key: bytes | None = field(default=None, repr=False)

    @property
    def mode(self) -> Mode:
        return Mode.INTERNAL


@dataclass(frozen=True, slots=True)
class BatchChoice:
    batch: BatchFile

    @property
    def mode(self) -> Mode:
        return Mode.BATCH


@dataclass(frozen=True, slots=True)
class FixedChoice:
    pseudonym: str

    @property
    def mode(self) -> Mode:
        return Mode.FIXED


@dataclass(frozen=True, slots=True)
class NoneChoice:
    """The files go as they are; whoever makes this value has asked the user."""

    @property
    def mode(self) -> Mode:
        return Mode.NONE


Choice = InternalChoice | BatchChoice | FixedChoice | NoneChoice
