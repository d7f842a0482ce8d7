"""The token for a server: from a file, or from the system's keyring; never from the command line itself."""

from pathlib import Path

from adit_uploader.account.errors import AccountError, KeyringUnavailable
from adit_uploader.account.managed import managed
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import Settings
from adit_uploader.account.tokens import TokenStore, check_token

from .errors import NotDone, WrongUsage

_MAX_FILE_SIZE = 4096  # bytes


def parse_server(text: str | None, *, insecure_loopback: bool) -> ServerAddress:
    """The address that was typed, or the server that was signed in to last.

    Raises:
        WrongUsage: it is no address, asks for an unencrypted connection, is not known, or is not the one that is set
            for all users of this computer.
        SettingsError: what is set for all users can't be read.
    """
    fixed = managed()
    try:
        text = text or Settings.load().server or fixed.server
        if not text:
            raise WrongUsage("The server is missing", "Name it by --server URL.")
        server = ServerAddress.parse(text, insecure_loopback=insecure_loopback)
        fixed.check_server(server)
    except AccountError as error:
        raise WrongUsage(error.title, error.message) from None
    return server


def read_token_file(path: Path) -> str:
    """Raises: NotDone, AccountError."""
    title = "The token can't be read"
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_SIZE)
        return check_token(content.decode("utf-8-sig"))
    except OSError as error:
        raise NotDone(title, f"{path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise NotDone(title, f"{path} holds no text.") from None


def token_for(server: ServerAddress, token_file: Path | None) -> str:
    """The token to use.

    Raises:
        NotDone: there is none, or the keyring can't be used.
    """
    if token_file is not None:
        return read_token_file(token_file)
    try:
        token = TokenStore().load(server)
    except KeyringUnavailable as error:
        raise NotDone(error.title, f"{error.message} Or name a file that holds the token: --token-file F.") from None
    if token is None:
        raise NotDone(
            "You are not signed in to this server",
            f"Sign in first: adit-uploader login --server {server.origin}. Or name a file by --token-file F.",
        )
    return token
