"""What the socket, TLS and websocket libraries say, translated once into this room's errors."""

import socket
import ssl

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    ProxyError,
)

from adit_uploader.protocol.codes import CloseCode

from .errors import (
    CertificateRefused,
    ConnectionLost,
    CreditExceeded,
    JobInUse,
    LineError,
    NoPermission,
    NotAReceiver,
    ReceiverFailed,
    ReceiverFull,
    ReceiverLocked,
    RuleBroken,
    ServerNotFound,
    ServerUnreachable,
    TooLarge,
    VersionMismatch,
    WrongToken,
)

_NO_ANSWER = "The server closed the connection before it had answered. Try again later."

BY_CLOSE_CODE: dict[int, type[LineError]] = {
    CloseCode.PROTOCOL_ERROR: RuleBroken,
    CloseCode.TOKEN: WrongToken,
    CloseCode.PERMISSION: NoPermission,
    CloseCode.JOB_IN_USE: JobInUse,
    CloseCode.TOO_LARGE: TooLarge,
    CloseCode.LOCKED: ReceiverLocked,
    CloseCode.VERSION: VersionMismatch,
    CloseCode.CREDIT_EXCEEDED: CreditExceeded,
    CloseCode.INTERNAL: ReceiverFailed,
    CloseCode.FULL: ReceiverFull,
    # RFC 6455 section 7.4.1
    1002: RuleBroken,
    1003: RuleBroken,
    1009: TooLarge,
    1011: ReceiverFailed,
}


def closed(error: ConnectionClosed) -> LineError:
    """Why an open connection ended. The reason's text is the receiver's own and never holds a patient's data."""
    if error.rcvd is None:
        return ConnectionLost()
    return BY_CLOSE_CODE.get(error.rcvd.code, ConnectionLost)()


def not_opened(error: OSError | InvalidHandshake | InvalidURI | InvalidProxy | ConnectionClosed) -> LineError:
    """Why a connection could not be opened."""
    if isinstance(error, OSError):
        return _unreachable(error)
    match error:
        case InvalidProxy() | ProxyError():
            return ServerUnreachable(
                "The network's proxy does not let the connection through. Ask your IT department to allow websocket "
                "connections to this server."
            )
        case InvalidStatus():
            return _status(error.response.status_code)
        case ConnectionClosed():  # reset after it was made and before we had asked
            return ConnectionLost(_NO_ANSWER)
        case InvalidMessage() if isinstance(error.__cause__, EOFError | OSError):
            return ConnectionLost(_NO_ANSWER)
        case _:
            return NotAReceiver()


def _unreachable(error: OSError) -> LineError:
    match error:
        case ssl.SSLCertVerificationError():
            return CertificateRefused(_certificate(error))
        case ssl.SSLError():
            return NotAReceiver(
                "The server does not answer with a secure connection. Check the port, and whether the address really "
                "begins with https://."
            )
        case socket.gaierror():
            return ServerNotFound()
        case TimeoutError():
            return ServerUnreachable("The server did not answer in time. Try again later.")
        case _:
            return ServerUnreachable()


def _status(code: int) -> LineError:
    if code == 401:
        return WrongToken()
    if code == 403:
        return NoPermission(
            "The server refused the connection. Your user may not upload there, or the server does not expect this "
            "program under this address. Ask its administrators."
        )
    if code == 407:
        return ServerUnreachable("The network's proxy asks for a sign-in. Ask your IT department.")
    if code in {500, 502, 503, 504}:
        return ReceiverFailed()
    return NotAReceiver()


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    """The message for one of OpenSSL's verification results (X509_V_ERR_*)."""
    known = {
        10: "It has expired. Tell the server's administrators, and check this computer's clock.",
        9: "It is not valid yet. Check this computer's clock.",
        62: "It was made for another server name. Check the address.",
    }
    detail = known.get(getattr(error, "verify_code", 0), "")
    return f"{CertificateRefused.default_message} {detail}".strip()
