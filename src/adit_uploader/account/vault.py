"""The system's keyring, used only if it is one that we trust: encrypted, and opened by the user's login.

A vault that exists may still be locked or dead; that shows only on use, so ``probe`` uses it. All of this may wait for
the user (the system asks for a password): call it off the window's thread.
"""

import contextlib
import sys
from collections.abc import Iterator
from typing import Self

import keyring.core
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringError, KeyringLocked, PasswordDeleteError

from adit_uploader.filled import Filled

from .errors import KeyringIsLocked, KeyringUnavailable

SERVICE = "adit-uploader"
"""Under this name the entries stand in the system's keyring."""

TRUSTED = frozenset(
    {
        ("keyring.backends.SecretService", "Keyring"),  # GNOME Keyring, KeePassXC, KWallet 6
        ("keyring.backends.kwallet", "DBusKeyring"),
        ("keyring.backends.macOS", "Keyring"),
        ("keyring.backends.Windows", "WinVaultKeyring"),
    }
)
"""Real keyrings, by module and class. Everything else (plain files, null, third parties) is refused."""

_PROBE = "probe"


def _platform_errors() -> tuple[type[Exception], ...]:
    """What the trusted backends let through of the libraries below them."""
    if sys.platform == "linux":
        from jeepney import DBusErrorResponse  # type: ignore[import-untyped]  # noqa: PLC0415 - Linux only, no types
        from secretstorage.exceptions import SecretStorageException  # noqa: PLC0415

        return (DBusErrorResponse, SecretStorageException)
    if sys.platform == "win32":
        from win32ctypes.pywin32.pywintypes import error  # noqa: PLC0415 - Windows only

        return (error,)
    return ()


_FOREIGN: tuple[type[Exception], ...] = (KeyringError, OSError, UnicodeError, RuntimeError, *_platform_errors())
_UNLOADABLE: tuple[type[Exception], ...] = (ImportError, AttributeError, *_FOREIGN)


class Vault:
    """Named secrets in one trusted keyring. Every method raises KeyringUnavailable (or KeyringIsLocked)."""

    def __init__(self, backend: KeyringBackend) -> None:
        self._backend = backend
        if isinstance(backend, NoKeyring):
            raise KeyringUnavailable("This system has none. Install and start one, for example GNOME Keyring.")
        if not _is_trusted(backend):
            raise KeyringUnavailable(
                Filled(
                    "It is set to {name}, which does not protect what it keeps. Use the system's own keyring (GNOME "
                    "Keyring, KWallet, macOS Keychain, Windows Credentials).",
                    name=f"{type(backend).__module__}.{type(backend).__qualname__}",
                )
            )

    @classmethod
    def of_system(cls) -> Self:
        """The keyring that the user's configuration names, or else the best trusted one that is found."""
        try:
            # third parties' keyrings, found by themselves, may claim to be better than the system's own: left out
            keyring.core.init_backend(limit=_is_trusted)
            return cls(keyring.get_keyring())
        except _UNLOADABLE:
            raise KeyringUnavailable("The keyring that this system is set up to use can't be loaded.") from None

    def get(self, name: str) -> str | None:
        """The secret, or None."""
        with _translated():
            secret: str | None = self._backend.get_password(SERVICE, name)
            return secret

    def put(self, name: str, secret: str) -> None:
        """Keeps the secret; replaces an older one."""
        with _translated():
            self._backend.set_password(SERVICE, name, secret)

    def remove(self, name: str) -> None:
        """Forgets the secret; there may be none."""
        with _translated(), contextlib.suppress(PasswordDeleteError):
            self._backend.delete_password(SERVICE, name)

    def probe(self) -> None:
        """Keeps, reads and forgets something: only that shows that the keyring works."""
        self.put(_PROBE, _PROBE)
        if self.get(_PROBE) != _PROBE:
            raise KeyringUnavailable("It does not give back what it was given.")
        self.remove(_PROBE)


def _is_trusted(backend: KeyringBackend) -> bool:
    return (type(backend).__module__, type(backend).__name__) in TRUSTED


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    # from None: the foreign errors may hold what was to be kept
    try:
        yield
    except KeyringLocked:
        raise KeyringIsLocked from None
    except _FOREIGN:
        raise KeyringUnavailable("It does not answer as it should. Log out and in again, or ask your IT.") from None
