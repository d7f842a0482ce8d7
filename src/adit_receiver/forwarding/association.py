"""An association that only stores: negotiation, responses and release over a plain socket, without a thread.

Sources: PS3.8 section 9.3 (PDUs), PS3.7 annex D.3.3 (user information) and section 9.3.1.2 (C-STORE-RSP).
"""

import contextlib
import select
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Self

from adit_uploader.deid.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

from .errors import DestinationUnavailableError
from .store_request import COMMAND, LAST, P_DATA_TF

MAX_PDU = 128 * 1024  # bytes; a peer may announce more, or no limit, and would then get a file in one piece
SMALLEST_PDU = 128  # bytes; nobody means what is below
MAX_CONTEXTS = 128  # PS3.8 section 9.3.2.2: odd numbers from 1 to 255
CONNECT_SECONDS = 10.0
NEGOTIATION_SECONDS = 30.0
STALLED_SECONDS = 60.0  # for 256 KiB that the server doesn't take from our socket
RELEASE_SECONDS = 10.0
_UNKNOWN_HOST = "its host name is not known"
LOST = "The connection was lost while it was sent."

_MAX_NEGOTIATION = 1024 * 1024  # bytes of an answer to the request for an association
_MAX_COMMAND = 64 * 1024  # bytes of a response
_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"  # PS3.7 annex A.2.1
_ASSOCIATE_RQ, _ASSOCIATE_AC, _ASSOCIATE_RJ, _RELEASE_RQ, _RELEASE_RP, _ABORT = 0x01, 0x02, 0x03, 0x05, 0x06, 0x07
_ACCEPTED = 0x00  # of a presentation context, PS3.8 table 9-18
_C_STORE_RSP = 0x8001
_COMMAND_FIELD, _RESPONDED_TO, _DATA_SET_TYPE, _STATUS = 0x0100, 0x0120, 0x0800, 0x0900  # elements of group 0000
_NO_DATA_SET = 0x0101
_PDU = struct.Struct(">BBI")
_ITEM = struct.Struct(">BBH")
_REASONS = {  # PS3.8 table 9-21: source, reason
    (1, 1): "no reason given",
    (1, 2): "application context name not supported",
    (1, 3): "calling AE title not recognised",
    (1, 7): "called AE title not recognised",
    (2, 1): "no reason given",
    (2, 2): "protocol version not supported",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}

Kind = tuple[str, str]
"""SOP class and transfer syntax."""


class ConnectionLostError(DestinationUnavailableError):
    """The association ended while an instance was sent."""


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
    def open(cls, address: tuple[str, int], called: str, calling: str, kinds: Sequence[Kind]) -> Self:
        """Connects and negotiates a presentation context for each kind, at most ``MAX_CONTEXTS``.

        Raises:
            DestinationUnavailableError: nobody is there, or the server does not want us.
        """
        try:
            connection = socket.create_connection(address, CONNECT_SECONDS)
        except UnicodeError:  # no name that the system would even look up
            raise DestinationUnavailableError(_UNKNOWN_HOST) from None
        except OSError as error:
            raise DestinationUnavailableError(in_words(error)) from None
        association = cls(connection)
        try:
            # small PDUs must not wait for acknowledgements (Nagle's algorithm): 16 files/s would be left of 200
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(NEGOTIATION_SECONDS)
            association._negotiate(called, calling, kinds)
            # without it a server that reads no more would hold us for ever
            connection.settimeout(STALLED_SECONDS)
        except (OSError, EOFError, ValueError):
            association.abort()
            raise DestinationUnavailableError("no answer to the association request") from None
        except DestinationUnavailableError:
            connection.close()
            raise
        return association

    @property
    def usable(self) -> bool:
        """Whether nothing has come that ends it, as far as can be seen without asking the server."""
        try:
            return not select.select([self._socket], [], [], 0.0)[0]
        except (OSError, ValueError):
            return False

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
        try:
            self._acknowledge_at_once()
            self._socket.settimeout(timeout)
            response = self._response()
            self._socket.settimeout(STALLED_SECONDS)
        except (OSError, EOFError, ValueError):
            raise ConnectionLostError(LOST) from None
        if response.get(_COMMAND_FIELD) != _C_STORE_RSP or response.get(_RESPONDED_TO) != message_id:
            raise ConnectionLostError(LOST)
        if (status := response.get(_STATUS)) is None:
            raise ConnectionLostError(LOST)
        return status

    def release(self) -> None:
        """Ends it in good order; a server that does not answer is left."""
        with contextlib.suppress(OSError, EOFError, ValueError):
            self._socket.settimeout(RELEASE_SECONDS)
            self._socket.sendall(_pdu(_RELEASE_RQ, bytes(4)))
            self._pdu(_MAX_COMMAND)
        self._socket.close()

    def abort(self) -> None:
        """Ends it at once."""
        with contextlib.suppress(OSError):
            self._socket.settimeout(0.0)
            self._socket.send(_pdu(_ABORT, bytes(4)))
        self._socket.close()

    def _negotiate(self, called: str, calling: str, kinds: Sequence[Kind]) -> None:
        """Raises DestinationUnavailableError where the server says no; OSError, EOFError or ValueError where it says
        nothing that can be understood.
        """
        numbers = {2 * place + 1: kind for place, kind in enumerate(kinds)}
        self._socket.sendall(_pdu(_ASSOCIATE_RQ, _request(called, calling, numbers)))
        answer, content = self._pdu(_MAX_NEGOTIATION)
        if answer == _ASSOCIATE_RJ and len(content) >= 4:
            reason = _REASONS.get((content[2], content[3]), "no reason given")
            raise DestinationUnavailableError(f"association rejected ({reason})")
        if answer != _ASSOCIATE_AC:
            raise ValueError("neither accepted nor rejected")
        for kind, item in _items(content[68:]):
            if kind == 0x21 and len(item) >= 4 and item[2] == _ACCEPTED and item[0] in numbers:
                self.contexts[numbers[item[0]]] = item[0]
            elif kind == 0x50:
                lengths = [int.from_bytes(part, "big") for number, part in _items(item) if number == 0x51]
                # 0 or nothing means that it has no limit
                self.max_pdu = max(SMALLEST_PDU, min((lengths and lengths[0]) or MAX_PDU, MAX_PDU))

    def _response(self) -> dict[int, int]:
        """Elements of the next response's command set that are numbers of two bytes.

        Raises:
            OSError, EOFError: the connection ended.
            ValueError: it is none.
        """
        command = bytearray()
        complete = False
        while not complete:
            kind, content = self._pdu(MAX_PDU)
            if kind != P_DATA_TF:
                raise ValueError("the server ends the association")
            for control, part in _fragments(content):
                if not control & COMMAND:
                    raise ValueError("a response without a data set has one")
                command += part
                complete = complete or bool(control & LAST)
            if len(command) > _MAX_COMMAND:
                raise ValueError("a response is longer than any is")
        found = _numbers(command)
        if found.get(_DATA_SET_TYPE, _NO_DATA_SET) != _NO_DATA_SET:
            raise ValueError("a response announces a data set")
        return found

    def _pdu(self, longest: int) -> tuple[int, bytes]:
        """Type and content of the next PDU."""
        kind, _, length = _PDU.unpack(self._exactly(_PDU.size))
        if length > longest:
            raise ValueError("a PDU is longer than agreed")
        return kind, self._exactly(length)

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
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


