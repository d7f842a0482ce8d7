"""An association over a plain socket or TLS, without a thread: what is sent goes out as it is, answers are waited for.

How it is agreed on, released and aborted is pynetdicom's (``negotiation``); the way of the data is our own. Whatever
the server does, each wait has an end and each answer a largest size. Sources: PS3.8 section 9.3, PS3.7 section 9.3.1.2.
"""

import contextlib
import select
import socket
import ssl
import struct
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Self

from . import negotiation
from .dimse import C_STORE_RSP, COMMAND_FIELD, RESPONDED_TO, STATUS, Message, Reader, message_pdus
from .errors import DestinationUnavailableError
from .negotiation import Kind
from .tls import Tls

MAX_PDU = 128 * 1024  # bytes; a peer may announce more, or no limit, and would then get a file in one piece
CONNECT_SECONDS = 10.0
NEGOTIATION_SECONDS = 30.0
STALLED_SECONDS = 60.0  # for 256 KiB that the server doesn't take from our socket
RELEASE_SECONDS = 10.0
_UNKNOWN_HOST = "its host name is not known"
LOST = "The connection was lost while it was sent."
ABORTED = "The destination broke the association off while it was sent."

_PDU = struct.Struct(">BBI")


class ConnectionLostError(DestinationUnavailableError):
    """The association ended while an instance was sent."""


class _EndedError(ValueError):
    """The server ends the association."""


