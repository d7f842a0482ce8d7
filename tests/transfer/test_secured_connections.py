"""TLS as it is in hospitals: own authorities, servers that sign for themselves, and each way in which it fails."""

import contextlib
import datetime
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adit_uploader.transfer.errors import (
    AuthoritiesUnusable,
    CertificateChanged,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateOfAnother,
    CertificateOfNobody,
    CertificateRefused,
    CertificateRevoked,
    CertificateSelfSigned,
    ConnectionLost,
    LineError,
    NotAReceiver,
    TlsCut,
    TlsFailed,
    TlsTooOld,
)
from adit_uploader.transfer.line import Line, fingerprint_in, shown
from adit_uploader.transfer.sign_in import shown_certificate, sign_in
from adit_uploader.transfer.tls import not_secured
from tests.parts.tls_front import server_context, tls_front
from tests.transfer.small_receiver import TOKEN, SmallReceiver

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)
Secured = Callable[[ssl.SSLContext], SmallReceiver]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def secured(receiver: SmallReceiver) -> Iterator[Secured]:
    """secured(context) -> a receiver behind a TLS front on localhost."""
    with contextlib.ExitStack() as stack:

        def behind(context: ssl.SSLContext) -> SmallReceiver:
            port = stack.enter_context(tls_front(int(receiver.url.rpartition(":")[2]), context))
            return SmallReceiver(url=f"wss://localhost:{port}")

        yield behind


def self_signed(folder: Path, *, name: str = "localhost") -> ssl.SSLContext:
    """A server's side with a certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{certificate.serial_number}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_an_authority_of_the_hospital_counts_when_its_file_is_named(
    secured: Secured, receiver: SmallReceiver, authority: trustme.CA, ca_file: Path
) -> None:
    server = secured(server_context(authority.issue_cert("localhost")))
    with pytest.raises(CertificateOfNobody):
        sign_in(server, TOKEN)
    assert receiver.headers == []  # the token did not leave
    assert sign_in(server, TOKEN, line=Line(ca_file=ca_file)).user == "ada"


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_of_authorities_that_holds_none_is_named(
    secured: Secured, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "authorities.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AuthoritiesUnusable):
        sign_in(secured(self_signed(tmp_path)), TOKEN, line=Line(ca_file=path))


def test_a_server_that_signs_for_itself_is_known_by_its_fingerprint(
    secured: Secured, receiver: SmallReceiver, tmp_path: Path
) -> None:
    server = secured(self_signed(tmp_path))
    with pytest.raises(CertificateSelfSigned):
        sign_in(server, TOKEN)
    fingerprint = shown_certificate(server)
    assert receiver.headers == []
    assert sign_in(server, TOKEN, line=Line(pin=fingerprint)).user == "ada"


def test_a_pin_stands_for_the_name_too(secured: Secured, tmp_path: Path) -> None:
    server = secured(self_signed(tmp_path, name="pacs-upload"))
    assert sign_in(server, TOKEN, line=Line(pin=shown_certificate(server))).user == "ada"


def test_a_changed_certificate_is_refused_with_both_fingerprints(
    secured: Secured, receiver: SmallReceiver, authority: trustme.CA, ca_file: Path, tmp_path: Path
) -> None:
    before, after = secured(self_signed(tmp_path)), secured(server_context(authority.issue_cert("localhost")))
    pin, found = shown_certificate(before), shown_certificate(after)
    with pytest.raises(CertificateChanged) as caught:
        sign_in(after, TOKEN, line=Line(pin=pin, ca_file=ca_file))  # an authority we trust doesn't help
    assert shown(pin) in caught.value.message
    assert shown(found) in caught.value.message
    assert "--pin" in caught.value.message
    assert receiver.headers == []


@pytest.mark.parametrize("text", ["AB:" * 31 + "AB", "ab" * 32, "sha256 Fingerprint=" + "AB:" * 31 + "AB", "AB " * 32])
def test_a_fingerprint_is_read_as_people_write_it(text: str) -> None:
    assert fingerprint_in(text) == "ab" * 32
    assert fingerprint_in(shown("ab" * 32)) == "ab" * 32


@pytest.mark.parametrize("text", ["", "ab" * 20, "ab" * 33, "xy" * 32])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="fingerprint"):
        fingerprint_in(text)
    with pytest.raises(ValueError, match="pin"):
        Line(pin=text or "short")


@pytest.mark.parametrize(
    ("name", "begins", "ends", "kind", "word"),
    [
        ("localhost", NOW - 10 * DAY, NOW - DAY, CertificateExpired, "clock"),
        ("localhost", NOW + DAY, NOW + 10 * DAY, CertificateNotYetValid, "clock"),
        ("adit.example.org", NOW - DAY, NOW + DAY, CertificateOfAnother, "name"),
        ("192.0.2.1", NOW - DAY, NOW + DAY, CertificateOfAnother, "name"),
    ],
)
def test_each_fault_of_a_certificate_has_its_own_message(
    secured: Secured,
    authority: trustme.CA,
    ca_file: Path,
    *,
    name: str,
    begins: object,
    ends: object,
    kind: type,
    word: str,
) -> None:
    assert isinstance(begins, datetime.datetime)
    assert isinstance(ends, datetime.datetime)
    certificate = authority.issue_cert(name, not_before=begins, not_after=ends)
    with pytest.raises(CertificateRefused) as caught:
        sign_in(secured(server_context(certificate)), TOKEN, line=Line(ca_file=ca_file))
    assert type(caught.value) is kind
    assert word in caught.value.message
    assert not caught.value.retriable


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0x800B0101, CertificateExpired),
        (0x800B0109, CertificateOfNobody),
        (0x800B010F, CertificateOfAnother),
        (0x800B010C, CertificateRevoked),
        (-67818, CertificateExpired),
        (-67843, CertificateOfNobody),
        (-67602, CertificateOfAnother),
        (1234, CertificateRefused),
    ],
)
def test_the_codes_of_windows_and_macos_are_known(code: int, kind: type[LineError]) -> None:
    error = ssl.SSLCertVerificationError("as the system says it")
    error.verify_code = code
    assert type(not_secured(error)) is kind


def test_a_server_whose_tls_is_too_old_is_named(secured: Secured, authority: trustme.CA, ca_file: Path) -> None:
    context = server_context(authority.issue_cert("localhost"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are deprecated is the point
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(TlsTooOld):
        sign_in(secured(context), TOKEN, line=Line(ca_file=ca_file))


def test_a_server_without_a_common_cipher_is_named(secured: Secured, authority: trustme.CA, ca_file: Path) -> None:
    context = server_context(authority.issue_cert("localhost"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")  # without forward secrecy
    with pytest.raises(TlsFailed):
        sign_in(secured(context), TOKEN, line=Line(ca_file=ca_file))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_asks_for_our_certificate_is_named(
    secured: Secured, authority: trustme.CA, ca_file: Path, version: ssl.TLSVersion
) -> None:
    context = server_context(authority.issue_cert("localhost"))
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca_file)
    # the alert of TLS 1.3 comes after the handshake, and may be overtaken by the end of the connection
    expected = TlsFailed if version is ssl.TLSVersion.TLSv1_2 else (TlsFailed, ConnectionLost, TlsCut)
    with pytest.raises(expected):
        sign_in(secured(context), TOKEN, line=Line(ca_file=ca_file))


@contextmanager
def middle_box(*, says: bytes, reset: bool) -> Iterator[SmallReceiver]:
    """What takes the first bytes of a handshake, says something, and ends it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take_one() -> None:
            accepted, _ = listener.accept()
            with accepted:
                accepted.recv(1)
                accepted.sendall(says)
                if reset:  # what was not read makes the end a reset
                    return
                accepted.recv(65536)
                with contextlib.suppress(OSError):  # the other end may have hung up already
                    accepted.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=take_one)
        thread.start()
        yield SmallReceiver(url=f"wss://localhost:{listener.getsockname()[1]}")
        thread.join()