def _request(called: str, calling: str, numbers: dict[int, Kind]) -> bytes:
    """Content of an A-ASSOCIATE-RQ (PS3.8 table 9-11)."""
    contexts = b"".join(
        _item(0x20, bytes((number, 0, 0, 0)) + _item(0x30, sop_class.encode()) + _item(0x40, syntax.encode()))
        for number, (sop_class, syntax) in numbers.items()
    )
    user = (
        _item(0x51, MAX_PDU.to_bytes(4, "big"))
        + _item(0x52, IMPLEMENTATION_CLASS_UID.encode())
        + _item(0x55, IMPLEMENTATION_VERSION_NAME.encode())
    )
    titles = b"".join(title.encode("ascii", "replace")[:16].ljust(16) for title in (called, calling))
    application = _item(0x10, _APPLICATION_CONTEXT.encode())
    return struct.pack(">HH", 1, 0) + titles + bytes(32) + application + contexts + _item(0x50, user)


def _pdu(kind: int, content: bytes) -> bytes:
    return _PDU.pack(kind, 0, len(content)) + content


def _item(kind: int, content: bytes) -> bytes:
    return _ITEM.pack(kind, 0, len(content)) + content


def _items(content: bytes) -> list[tuple[int, bytes]]:
    """Raises ValueError: they don't fill the content."""
    found, place = [], 0
    while place < len(content):
        if place + _ITEM.size > len(content):
            raise ValueError("an item is cut")
        kind, _, length = _ITEM.unpack_from(content, place)
        place += _ITEM.size
        if place + length > len(content):
            raise ValueError("an item is cut")
        found.append((kind, content[place : place + length]))
        place += length
    return found


def _fragments(content: bytes) -> list[tuple[int, bytes]]:
    """Control headers and fragments of a P-DATA-TF PDU (PS3.8 section 9.3.5.1). Raises ValueError: they are cut."""
    found, place = [], 0
    while place < len(content):
        if place + 6 > len(content):
            raise ValueError("a fragment is cut")
        length = int.from_bytes(content[place : place + 4], "big")
        end = place + 4 + length
        if length < 2 or end > len(content):
            raise ValueError("a fragment is cut")
        found.append((content[place + 5], content[place + 6 : end]))
        place = end
    return found


def _numbers(command: bytes | bytearray) -> dict[int, int]:
    """Elements of two bytes of a command set, implicit VR little endian. Raises ValueError: it is cut."""
    found, place = {}, 0
    while place < len(command):
        if place + 8 > len(command):
            raise ValueError("a command is cut")
        group, element, length = struct.unpack_from("<HHI", command, place)
        place += 8
        if group != 0 or place + length > len(command):
            raise ValueError("a command is cut")
        if length == 2:
            found[element] = int.from_bytes(command[place : place + 2], "little")
        place += length
    return found
