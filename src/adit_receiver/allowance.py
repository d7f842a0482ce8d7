"""What a user may still send, as it was known a moment ago: asking for every instance costs as much as storing one."""

from dataclasses import dataclass
from time import monotonic

from .errors import QuotaExceededError
from .models import ReceiverPolicy
from .policy import current_policy
from .store import used_bytes

_USAGE_SECONDS = 2.0
_POLICY_SECONDS = 0.5


@dataclass(slots=True)
class Allowance:
    """Of one connection."""

    _policy: ReceiverPolicy | None = None
    _policy_read: float = 0.0  # monotonic seconds, as below
    _used: int = 0
    _used_read: float = 0.0

    def policy(self) -> ReceiverPolicy:
        """The administrator's policy, at most half a second old."""
        now = monotonic()
        if self._policy is None or now - self._policy_read > _POLICY_SECONDS:
            self._policy, self._policy_read = current_policy(), now
        return self._policy

    def forget_policy(self) -> None:
        """Read it anew when it is needed next."""
        self._policy = None

    def reserve(self, owner_id: int, length: int, under_way: int, quota: int) -> None:
        """Checks the user's quota; the sum over the table is good for a moment, while there is plenty left.

        Args:
            length: bytes that are to come.
            under_way: bytes of all that arrive by this connection, these among them.

        Raises:
            QuotaExceededError: it is used up.
        """
        now = monotonic()
        if now - self._used_read > _USAGE_SECONDS or self._used + length > quota:
            self._used, self._used_read = used_bytes(owner_id) + under_way - length, now
        if self._used + length > quota:
            raise QuotaExceededError("Your share of the receiver's disk is used up until more is delivered.")
        self._used += length
