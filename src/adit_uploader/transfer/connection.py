"""One connection to a receiver: sockets, TLS and time around the wire's ``UploadClient``."""

import contextlib
import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidProxy, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from adit_uploader.protocol.client import UploadClient
from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.digests import BLAKE3, SHA256, knows
from adit_uploader.protocol.errors import RemoteProtocolError
from adit_uploader.protocol.limits import (
    ACKNOWLEDGEMENT_TIMEOUT,
    MAX_CONTROL_SIZE,
    PING_INTERVAL,
    SITE_PROFILES,
    SUBPROTOCOL,
    ZSTD,
)
from adit_uploader.protocol.messages import Failed, JobOpened, OpenJob, ServerMessage, Welcome

from .errors import ConnectionLost, JobRefused, NotAReceiver, PlainConnectionRefused, RuleBroken, refused_by_receiver
from .line import DIRECT, Line
from .line_errors import BY_CLOSE_CODE, closed, not_opened
from .proxies import proxy_for
from .tls import Seen, look, trust
from .two_way import TwoWaySocket
from .versions import PROGRAM
from .waking import TICK, Slumber, clock

OPEN_TIMEOUT = 20.0
ANSWER_TIMEOUT = 60.0
CLOSE_TIMEOUT = 3.0
DIGEST_UNKNOWN = (
    "It was begun with BLAKE3 digests, which this computer or the server can't make now. Go on with it where both can, "
    "or cancel it and give the upload again as a new one."
)

_logger = logging.getLogger(__name__)
_logger.setLevel(logging.WARNING)  # at DEBUG the library would log the token
# what ends a line is told as a LineError; the library's own traceback of it belongs on nobody's screen
_logger.addHandler(logging.NullHandler())
_logger.propagate = False

Answer = TypeVar("Answer", bound=ServerMessage)


