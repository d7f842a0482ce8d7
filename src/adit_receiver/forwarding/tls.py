"""DICOM over TLS: whom we trust, who we are, and what went wrong, in words.

Source: PS3.15 annex B.10 (BCP 195 TLS): version 1.2 or later, a chain that is verified to an authority.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from .errors import DestinationUnavailableError


@dataclass(frozen=True, slots=True)
class Tls:
    """How a destination is spoken to over TLS.

    Attributes:
        authorities: PEM file of those that are trusted; None for the system's.
        certificate, key: PEM files that say who we are, if the server wants to know.
        verify_host: whether the certificate must be of the host that is called.
    """

    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    verify_host: bool = True

    def secured(self, connection: socket.socket, host: str) -> ssl.SSLSocket:
        """The connection over TLS, from now on; it must have a timeout, which is for all of this.

        Raises:
            DestinationUnavailableError: the server is not whom it should be, or does not speak TLS; says which.
        """
        context = self.context()
        try:
            return context.wrap_socket(connection, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise DestinationUnavailableError(_distrust(error)) from None
        except ssl.SSLError as error:
            raise DestinationUnavailableError(_no_tls(error)) from None
        except TimeoutError:
            raise DestinationUnavailableError("no answer to the beginning of TLS") from None
        except (OSError, ValueError):
            raise DestinationUnavailableError("the connection was lost at the beginning of TLS") from None

    def context(self) -> ssl.SSLContext:
        """What the system's TLS is told.

        Raises:
            DestinationUnavailableError: one of the files can't be used; says which.
        """
        try:
            context = ssl.create_default_context(cafile=self.authorities)
        except OSError:  # SSLError is one
            raise DestinationUnavailableError("the file of its authorities can't be read as PEM") from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = self.verify_host
        if self.certificate is not None and self.key is not None:
            try:
                # without a word of ours OpenSSL would ask for a passphrase in the terminal
                context.load_cert_chain(self.certificate, self.key, password=_no_passphrase)
            except (OSError, ValueError):
                raise DestinationUnavailableError("our certificate or its key can't be read, or don't match") from None
        return context


def _no_passphrase() -> str:
    return ""


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    # codes of OpenSSL's x509_vfy.h; the text holds what stands in the certificate
    reasons = {
        10: "its certificate has expired",
        18: "its certificate is signed by itself and is not among those that are trusted",
        19: "its certificate comes from an authority that is not among those that are trusted",
        20: "its certificate comes from an authority that is not among those that are trusted",
        62: "its certificate is of another host name",
        64: "its certificate is of another address",
    }
    return reasons.get(error.verify_code, "its certificate is not trusted")


def _no_tls(error: ssl.SSLError) -> str:
    if error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNEXPECTED_MESSAGE", "HTTP_REQUEST"}:
        return "it does not speak TLS"
    if error.reason in {"TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_HANDSHAKE_FAILURE"}:
        return "it wants a certificate of ours"
    if error.reason in {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"}:
        return "it speaks only a TLS that is too old"
    return "TLS could not be agreed on"
