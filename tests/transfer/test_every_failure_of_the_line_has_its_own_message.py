"""What people are told when a connection can't be made or ends."""

import contextlib
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.sync.server import serve
from websockets.typing import Subprotocol

from adit_uploader.protocol.codes import CloseCode
from adit_uploader.transfer import connection
from adit_uploader.transfer.connection import open_connection
from adit_uploader.transfer.errors import (
    CertificateRefused,
    ConnectionLost,
    CreditExceeded,
    JobInUse,
    LineError,
    NoPermission,
    NotAReceiver,
    PlainConnectionRefused,
    ProxyWantsPassword,
    ReceiverFailed,
    ReceiverFull,
    ReceiverLocked,
    RuleBroken,
    ServerNotFound,
    ServerUnreachable,
    TooLarge,
    TooManyFailedLogins,
    VersionMismatch,
    WrongToken,
)
from adit_uploader.transfer.line_errors import BY_CLOSE_CODE
from adit_uploader.transfer.sign_in import sign_in
from tests.transfer.small_receiver import TOKEN, SmallReceiver, web_server


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (CloseCode.TOKEN, WrongToken),
        (CloseCode.PERMISSION, NoPermission),
        (CloseCode.JOB_IN_USE, JobInUse),
        (CloseCode.TOO_LARGE, TooLarge),
        (CloseCode.TOO_MANY_FAILURES, TooManyFailedLogins),
        (CloseCode.LOCKED, ReceiverLocked),
        (CloseCode.VERSION, VersionMismatch),
        (CloseCode.CREDIT_EXCEEDED, CreditExceeded),
        (CloseCode.INTERNAL, ReceiverFailed),
        (CloseCode.FULL, ReceiverFull),
        (CloseCode.PROTOCOL_ERROR, RuleBroken),
    ],
)
def test_each_close_code_has_its_own_error(receiver: SmallReceiver, code: CloseCode, kind: type[LineError]) -> None:
    receiver.close_with = code
    with pytest.raises(kind) as caught:
        sign_in(receiver, TOKEN)
    assert type(caught.value) is kind
    assert caught.value.title
    assert caught.value.message
    assert caught.value.retriable is code.retriable


def test_every_close_code_is_translated() -> None:
    assert set(CloseCode) - {CloseCode.NORMAL} <= set(BY_CLOSE_CODE)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (HTTPStatus.NOT_FOUND, NotAReceiver),
        (HTTPStatus.OK, NotAReceiver),
        (HTTPStatus.UNAUTHORIZED, WrongToken),
        (HTTPStatus.FORBIDDEN, NoPermission),
        (HTTPStatus.BAD_GATEWAY, ReceiverFailed),
        (HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, ProxyWantsPassword),
    ],
)
def test_a_web_server_that_is_no_receiver_is_told_by_its_status(status: HTTPStatus, kind: type[LineError]) -> None:
    with web_server(status) as address, pytest.raises(kind):
        sign_in(address, TOKEN)


def test_a_websocket_without_our_subprotocol_is_no_receiver() -> None:
    with serve(lambda websocket: None, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(NotAReceiver):
                sign_in(SmallReceiver(url=f"ws://127.0.0.1:{server.socket.getsockname()[1]}"), TOKEN)
        finally:
            server.shutdown()
            thread.join()


def test_a_name_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(ServerNotFound):
        sign_in(SmallReceiver(url="wss://no-such-server.invalid"), TOKEN)


def test_a_port_where_nobody_listens_does_not_answer() -> None:
    with pytest.raises(ServerUnreachable):
        sign_in(SmallReceiver(url="ws://127.0.0.1:9"), TOKEN)


def test_what_the_websocket_library_complains_of_is_not_printed() -> None:
    """It logs a traceback when bytes come after a line's end; the end is told as an error anyway."""
    program = f"import logging, {connection.__name__}; logging.getLogger('{connection.__name__}').error('internal')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_server_that_resets_what_it_has_just_accepted_is_told_at_whatever_moment() -> None:
    def reset(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = listener.accept()
                accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                accepted.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=reset, args=(listener,))
        thread.start()
        server = SmallReceiver(url=f"ws://127.0.0.1:{listener.getsockname()[1]}")
        try:
            for _ in range(100):  # in about every tenth the reset is there before the first word
                with pytest.raises((ServerUnreachable, ConnectionLost)):
                    open_connection(server, TOKEN)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    "url", ["ws://example.org", "ws://192.0.2.1", "ws://localhost.example.org", "http://127.0.0.1"]
)
def test_nothing_goes_unencrypted_to_another_computer(url: str) -> None:
    with pytest.raises(PlainConnectionRefused):
        sign_in(SmallReceiver(url=url), TOKEN)


@contextmanager
def one_connection(talk: bytes) -> Iterator[SmallReceiver]:
    """A server that says these bytes to the first who comes, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve_one() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(talk)

        thread = threading.Thread(target=serve_one)
        thread.start()
        yield SmallReceiver(url=f"ws://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()


def test_a_server_that_hangs_up_is_a_lost_connection() -> None:
    with one_connection(b"") as address, pytest.raises(ConnectionLost):
        sign_in(address, TOKEN)


def test_another_service_is_no_receiver() -> None:
    with one_connection(b"220 mail.example.org ESMTP\r\n") as address, pytest.raises(NotAReceiver):
        sign_in(address, TOKEN)


def test_a_redirect_to_another_computer_is_not_followed() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: ws://192.0.2.1/ws/upload/\r\nContent-Length: 0\r\n\r\n"
    with one_connection(answer) as address, pytest.raises(LineError):
        sign_in(address, TOKEN)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that nobody vouches for, and its key in one file."""
    path = tmp_path / "server.pem"
    done = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(tmp_path / "key.pem"), "-out", str(path)),
        ],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    path.write_bytes(path.read_bytes() + (tmp_path / "key.pem").read_bytes())
    return path


@contextmanager
def tls_receiver(certificate: Path) -> Iterator[SmallReceiver]:
    receiver = SmallReceiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serve(
        receiver.handle, "127.0.0.1", 0, ssl=context, subprotocols=[Subprotocol("adit-upload.v1")], compression=None
    ) as server:
        receiver.url = f"wss://localhost:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with tls_receiver(certificate) as receiver:
        with pytest.raises(CertificateRefused):
            sign_in(receiver, TOKEN)
        assert receiver.headers == []  # the token did not leave


def test_a_certificate_of_the_computers_own_authorities_is_taken(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with tls_receiver(certificate) as receiver:
        assert sign_in(receiver, TOKEN).user == "ada"


def test_signing_in_brings_the_welcome_and_closes(receiver: SmallReceiver) -> None:
    welcome = sign_in(receiver, TOKEN)
    assert welcome.department == "Radiology"
    assert "site_key=..." in repr(welcome)
    assert receiver.connections == 1


def test_the_token_is_in_no_error_and_no_log(receiver: SmallReceiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    receiver.close_with = CloseCode.TOKEN
    with pytest.raises(WrongToken) as caught:
        sign_in(receiver, "5ecret" * 6)
    client = [record for record in caplog.records if record.name.startswith("adit_uploader")]
    assert not [record for record in client if "5ecret" in record.getMessage()]
    assert "5ecret" not in repr(caught.value)
    assert "5ecret" not in str(caught.value)


def test_a_connection_that_is_cut_tells_so(receiver: SmallReceiver) -> None:
    with open_connection(receiver, TOKEN) as connection:
        connection.hello()
        connection.abort()
        with pytest.raises(ConnectionLost):
            connection.receive(1.0)
