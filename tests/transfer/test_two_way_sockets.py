"""A TLS connection is read and written at the same time, and OpenSSL sees one thread at a time."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import trustme

from adit_uploader.transfer.connection import open_connection
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.two_way import TwoWaySocket
from tests.parts.tls_front import server_context, tls_front
from tests.transfer.small_receiver import TOKEN, SmallReceiver

MUCH = 8 * 2**20  # bytes; more than the system keeps for a socket
LIMIT = 60.0  # seconds, for what takes a moment


@dataclass(slots=True)
class Uses:
    """How many threads were in OpenSSL for one connection at the same time.

    The first one waits there for a second one, which must not come, for as long as ``patience`` seconds.
    """

    patience: float = 0.3
    most: int = 0
    now: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    met: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def of(self, secured: ssl.SSLSocket) -> Iterator[None]:
        with self.lock:
            self.now[id(secured)] = self.now.get(id(secured), 0) + 1
            self.most = max(self.most, self.now[id(secured)])
            patience, self.patience = self.patience, 0.0
            if self.most > 1:
                self.met.set()
        self.met.wait(patience)
        try:
            yield
        finally:
            with self.lock:
                self.now[id(secured)] -= 1


@pytest.fixture
def uses(monkeypatch: pytest.MonkeyPatch) -> Uses:
    """Counted from now on, for every TLS socket of this process."""
    counted = Uses()

    def counting(name: str) -> None:
        plain = getattr(ssl.SSLSocket, name)

        def use(self: ssl.SSLSocket, *arguments: object) -> object:
            with counted.of(self):
                return plain(self, *arguments)

        monkeypatch.setattr(ssl.SSLSocket, name, use)

    for name in ("read", "recv", "send"):
        counting(name)
    # recv calls read, in the same thread
    monkeypatch.setattr(ssl.SSLSocket, "recv", lambda self, size=1024, flags=0: self.read(size))
    return counted


Pair = tuple[TwoWaySocket, TwoWaySocket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of one TLS connection."""
    authority = trustme.CA()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    serving = server_context(authority.issue_cert("localhost"))
    here, there = socket.socketpair()
    with ThreadPoolExecutor(1) as aside:
        server = aside.submit(serving.wrap_socket, there, server_side=True)
        client = trusting.wrap_socket(here, server_hostname="localhost")
        with (
            contextlib.closing(TwoWaySocket(client)) as one,
            contextlib.closing(TwoWaySocket(server.result())) as other,
        ):
            yield one, other


def read(end: TwoWaySocket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size and (data := end.recv(65536)):
        got += data
    return bytes(got)


def test_both_directions_go_at_once_one_thread_at_a_time(uses: Uses, pair: Pair) -> None:
    one, other = pair
    there, back = bytes(range(256)) * (MUCH // 256), b"\x07" * MUCH
    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(one.sendall, there), threads.submit(other.sendall, back)]
        arrived = [threads.submit(read, other, MUCH), threads.submit(read, one, MUCH)]
        assert [len(end.result(LIMIT)) for end in arrived] == [MUCH, MUCH]
        assert (arrived[0].result() == there, arrived[1].result() == back) == (True, True)
        for end in sent:
            end.result(LIMIT)
    assert uses.most == 1


def test_a_websocket_uses_its_secured_line_one_thread_at_a_time(uses: Uses, receiver: SmallReceiver) -> None:
    authority = trustme.CA()
    context = server_context(authority.issue_cert("localhost"))
    with tls_front(int(receiver.url.rpartition(":")[2]), context) as port, authority.cert_pem.tempfile() as ca_file:
        server = SmallReceiver(url=f"wss://localhost:{port}")
        with open_connection(server, TOKEN, line=Line(ca_file=ca_file)) as connection:
            assert connection.hello().user == "ada"
    assert uses.most == 1


@pytest.mark.parametrize("end", [lambda line: line.shutdown(socket.SHUT_RDWR), TwoWaySocket.close])
def test_whoever_waits_goes_on_when_another_thread_ends_the_line(
    pair: Pair, end: Callable[[TwoWaySocket], None]
) -> None:
    waiting = threading.Event()
    with ThreadPoolExecutor(1) as threads:

        def wait() -> bytes:
            waiting.set()
            with contextlib.suppress(OSError):
                return pair[0].recv(1024)
            return b""

        reader: Future[bytes] = threads.submit(wait)
        assert waiting.wait(LIMIT)
        end(pair[0])
        assert reader.result(LIMIT) == b""


def test_the_end_of_the_other_side_is_the_end_of_reading(pair: Pair) -> None:
    pair[1].sendall(b"last words")
    pair[1].close()
    assert read(pair[0], 100) == b"last words"


def test_reading_gives_up_when_its_time_is_over(pair: Pair) -> None:
    pair[0].settimeout(0.01)
    with pytest.raises(TimeoutError):
        pair[0].recv(1024)


def test_sending_gives_up_when_nobody_reads(pair: Pair) -> None:
    pair[0].settimeout(0.01)
    with pytest.raises(TimeoutError):
        pair[0].sendall(bytes(MUCH))


def test_a_closed_line_is_an_error_and_no_wait(pair: Pair) -> None:
    pair[0].close()
    pair[0].close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        pair[0].recv(1024)
    with pytest.raises(OSError, match="Bad file descriptor"):
        pair[0].sendall(b"late")
