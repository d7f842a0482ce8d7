"""Errors of forwarding.

    ForwardingError
    └── DestinationUnavailableError   nothing can be delivered there now; trying again later can help

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
