"""Secured connections: whom to trust, and why a connection can't be secured.

The system's own store of authorities decides (``truststore``), with an own file beside it where one is set. A pinned
certificate stands for all of that: hospitals run servers that sign for themselves.
"""

import hashlib
import ssl
from typing import Any, TypeVar

import truststore

from .errors import (
    AuthoritiesUnusable,
    CertificateChanged,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateOfAnother,
    CertificateOfNobody,
    CertificateRefused,
    CertificateRevoked,
    CertificateSelfSigned,
    CertificateWeak,
    LineError,
    NotAReceiver,
    TlsCut,
    TlsFailed,
    TlsTooOld,
)
from .line import Line, shown

NOT_SECURED = (
    "The server does not answer with a secure connection. Check the port, and whether the address really "
    "begins with https://."
)
_SILENT = (
    "The server did not answer with a secure connection in time. Check the port, and whether the address really "
    "begins with https://. Otherwise try again later."
)

_BY_VERIFY_CODE: dict[int, type[CertificateRefused]] = {
    # OpenSSL: X509_V_ERR_*
    9: CertificateNotYetValid,
    10: CertificateExpired,
    18: CertificateSelfSigned,
    19: CertificateOfNobody,
    20: CertificateOfNobody,
    21: CertificateOfNobody,
    23: CertificateRevoked,
    62: CertificateOfAnother,
    64: CertificateOfAnother,  # of another IP address
    66: CertificateWeak,
    67: CertificateWeak,
    68: CertificateWeak,
    # Windows: CERT_E_* and CRYPT_E_* (winerror.h); what is not valid yet counts as expired there
    0x800B0101: CertificateExpired,
    0x800B0109: CertificateOfNobody,
    0x800B010A: CertificateOfNobody,
    0x800B010C: CertificateRevoked,
    0x80092010: CertificateRevoked,
    0x800B010F: CertificateOfAnother,
    # macOS, errSec... in SecBase.h
    -67818: CertificateExpired,
    -67819: CertificateNotYetValid,
    -67820: CertificateRevoked,
    -67602: CertificateOfAnother,
    -67843: CertificateOfNobody,
    -25318: CertificateOfNobody,
}

# OpenSSL's reasons, as the ssl module names them
_TOO_OLD = frozenset(
    {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE", "WRONG_SSL_VERSION"}
)
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"})


class _Checked(truststore.SSLContext):
    """The system's authorities, and those of the own file."""

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        try:
            return super().wrap_socket(*arguments, **options)
        except OSError as error:
            raise not_secured(error) from None


class _Pinned(ssl.SSLContext):
    """One certificate and no other, whoever signed it."""

    pin: str

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        try:
            secured = super().wrap_socket(*arguments, **options)
        except OSError as error:
            raise not_secured(error) from None
        found = fingerprint_of(secured)
        if found != self.pin:
            secured.close()
            raise CertificateChanged(expected=shown(self.pin), found=shown(found))
        return secured


_Context = TypeVar("_Context", bound=ssl.SSLContext)


def _new_enough(context: _Context) -> _Context:
    """Debian's Python leaves it to the system's settings, which may allow TLS 1.0."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def trust(line: Line) -> ssl.SSLContext:
    """What decides whether a server is the one that it says to be; raises LineError while connecting if it isn't.

    Raises:
        AuthoritiesUnusable: the own file of authorities can't be read, or is none.
    """
    if line.pin:
        pinned = _new_enough(_Pinned(ssl.PROTOCOL_TLS_CLIENT))
        pinned.pin = line.pin
        pinned.check_hostname = False
        pinned.verify_mode = ssl.CERT_NONE
        return pinned
    context = _new_enough(_Checked(ssl.PROTOCOL_TLS_CLIENT))
    if line.ca_file is not None:
        try:
            context.load_verify_locations(line.ca_file)
        except OSError:  # SSLError is one: no certificate in it
            raise AuthoritiesUnusable from None
    return context


class Seen(Exception):
    """Leaves a handshake that has shown what was asked for."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint


class _Looking(ssl.SSLContext):
    """Looks at the certificate, and never goes on."""

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        try:
            secured = super().wrap_socket(*arguments, **options)
        except OSError as error:
            raise not_secured(error) from None
        with secured:
            raise Seen(fingerprint_of(secured))


def look() -> ssl.SSLContext:
    """A context that raises ``Seen`` with the server's certificate, whatever it is, before anything is sent."""
    context = _new_enough(_Looking(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fingerprint_of(secured: ssl.SSLSocket) -> str:
    """SHA-256 of the other side's certificate (DER), 64 hex digits."""
    return hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()


def not_secured(error: OSError) -> LineError:  # noqa: PLR0911 - one for each way to fail
    """Why the TLS handshake failed."""
    match error:
        case ssl.SSLCertVerificationError():
            return _BY_VERIFY_CODE.get(error.verify_code, CertificateRefused)()
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return TlsCut()
        case ssl.SSLError() if error.reason in _TOO_OLD:
            return TlsTooOld()
        case ssl.SSLError() if error.reason in _NOT_TLS:
            return NotAReceiver(NOT_SECURED)
        case ssl.SSLError():
            return TlsFailed()
        case TimeoutError():
            return TlsCut(_SILENT)
        case _:  # reset
            return TlsCut()
