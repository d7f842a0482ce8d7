"""Sign in: who the user is at a receiver, and what is allowed there."""

from adit_uploader.protocol.limits import ACKNOWLEDGEMENT_TIMEOUT
from adit_uploader.protocol.messages import Welcome

from .connection import Connection, Server, certificate_of, open_connection
from .line import DIRECT, Line


def introduced(
    server: Server, token: str, *, line: Line = DIRECT, silence_limit: float = ACKNOWLEDGEMENT_TIMEOUT
) -> tuple[Connection, Welcome]:
    """An open connection over which we have said who we are, and what the server says to that.

    Args: as of ``open_connection``.

    Raises:
        LineError: with title and message for people.
    """
    connection = open_connection(server, token, line=line, silence_limit=silence_limit)
    try:
        return connection, connection.hello()
    except BaseException:
        connection.close()
        raise


def sign_in(server: Server, token: str, *, line: Line = DIRECT) -> Welcome:
    """Connect, say hello, and close again. Blocks for some seconds at most.

    Args:
        server: where; plain http goes to this computer only, however the address was made.

    Raises:
        LineError: with title and message for people.
    """
    connection, welcome = introduced(server, token, line=line)
    connection.close()
    return welcome


def shown_certificate(server: Server, *, line: Line = DIRECT) -> str:
    """SHA-256 of the certificate that the server shows, 64 hex digits: for the user to compare. Nothing is sent.

    Raises:
        LineError: it can't be reached, or shows none.
    """
    return certificate_of(server, line=line)