class Association:
    """An open association. ``release`` or ``abort`` it at the end.

    Attributes:
        contexts: numbers of the presentation contexts that the server has accepted.
        max_pdu: what the server takes, bytes, capped.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.contexts: dict[Kind, int] = {}
        self.max_pdu = MAX_PDU
        self._socket = connection

    @classmethod
    def open(
        cls, address: tuple[str, int], called: str, calling: str, kinds: Sequence[Kind], tls: Tls | None = None
    ) -> Self:
        """Connects and negotiates a presentation context for each kind, at most ``negotiation.MAX_CONTEXTS``.

        Raises:
            DestinationUnavailableError: nobody is there, or the server does not want us.
        """
        request = negotiation.association_request(called, calling, kinds, MAX_PDU)
        try:
            connection = socket.create_connection(address, CONNECT_SECONDS)
        except UnicodeError:  # no name that the system would even look up
            raise DestinationUnavailableError(_UNKNOWN_HOST) from None
        except OSError as error:
            raise DestinationUnavailableError(in_words(error)) from None
        try:
            # small PDUs must not wait for acknowledgements (Nagle's algorithm): 16 files/s would be left of 200
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(NEGOTIATION_SECONDS)
            if tls is not None:
                connection = tls.secured(connection, address[0])
            association = cls(connection)
            association._negotiate(request, kinds)
            # without it a server that reads no more would hold us for ever
            connection.settimeout(STALLED_SECONDS)
        except (OSError, EOFError, ValueError):
            with contextlib.suppress(OSError):
                connection.settimeout(0.0)
                connection.send(negotiation.abort_request())
            connection.close()
            raise DestinationUnavailableError("no answer to the association request") from None
        except DestinationUnavailableError:
            connection.close()
            raise
        return association

    @property
    def usable(self) -> bool:
        """Whether nothing has come that ends it, as far as can be seen without asking the server."""
        try:
            if not select.select([self._socket], [], [], 0.0)[0]:
                return True
            return isinstance(self._socket, ssl.SSLSocket) and self._says_nothing(self._socket)
        except (OSError, ValueError):
            return False

    @staticmethod
    def _says_nothing(secured: ssl.SSLSocket) -> bool:
        """Whether what has come is TLS's own, such as a ticket for the next time."""
        secured.settimeout(0.0)
        try:
            secured.recv(1)
        except ssl.SSLWantReadError:
            return True
        else:
            return False
        finally:
            secured.settimeout(STALLED_SECONDS)

    def store(self, pieces: Iterable[bytes | memoryview], message_id: int, *, timeout: float) -> int:
        """Sends a C-STORE request and returns the status of the response.

        Args:
            timeout: seconds for the server to answer.

        Raises:
            ConnectionLostError: there is no response, or not to this request.
            OSError, EOFError: of whoever makes the pieces; the association is then no longer of use.
        """
        for piece in pieces:
            try:
                self._socket.sendall(piece)
            except OSError:
                raise ConnectionLostError(LOST) from None
        numbers = self.answer(timeout).numbers
        if numbers.get(COMMAND_FIELD) != C_STORE_RSP or numbers.get(RESPONDED_TO) != message_id:
            raise ConnectionLostError(LOST)
        if (status := numbers.get(STATUS)) is None:
            raise ConnectionLostError(LOST)
        return status

    def ask(self, command: bytes, data_set: bytes, *, context_id: int) -> None:
        """Sends a short message. Raises ConnectionLostError."""
        try:
            for pdu in message_pdus(command, data_set, context_id=context_id, max_pdu=self.max_pdu):
                self._socket.sendall(pdu)
        except OSError:
            raise ConnectionLostError(LOST) from None

    def answer(self, seconds: float, longest: int = 0) -> Message:
        """The next message from the server.

        Args:
            seconds: for the whole of it, however slowly it comes.
            longest: bytes that its data set may have; by default it may have none.

        Raises:
            ConnectionLostError: there is none.
        """
        until = monotonic() + seconds
        reader = Reader(longest)
        message = None
        try:
            self._acknowledge_at_once()
            while message is None:
                message = reader.add(self._data(until))
            self._socket.settimeout(STALLED_SECONDS)
        except _EndedError:
            raise ConnectionLostError(ABORTED) from None
        except (OSError, EOFError, ValueError):
            raise ConnectionLostError(LOST) from None
        return message

    def release(self) -> None:
        """Ends it in good order; a server that does not answer is left."""
        with contextlib.suppress(OSError, EOFError, ValueError):
            self._socket.settimeout(RELEASE_SECONDS)
            self._socket.sendall(negotiation.release_request())
            self._pdu(MAX_PDU, monotonic() + RELEASE_SECONDS)
        self._socket.close()

    def abort(self) -> None:
        """Ends it at once."""
        with contextlib.suppress(OSError):
            self._socket.settimeout(0.0)
            self._socket.send(negotiation.abort_request())
        self._socket.close()

    def _negotiate(self, request: bytes, kinds: Sequence[Kind]) -> None:
        """Raises DestinationUnavailableError where the server says no; OSError, EOFError or ValueError where it says
        nothing that can be understood.
        """
        self._socket.sendall(request)
        kind, pdu = self._pdu(negotiation.LONGEST_ANSWER, monotonic() + NEGOTIATION_SECONDS)
        if kind == negotiation.ASSOCIATE_RJ:
            raise DestinationUnavailableError(f"association rejected ({negotiation.rejection(pdu)})")
        if kind != negotiation.ASSOCIATE_AC:
            raise ValueError("neither accepted nor rejected")
        accepted = negotiation.acceptance(pdu, kinds, MAX_PDU)
        self.contexts, self.max_pdu = accepted.contexts, accepted.max_pdu

    def _data(self, until: float) -> bytes:
        """Content of the next PDU, which must be data."""
        kind, pdu = self._pdu(MAX_PDU, until)
        if kind != negotiation.P_DATA_TF:
            raise _EndedError
        return pdu[_PDU.size :]

    def _pdu(self, longest: int, until: float) -> tuple[int, bytes]:
        """Type and all bytes of the next PDU; until: when it must be there, by the monotonic clock."""
        header = self._exactly(_PDU.size, until)
        kind, _, length = _PDU.unpack(header)
        if length > longest:
            raise ValueError("a PDU is longer than agreed")
        return kind, header + self._exactly(length, until)

    def _exactly(self, size: int, until: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            left = until - monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            part = self._socket.recv(size - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    def _acknowledge_at_once(self) -> None:
        """Re-arms quick acknowledgement, which the kernel takes back again and again.

        A server with Nagle's algorithm on sends the second part of its response only after our acknowledgement of the
        first, which would otherwise be delayed by 40 ms.
        """
        if hasattr(socket, "TCP_QUICKACK"):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def in_words(error: OSError) -> str:
    """Why a connection failed."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, socket.gaierror):
        return _UNKNOWN_HOST
    return (error.strerror or type(error).__name__).lower()
