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
)
from websockets.exceptions import ProxyError as ProxyFailed

from adit_uploader.protocol.codes import CloseCode

from .errors import (
    ConnectionLost,
    CreditExceeded,
    JobInUse,
    LineError,
    NoPermission,
    NotAReceiver,
    ProxySettingWrong,
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
from .proxies import proxy_failed
from .tls import not_secured

_NO_ANSWER = "The server closed the connection before it had answered. Try again later."
_PERHAPS_SECURED = (
    "The server closed the connection before it had answered. If it is secured, the address must begin with https://. "
    "Otherwise try again later."
)
_OTHERWISE_SECURED = (
    "Something answers at this address, but it does not take uploads. If the server is secured, the address must "
    "begin with https://. Otherwise the upload service may not be installed there."
)

BY_CLOSE_CODE: dict[int, type[LineError]] = {
    CloseCode.PROTOCOL_ERROR: RuleBroken,
    CloseCode.TOKEN: WrongToken,
    CloseCode.PERMISSION: NoPermission,
    CloseCode.JOB_IN_USE: JobInUse,
    CloseCode.TOO_LARGE: TooLarge,
    CloseCode.TOO_MANY_FAILURES: TooManyFailedLogins,
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


def not_opened(
    error: OSError | InvalidHandshake | InvalidURI | InvalidProxy | ConnectionClosed, *, secure: bool, by_proxy: bool
) -> LineError:
    """Why a connection could not be opened. What fails while it is secured has told so already (``tls``).

    Args:
        by_proxy: the way leads over a proxy, so that whatever fails before the connection is secured fails there.
    """
    if isinstance(error, ProxyFailed) or (by_proxy and isinstance(error, OSError)):
        return proxy_failed(error)
    if isinstance(error, OSError):
        return _unreachable(error)
    if isinstance(error, InvalidProxy):
        return ProxySettingWrong()
    return _no_websocket(error, secure=secure)


def _no_websocket(error: InvalidHandshake | InvalidURI | ConnectionClosed, *, secure: bool) -> LineError:
    """Why what answers does not speak with us."""
    cause = error.__cause__
    match error:
        case InvalidStatus():
            return _status(error.response.status_code, secure=secure)
        case InvalidMessage() if isinstance(cause, ssl.SSLError):
            return not_secured(cause)  # TLS 1.3 asks for our certificate after its handshake
        case ConnectionClosed():  # reset after it was made and before we had asked
            return ConnectionLost(_NO_ANSWER if secure else _PERHAPS_SECURED)
        case InvalidMessage() if isinstance(cause, EOFError | OSError):
            return ConnectionLost(_NO_ANSWER if secure else _PERHAPS_SECURED)
        case _:
            return NotAReceiver("" if secure else _OTHERWISE_SECURED)


def _unreachable(error: OSError) -> LineError:
    match error:
        case ssl.SSLError():  # within an encrypted proxy
            return not_secured(error)
        case socket.gaierror():
            return ServerNotFound()
        case TimeoutError():
            return ServerUnreachable("The server did not answer in time. Try again later.")
        case _:
            return ServerUnreachable()


def _status(code: int, *, secure: bool) -> LineError:
    if code == 401:
        return WrongToken()
    if code == 403:
        return NoPermission(
            "The server refused the connection. Your user may not upload there, or the server does not expect this "
            "program under this address. Ask its administrators."
        )
    if code == 407:
        return ProxyWantsPassword()
    if code in {500, 502, 503, 504}:
        return ReceiverFailed()
    return NotAReceiver("" if secure else _OTHERWISE_SECURED)