class Server(Protocol):
    """Where a receiver is. key: names the server in the journal, the same for every way to write its address."""

    @property
    def websocket_url(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Address:
    """A server's address as plain values, to be handed to a worker process."""

    websocket_url: str
    origin: str
    key: str

    @classmethod
    def of(cls, server: Server) -> "Address":
        return cls(server.websocket_url, server.origin, server.key)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this computer, by its form alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Connection:
    """An open connection. All methods belong to one thread; a context manager that closes at its end.

    Attributes:
        client: the wire's state machine. After calling its methods, ``flush``.
    """

    def __init__(
        self,
        websocket: ClientConnection,
        *,
        features: tuple[str, ...] = (),
        silence_limit: float = ACKNOWLEDGEMENT_TIMEOUT,
    ) -> None:
        """features: of the protocol, that could be used."""
        self.client = UploadClient()
        self._features = features
        self._websocket = websocket
        self._early: deque[ServerMessage] = deque()
        self._silence = _Silence(websocket.socket, silence_limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye and end; bounded, and quiet about whatever goes wrong with it."""
        self._silence.stop()
        self._websocket.close_timeout = CLOSE_TIMEOUT
        with contextlib.suppress(OSError):
            self._websocket.close()

    def abort(self) -> None:
        """End at once, without goodbye."""
        self._silence.break_off()
        self.close()

    def flush(self) -> None:
        """Send what the client has to say. Blocks while the line is full.

        Raises:
            LineError: the connection ended.
        """
        for message in self.client.outgoing():
            try:
                self._websocket.send(message)
            except ConnectionClosed as error:
                raise closed(error) from None
            self._silence.heard()
        self._silence.expect(self.client.waits)

    def receive(self, timeout: float = 0.0) -> list[ServerMessage]:
        """What has arrived; waits up to ``timeout`` seconds for the first.

        Raises:
            LineError: the connection ended, or what arrived is not of this protocol.
        """
        events = list(self._early)
        self._early.clear()
        while True:
            try:
                message = self._websocket.recv(timeout=0.0 if events else timeout)
            except TimeoutError:
                break
            except ConnectionClosed as error:
                if events:
                    break  # what came before the end counts; the next call tells of the end
                raise closed(error) from None
            self._silence.heard()
            try:
                events += self.client.receive(message)
            except RemoteProtocolError as error:
                self.abort()
                kind = BY_CLOSE_CODE.get(error.close_code, RuleBroken)
                raise kind from None
        _raise_if_closing(events)
        self._silence.expect(self.client.waits)
        return events

    def ask(self, kind: type[Answer], timeout: float = ANSWER_TIMEOUT) -> Answer:
        """Send what is waiting and return the first message of a kind; others are kept for ``receive``.

        Raises:
            LineError: the connection ended, or there was no answer in time.
            JobRefused: the receiver said that it can't be done.
        """
        self.flush()
        deadline = time.monotonic() + timeout
        kept: list[ServerMessage] = []
        try:
            while (left := deadline - time.monotonic()) > 0:
                events = self.receive(min(left, 1.0))
                for index, event in enumerate(events):
                    if isinstance(event, kind):
                        kept += events[index + 1 :]
                        return event
                    if isinstance(event, Failed):
                        kept += events[index + 1 :]
                        raise refused_by_receiver(event.text, event.code, retriable=event.retriable)
                    kept.append(event)
        finally:
            self._early.extendleft(reversed(kept))
        raise ConnectionLost("The server did not answer in time. Try again later.")

    def hello(self) -> Welcome:
        """Say who we are.

        Raises:
            LineError: (WrongToken, NoPermission, VersionMismatch, ReceiverLocked, ...)
        """
        self.client.hello(PROGRAM, self._features)
        return self.ask(Welcome)

    def open_job(self, job: OpenJob) -> JobOpened:
        """Open or resume a job.

        Raises:
            LineError: the connection ended.
            JobRefused: mode, destination or profile are not allowed, or there is no common algorithm for its digests.
        """
        if job.digest not in {SHA256, self.client.best_digest}:
            raise JobRefused(DIGEST_UNKNOWN)
        self.client.open_job(job)
        return self.ask(JobOpened)


class _Silence:
    """Cuts a connection on which an answer is owed and nothing moves, and one that the computer has slept over.

    Sending blocks in the kernel when the other side is dead behind a full buffer, and a ping would wait behind the
    same buffer: so a thread of its own looks at the clock and shuts the socket down. After a sleep the other side has
    long given the connection up, often without a word that could reach us.
    """

    def __init__(self, sock: socket.socket, limit: float) -> None:
        self._socket = sock
        self._limit = limit
        self._last = time.monotonic()
        self._expecting = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="line-silence", daemon=True)
        self._thread.start()

    def heard(self) -> None:
        self._last = time.monotonic()

    def expect(self, expecting: bool) -> None:
        """Say whether an answer is owed."""
        if expecting and not self._expecting:
            self._last = time.monotonic()
        self._expecting = expecting

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def break_off(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _watch(self) -> None:
        slumber = Slumber(clock())
        look = min(TICK, self._limit / 8)
        bearable = self._limit - 2 * look  # noticed within the limit, and not a look after it
        while not self._stopped.wait(look):
            silent = self._expecting and time.monotonic() - self._last > bearable
            if slumber.woke(clock()) or silent:
                self.break_off()
                return


def _raise_if_closing(events: list[ServerMessage]) -> None:
    """A ``failed`` that names a close code is the end of the connection; its close need not be awaited."""
    for event in events:
        if isinstance(event, Failed):
            name = event.code.upper().replace("-", "_")
            if name in CloseCode.__members__:
                raise BY_CLOSE_CODE.get(CloseCode[name], ConnectionLost)


def open_connection(
    server: Server,
    token: str,
    *,
    line: Line = DIRECT,
    open_timeout: float = OPEN_TIMEOUT,
    silence_limit: float = ACKNOWLEDGEMENT_TIMEOUT,
) -> Connection:
    """Connect; the receiver then waits for ``hello``.

    Args:
        token: goes into the Authorization header, and nowhere else; never to a server that is not trusted.

    Raises:
        LineError: with title and message for people.
    """
    secure, local = _how(server)
    proxy = proxy_for(server.websocket_url, line.proxy, local=local)
    try:
        websocket = connect(
            server.websocket_url,
            ssl=trust(line) if secure else None,
            origin=Origin(server.origin),
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers={"Authorization": f"Token {token}"},
            user_agent_header=PROGRAM,
            compression=None,
            proxy=proxy,
            open_timeout=open_timeout,
            ping_interval=PING_INTERVAL,
            ping_timeout=ACKNOWLEDGEMENT_TIMEOUT,
            close_timeout=CLOSE_TIMEOUT,
            max_size=MAX_CONTROL_SIZE,
            max_queue=64,
            logger=_logger,
            create_connection=_same_server(urlsplit(server.websocket_url).hostname or ""),
        ).__enter__()
    except (OSError, InvalidHandshake, InvalidURI, InvalidProxy, ConnectionClosed) as error:
        raise not_opened(error, secure=secure, by_proxy=proxy is not None) from None
    if websocket.subprotocol != SUBPROTOCOL:
        websocket.close()
        raise NotAReceiver
    possible = {SITE_PROFILES: True, ZSTD: line.compression != "off", BLAKE3: knows(BLAKE3)}
    features = tuple(feature for feature, wanted in possible.items() if wanted)
    return Connection(websocket, features=features, silence_limit=silence_limit)


def certificate_of(server: Server, *, line: Line = DIRECT) -> str:
    """SHA-256 of the certificate that a server shows, as 64 hex digits; nothing is sent to it.

    Raises:
        LineError: it can't be reached, or shows none.
    """
    secure, local = _how(server)
    proxy = proxy_for(server.websocket_url, line.proxy, local=local)
    try:
        with connect(
            server.websocket_url,
            ssl=look() if secure else None,
            proxy=proxy,
            open_timeout=OPEN_TIMEOUT,
            logger=_logger,
            create_connection=_Unwanted,
        ):
            pass
    except Seen as seen:
        return seen.fingerprint
    except (OSError, InvalidHandshake, InvalidURI, InvalidProxy) as error:
        raise not_opened(error, secure=secure, by_proxy=proxy is not None) from None
    raise NotAReceiver


def _how(server: Server) -> tuple[bool, bool]:
    """Whether the connection is secured, and whether it goes to this computer.

    Raises:
        PlainConnectionRefused: neither.
    """
    parts = urlsplit(server.websocket_url)
    local = is_loopback(parts.hostname or "")
    secure = parts.scheme == "wss"
    if not secure and not (parts.scheme == "ws" and local):
        raise PlainConnectionRefused
    return secure, local


def _same_server(host: str) -> Any:
    """A factory of connections that follows no redirect to another computer, and may be read and written at once."""

    def create(sock: socket.socket, protocol: ClientProtocol, **options: Any) -> ClientConnection:
        if protocol.uri.host != host:
            raise NotAReceiver
        line: Any = TwoWaySocket(sock) if isinstance(sock, ssl.SSLSocket) else sock
        return ClientConnection(line, protocol, **options)

    return create


class _Unwanted(ClientConnection):
    """For who must not send anything: it is never made."""

    def __init__(self, sock: socket.socket, protocol: ClientProtocol, **_: Any) -> None:
        raise NotAReceiver
