"""What is noted of an instance: by the ledger of a run, for the journal of an upload."""

from enum import StrEnum

from adit_uploader.values import dataclass


class InstanceState(StrEnum):
    """How far an instance came."""

    FOUND = "found"
    HELD = "held"
    REFUSED = "refused"
    SENT = "sent"
    STORED = "stored"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Note:
    """What became of an instance."""

    number: int
    state: InstanceState
    digest: str = ""
    code: str = ""
