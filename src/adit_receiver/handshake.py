"""What a client says before the first message: where it comes from and its token."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.limits import SUBPROTOCOL

from .errors import AccessDeniedError

_SCHEME = "token "
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Handshake:
    """The parts of the request that matter.

    Attributes:
        peer: address of the client, for the log.
        host: the own host as the client named it, with its port if it named one.
        origin: '' if the client sent none.
        token: '' if the client sent none.
    """

    peer: str
    host: str
    origin: str
    token: str
    speaks_protocol: bool

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "Handshake":
        """Reads an ASGI scope."""
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        authorization = headers.get(b"authorization", "")
        has_token = authorization[: len(_SCHEME)].lower() == _SCHEME
        client = scope.get("client")
        return cls(
            peer=str(client[0]) if client else "unknown",
            host=headers.get(b"host", ""),
            origin=headers.get(b"origin", ""),
            token=authorization[len(_SCHEME) :].strip() if has_token else "",
            speaks_protocol=SUBPROTOCOL in scope.get("subprotocols", ()),
        )

    def check(self, allowed_origins: Collection[str]) -> None:
        """Whether this may be a client of ours.

        Raises:
            AccessDeniedError: no; carries the code to close with.
        """
        if not self.speaks_protocol:
            raise AccessDeniedError(f"This address speaks {SUBPROTOCOL} only.", CloseCode.VERSION)
        if self.origin not in allowed_origins and not self._comes_from_here():
            raise AccessDeniedError("This origin may not connect here.", CloseCode.PERMISSION)
        if not self.token:
            raise AccessDeniedError("The token is missing.", CloseCode.TOKEN)

    def _comes_from_here(self) -> bool:
        try:
            origin, host = urlsplit(self.origin), urlsplit(f"//{self.host}")
            default = _DEFAULT_PORTS.get(origin.scheme)
            same = (origin.hostname, origin.port or default) == (host.hostname, host.port or default)
        except ValueError:  # a port that is none
            return False
        return default is not None and bool(host.hostname) and same
