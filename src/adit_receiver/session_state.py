"""What a session remembers of the instances that arrive, and of when it did what."""

from collections.abc import Collection
from dataclasses import dataclass, field

from adit_uploader.protocol.limits import MAX_OFFER, MAX_REQUESTS
from adit_uploader.protocol.messages import Begin

from .spool import DigestOnly

_MAX_NEEDED = 2 * MAX_REQUESTS * MAX_OFFER  # much more than a client offers ahead of what it sends


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
        token: when it was last looked whether the token still lets the user in.
        lease: when the lease was last prolonged.
        arrived: when the first instance arrived of those that are not committed.
        hold: how long they may wait for others, seconds.
    """

    token: float
    arrived: float = 0.0
    hold: float = 0.0
    told: float = 0.0
    lease: float = 0.0
    heard: float = 0.0


@dataclass(slots=True)
class NeededKeys:
    """What a client was told is needed, and did not begin yet. Of what is forgotten the table is asked once more.

    A bounded number, since a client may offer without end what it never sends.
    """

    _keys: set[str] = field(default_factory=set)

    def add(self, keys: Collection[str]) -> None:
        """Remembers them, and forgets the others where these would be too many."""
        if len(self._keys) + len(keys) > _MAX_NEEDED:
            self._keys.clear()
        self._keys.update(keys)

    def take(self, key: str) -> bool:
        """Whether it was needed; it is begun now."""
        known = key in self._keys
        self._keys.discard(key)
        return known

    def forget(self) -> None:
        """Another job is open."""
        self._keys.clear()

    def __len__(self) -> int:
        return len(self._keys)
