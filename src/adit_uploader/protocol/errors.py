"""What can go wrong on the wire.

    ProtocolError
    ├── LocalProtocolError     our own caller asked for what the protocol does not allow now; nothing was sent
    └── RemoteProtocolError    the other side broke the rules; close the connection with its close code

Their texts name messages, fields and limits, and never a value that was sent or received.
"""

from .codes import CloseCode


class ProtocolError(Exception):
    """Base of this room's errors. title, message: for people; message says what was wrong."""

    title = "The conversation with the server went wrong"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class LocalProtocolError(ProtocolError):
    """Our side may not do this now. The machine is unchanged and can go on."""

    title = "This program used the connection to the server wrongly"


class RemoteProtocolError(ProtocolError):
    """The other side broke the rules. The machine is closed.

    Attributes:
        close_code: with which the connection is to be closed.
        text: the close reason, at most 123 bytes of UTF-8 (RFC 6455 section 5.5).
    """

    title = "The other side does not follow the upload protocol"

    def __init__(self, close_code: CloseCode, text: str) -> None:
        super().__init__(text)
        self.close_code = close_code
        self.text = text
