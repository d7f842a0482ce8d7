"""Sign in: who the user is at a receiver, and what is allowed there."""

from adit_uploader.protocol.messages import Welcome

from .connection import Server, certificate_of, open_connection
from .line import DIRECT, Line


def sign_in(server: Server, token: str, *, line: Line = DIRECT) -> Welcome:
    """Connect, say hello, and close again. Blocks for some seconds at most.

    Args:
        server: where; plain http goes to this computer only, however the address was made.

    Raises:
        LineError: with title and message for people.
    """
    with open_connection(server, token, line=line) as connection:
        return connection.hello()


def shown_certificate(server: Server, *, line: Line = DIRECT) -> str:
    """SHA-256 of the certificate that the server shows, 64 hex digits: for the user to compare. Nothing is sent.

    Raises:
        LineError: it can't be reached, or shows none.
    """
    return certificate_of(server, line=line)
