"""The address of a server: what people type, and what is made of it."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Literal, Self
from urllib.parse import urlsplit

from adit_uploader.protocol.limits import PATH

from .errors import InsecureAddress, InvalidAddress

Scheme = Literal["ws", "wss"]

_SCHEMES: dict[str, Scheme] = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}
_DEFAULT_PORTS: dict[Scheme, int] = {"wss": 443, "ws": 80}
_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?\Z"
)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server, as ``parse`` makes it.

    Attributes:
        scheme: ``wss``, or ``ws`` to this machine itself.
        host: lower case, international names in their ASCII form (RFC 3490), IPv6 without brackets.
        port: 1 to 65535.
    """

    scheme: Scheme
    host: str
    port: int

    @classmethod
    def parse(cls, text: str, *, insecure_loopback: bool = False) -> Self:
        """The server in what somebody typed or pasted: ``adit.example.org``, ``https://adit.example.org/upload/``, ...

        Path and query are not used: people paste the address of the page they are on.

        Args:
            insecure_loopback: whether an unencrypted connection to this machine itself is allowed; a bare
                ``localhost:8000`` is then taken as unencrypted.

        Raises:
            InvalidAddress: it is no address.
            InsecureAddress: it asks for an unencrypted connection that is not allowed.
        """
        text = text.strip()
        if not text or any(character.isspace() or not character.isprintable() for character in text):
            raise InvalidAddress("Type an address such as adit.example.org.")
        scheme_text, separator, rest = text.partition("://")
        if not separator:
            scheme_text, rest = "", text
        scheme = _SCHEMES.get(scheme_text.lower()) if separator else "wss"
        if scheme is None:
            raise InvalidAddress("An address starts with https:// or with the server's name.")
        host, port = _host_and_port(rest)
        loopback = _is_loopback(host)
        if loopback and insecure_loopback and not separator:
            scheme = "ws"
        if scheme == "ws" and not (loopback and insecure_loopback):
            raise InsecureAddress(
                "Unencrypted connections to this machine are for trying out and must be allowed (--insecure-loopback)."
                if loopback
                else "Patients' data must not travel in the open. Use the address that starts with https://."
            )
        return cls(scheme, host, _DEFAULT_PORTS[scheme] if port is None else port)

    @property
    def plain(self) -> bool:
        """Whether the connection is unencrypted (to this machine itself only)."""
        return self.scheme == "ws"

    @property
    def websocket_url(self) -> str:
        """Where the upload connects to."""
        return f"{self.scheme}://{self._authority}{PATH}"

    @property
    def origin(self) -> str:
        """The Origin header: ADIT refuses websockets without it."""
        return f"{'http' if self.plain else 'https'}://{self._authority}"

    @property
    def key(self) -> str:
        """Under what things are remembered for this server; always with its port."""
        return f"{self.scheme}://{self._bracketed}:{self.port}"

    def __str__(self) -> str:
        """For people."""
        return self._authority

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def _authority(self) -> str:
        return self._bracketed if self.port == _DEFAULT_PORTS[self.scheme] else f"{self._bracketed}:{self.port}"


def _host_and_port(rest: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname or "", parts.port
        if "@" in parts.netloc:
            raise InvalidAddress("An address holds no user name and no password; sign in with your token.")
        host = _canonical(host, bracketed="[" in parts.netloc)
    except ValueError:  # urlsplit's, ip_address's and idna's; their texts are for programmers
        raise InvalidAddress("Its name or port can't be right. Type an address such as adit.example.org.") from None
    if port == 0:
        raise InvalidAddress("Its port can't be 0.")
    return host, port


def _canonical(host: str, *, bracketed: bool) -> str:
    if bracketed:
        address = IPv6Address(host)
        if address.scope_id is not None:
            raise ValueError
        return str(address)
    name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    if not _HOST.match(name):
        raise ValueError
    last = name.rpartition(".")[2]
    # a name whose last part is a number is an IPv4 address (WHATWG URL section 3.5); 127.1 and the like are refused
    return str(ip_address(name)) if last.isdigit() else name


def _is_loopback(host: str) -> bool:
    # names below localhost are not trusted: some resolvers ask the network for them
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
