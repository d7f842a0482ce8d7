"""The token of a server: in the system's keyring, and nowhere else on disk."""

import re
from typing import TYPE_CHECKING

from .errors import InvalidToken
from .servers import ServerAddress

if TYPE_CHECKING:
    from .vault import Vault

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,512}\Z")  # RFC 6750 section 2.1: what may stand in an Authorization header


def check_token(text: str) -> str:
    """The token in what somebody pasted, without the spaces and line ends around it.

    Raises:
        InvalidToken: it can't be one.
    """
    token = text.strip()
    if not _TOKEN.match(token):
        raise InvalidToken("A token is one word of letters and digits. Copy it once more from the server's token page.")
    return token


class TokenStore:
    """Tokens by server, in the system's keyring.

    Every method raises KeyringUnavailable (KeyringIsLocked) when the keyring can't be used; there is no other place
    that they would be written to.
    """

    def __init__(self, vault: "Vault | None" = None) -> None:
        """vault: by default the system's, looked for on first use."""
        self._vault = vault

    def probe(self) -> None:
        """Finds out, by using it, whether the keyring works."""
        self._open().probe()

    def save(self, server: ServerAddress, token: str) -> None:
        """Keeps the token; raises InvalidToken if it can't be one."""
        self._open().put(_name(server), check_token(token))

    def load(self, server: ServerAddress) -> str | None:
        """The server's token, or None."""
        return self._open().get(_name(server))

    def delete(self, server: ServerAddress) -> None:
        """Forgets the server's token; there may be none."""
        self._open().remove(_name(server))

    def _open(self) -> "Vault":
        if self._vault is None:
            from .vault import Vault  # noqa: PLC0415 - most commands never open the keyring, and it takes long to import

            self._vault = Vault.of_system()
        return self._vault


def _name(server: ServerAddress) -> str:
    return f"token {server.key}"
