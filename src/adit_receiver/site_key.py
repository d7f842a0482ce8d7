"""The key from which clients derive UIDs and date shifts: the same for everybody of one institution, for ever."""

import hashlib
import hmac
import secrets
import unicodedata
from pathlib import Path

from .errors import SecretMissingError
from .private_files import make_private_file

_LENGTH = 32
_PURPOSE = b"adit-uploader site key v1\0"


def make_secret(path: Path) -> None:
    """Makes the secret's file if there is none yet, readable for its owner only. Never overwrites.

    Raises:
        OSError: it can't be written.
    """
    make_private_file(path, secrets.token_hex(_LENGTH) + "\n")


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
