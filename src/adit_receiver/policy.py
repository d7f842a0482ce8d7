"""What the administrator decided, as a value."""

from .models import ReceiverPolicy


def current_policy() -> ReceiverPolicy:
    """The one row, or the defaults while there is none."""
    return ReceiverPolicy.objects.filter(pk=1).first() or ReceiverPolicy(pk=1)
