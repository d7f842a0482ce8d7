"""Sign in: who the user is at a receiver, and what is allowed there."""

from adit_uploader.protocol.messages import Welcome

from .connection import Server, open_connection


def sign_in(server: Server, token: str) -> Welcome:
    """Connect, say hello, and close again. Blocks for some seconds at most.

    Args:
        server: where; plain http goes to this computer only, however the address was made.

    Raises:
        LineError: with title and message for people.
    """
    with open_connection(server, token) as connection:
        return connection.hello()
