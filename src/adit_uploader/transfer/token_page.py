"""Where on a server's pages its users make their tokens."""

import urllib.error
import urllib.request
from typing import Any

from .connection import Server
from .errors import LineError
from .line import DIRECT, NO_PROXY, SYSTEM_PROXY, Line
from .tls import trust

OF_A_RECEIVER, OF_ADIT = "tokens/", "token-authentication/"
_PATIENCE = 5.0  # seconds
_NOT_FOUND = 404


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A page that sends to the sign-in is there; nobody follows."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def token_page(server: Server, *, line: Line = DIRECT) -> str:
    """Address of the page: ADIT's if the server has that, else a receiver's own. Blocks for some seconds at most.

    It is for the user's browser, which has its own way to the server: where we can't look, that is no error.
    """
    address, otherwise = f"{server.origin}/{OF_ADIT}", f"{server.origin}/{OF_A_RECEIVER}"
    plain = server.origin.startswith("http:")
    handlers: list[urllib.request.BaseHandler] = [_StayHere()]
    if plain or line.proxy == NO_PROXY:
        handlers.append(urllib.request.ProxyHandler({}))
    elif line.proxy != SYSTEM_PROXY:
        handlers.append(urllib.request.ProxyHandler({"https": line.proxy}))
    try:
        if not plain:
            handlers.append(urllib.request.HTTPSHandler(context=trust(line)))
        request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - made from a server's address
        with urllib.request.build_opener(*handlers).open(request, timeout=_PATIENCE):
            return address
    except urllib.error.HTTPError as answer:
        answer.close()
        return otherwise if answer.code == _NOT_FOUND else address
    except (OSError, ValueError, LineError):
        return otherwise
