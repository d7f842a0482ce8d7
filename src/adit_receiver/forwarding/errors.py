"""Errors of forwarding.

    ForwardingError
    ├── DestinationUnavailableError   nothing can be delivered there now; trying again later can help
    └── CannotBeAskedError            it does not say whether it has what it took

``message`` is for people: why, in words that fit behind "waiting for destination NAME:". Never a patient's data.
What happens to a single instance is no error but a ``Delivery``.
"""

from adit_receiver.errors import ReceiverError


class ForwardingError(ReceiverError):
    """Forwarding failed."""

    title = "Forwarding failed"


class DestinationUnavailableError(ForwardingError):
    """The destination takes nothing now."""

    title = "The destination is not available"


class CannotBeAskedError(ForwardingError):
    """The destination does not say whether it has what it took, or that it is there."""

    title = "The destination can't be asked"
