"""What the administrator decided, as a value."""

from datetime import datetime

from .forwarding.hours import Hours
from .models import ReceiverPolicy


def current_policy() -> ReceiverPolicy:
    """The one row, or the defaults while there is none."""
    return ReceiverPolicy.objects.filter(pk=1).first() or ReceiverPolicy(pk=1)


def forwarding_hours(policy: ReceiverPolicy) -> Hours | None:
    """The hours in which jobs that are not urgent are forwarded; None for all."""
    if policy.window_begin is None or policy.window_end is None:
        return None
    return Hours(policy.window_begin, policy.window_end, policy.window_zone)


def urgent_only(policy: ReceiverPolicy, now: datetime) -> bool:
    """Whether now only urgent jobs are forwarded."""
    hours = forwarding_hours(policy)
    return hours is not None and not hours.open_at(now)
