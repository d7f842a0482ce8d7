"""The key from which clients derive UIDs and date shifts: the same for everybody of one institution, for ever."""

import hashlib
import hmac
import os
import secrets
import unicodedata
from pathlib import Path

from .errors import SecretMissingError

_LENGTH = 32
_PURPOSE = b"adit-uploader site key v1\0"


def make_secret(path: Path) -> None:
    """Makes the secret's file if there is none yet, readable for its owner only. Never overwrites.

    Raises:
        OSError: it can't be written.
    """
    if path.exists():
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_LENGTH) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # of two processes that start together, one wins and both read the winner's
        except FileExistsError:
            return
    finally:
        temporary.unlink(missing_ok=True)


def read_secret(path: Path) -> bytes:
    """The secret.

    Raises:
        SecretMissingError: there is no such file, or it holds something else; without it no upload can be linkable.
    """
    try:
        text = path.read_text("ascii").strip()
        secret = bytes.fromhex(text)
    except (OSError, ValueError):
        raise SecretMissingError(f"The file with the receiver's secret can't be read: {path}") from None
    if len(secret) != _LENGTH:
        raise SecretMissingError(f"The file with the receiver's secret is damaged: {path}")
    return secret


def site_key(secret: bytes, institution: str) -> bytes:
    """The institution's key, 32 bytes: HMAC-SHA256 of its NFC-normalised name under the server's secret."""
    name = unicodedata.normalize("NFC", institution).strip()
    return hmac.new(secret, _PURPOSE + name.encode(), hashlib.sha256).digest()
