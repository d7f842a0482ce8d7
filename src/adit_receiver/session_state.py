"""What a session remembers of the instances that arrive, and of when it did what."""

from dataclasses import dataclass, field
from time import monotonic

from adit_uploader.protocol.messages import Begin

from .spool import DigestOnly


@dataclass(slots=True)
class ArrivingInstance:
    """An instance that is arriving.

    Attributes:
        known: digest of the same instance in this job, if it is there already.
        saved: its beginning was saved.
        offered: the answer to its offer was that nothing of it is there.
    """

    begin: Begin
    sink: DigestOnly
    known: str | None = None
    saved: bool = False
    offered: bool = False


@dataclass(slots=True)
class SessionClock:
    """When something was done last, seconds of the monotonic clock.

    Attributes:
        lease: when the lease was last prolonged.
        arrived: when the first instance arrived of those that are not committed.
    """

    arrived: float = 0.0
    policy: float = 0.0
    told: float = 0.0
    token: float = field(default_factory=monotonic)
    usage: float = 0.0
    lease: float = 0.0
    heard: float = 0.0
