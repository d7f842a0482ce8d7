"""Which proxy is on the way to a server, and what it is told when it says no."""

from websockets.exceptions import InvalidProxy, InvalidProxyMessage, InvalidProxyStatus, ProxyError
from websockets.proxy import get_proxy, parse_proxy
from websockets.uri import parse_uri

from .errors import (
    LineError,
    ProxyAnswersNonsense,
    ProxyHangsUp,
    ProxyRefuses,
    ProxySettingWrong,
    ProxyUnreachable,
    ProxyWantsPassword,
)
from .line import NO_PROXY, SYSTEM_PROXY


def proxy_for(websocket_url: str, setting: str, *, local: bool) -> str | None:
    """The proxy's address, or None for the direct way.

    The system's settings are those of urllib: the environment (HTTPS_PROXY, NO_PROXY and the like), else what Windows
    and macOS know. Automatic configuration scripts (PAC) are not read.

    Args:
        setting: see ``Line.proxy``.
        local: the server is this computer; no proxy is asked for the way to it.

    Raises:
        ProxySettingWrong: the setting is not the address of a proxy.
    """
    if local or setting == NO_PROXY:
        return None
    proxy = get_proxy(parse_uri(websocket_url)) if setting == SYSTEM_PROXY else setting
    if proxy is not None:
        check_proxy(proxy)
    return proxy


def check_proxy(address: str) -> None:
    """Whether this is the address of a proxy that we can use.

    Raises:
        ProxySettingWrong: it isn't.
    """
    try:
        parse_proxy(address)
    except (InvalidProxy, ValueError):  # ValueError: a port that is none
        raise ProxySettingWrong from None


def proxy_failed(error: OSError | ProxyError) -> LineError:
    """Why the way through the proxy was not made; the server was not reached."""
    match error:
        case InvalidProxyStatus():
            return _by_status(error.response.status_code)
        case InvalidProxyMessage():
            return ProxyHangsUp() if isinstance(error.__cause__, EOFError | OSError) else ProxyAnswersNonsense()
        case ProxyError():
            return _of_socks(error.__cause__)
        case TimeoutError():
            return ProxyUnreachable("The network's proxy did not answer in time. Try again later.")
        case _:
            return ProxyUnreachable()


def _by_status(status: int) -> LineError:
    if status == 407:
        return ProxyWantsPassword()
    if status in {502, 503, 504}:
        return ProxyUnreachable(
            "The network's proxy can't reach the server. Check the server's address, or try again later."
        )
    return ProxyRefuses()


# RFC 1928 section 6: not allowed by ruleset; network unreachable, host unreachable, connection refused, TTL expired
_SOCKS_REFUSED = 2
_SOCKS_NOT_REACHED = frozenset({3, 4, 5, 6})


def _of_socks(cause: BaseException | None) -> LineError:
    code = getattr(cause, "error_code", None)
    if code == _SOCKS_REFUSED:
        return ProxyRefuses()
    if code in _SOCKS_NOT_REACHED:
        return _by_status(502)
    text = str(cause).lower()
    if text.startswith(("no acceptable authentication", "username and password")):
        return ProxyWantsPassword()
    return ProxyHangsUp() if "closed" in text else ProxyAnswersNonsense()