@pytest.mark.parametrize("reset", [False, True])
def test_a_handshake_that_is_cut_is_named_and_tried_again(reset: bool) -> None:
    with middle_box(says=b"", reset=reset) as server, pytest.raises(TlsCut) as caught:
        sign_in(server, TOKEN)
    assert caught.value.retriable


def test_a_server_that_waits_for_the_rest_of_a_request_in_the_clear_is_named() -> None:
    """As daphne does, for which our greeting has no end of a line."""
    error = not_secured(TimeoutError("The handshake operation timed out"))
    assert "https://" in error.message
    assert error.retriable


def test_a_port_that_is_not_secured_is_named(receiver: SmallReceiver) -> None:
    for says in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail.example.org ESMTP\r\n"):
        with middle_box(says=says, reset=False) as server, pytest.raises(NotAReceiver) as caught:
            sign_in(server, TOKEN)
        assert "https://" in caught.value.message
    with pytest.raises(LineError) as caught:  # the real one: its websocket library just hangs up
        sign_in(SmallReceiver(url=receiver.url.replace("ws://127.0.0.1", "wss://localhost")), TOKEN)
    assert type(caught.value) in (NotAReceiver, TlsCut)


def test_a_secured_port_that_is_spoken_to_in_the_clear_is_named(secured: Secured, authority: trustme.CA) -> None:
    server = secured(server_context(authority.issue_cert("localhost")))
    with pytest.raises(LineError) as caught:
        sign_in(SmallReceiver(url=server.url.replace("wss://", "ws://")), TOKEN)
    assert "https://" in caught.value.message
