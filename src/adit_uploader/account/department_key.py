"""The department's own key for keyed internal pseudonyms: in the system's keyring, exportable, never sent anywhere."""

from pathlib import Path
from typing import TYPE_CHECKING

from adit_uploader.pseudonyms.internal import KEY_SIZE, normalise
from adit_uploader.pseudonyms.key_file import make_department_key, read_key_file, write_key_file

from .errors import DepartmentKeyExists, KeyringUnavailable, NoDepartmentKey

if TYPE_CHECKING:
    from .vault import Vault


class DepartmentKeys:
    """Keys by department. Every method raises KeyringUnavailable (KeyringIsLocked) when the keyring can't be used."""

    def __init__(self, vault: "Vault | None" = None) -> None:
        """vault: by default the system's, looked for on first use."""
        self._vault = vault

    def load(self, department: str) -> bytes | None:
        """The department's key, 32 bytes, or None."""
        text = self._open().get(_name(department))
        if text is None:
            return None
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != KEY_SIZE:
            raise KeyringUnavailable("What it keeps as this department's key is not one. Remove it there.")
        return key

    def make(self, department: str) -> bytes:
        """Makes and keeps a new key, and returns it; export it at once and keep the file safe.

        Raises:
            DepartmentKeyExists: there is one.
        """
        return self._keep(department, make_department_key())

    def export_to(self, department: str, path: Path) -> None:
        """Writes the key to a new file that only its owner can read.

        Raises:
            NoDepartmentKey: there is none.
            KeyFileError: the file exists, or can't be written (of ``pseudonyms``).
        """
        key = self.load(department)
        if key is None:
            raise NoDepartmentKey
        write_key_file(path, key)

    def import_from(self, department: str, path: Path) -> bytes:
        """Keeps the key of a file, and returns it; the same key may be imported again.

        Raises:
            DepartmentKeyExists: there is another one.
            KeyFileError: it is no key file, or can't be read (of ``pseudonyms``).
        """
        key = read_key_file(path)
        return key if self.load(department) == key else self._keep(department, key)

    def remove(self, department: str) -> None:
        """Forgets the key; there may be none. Without an exported file its pseudonyms can't be made again."""
        self._open().remove(_name(department))

    def _keep(self, department: str, key: bytes) -> bytes:
        if self.load(department) is not None:
            raise DepartmentKeyExists
        self._open().put(_name(department), key.hex())
        return key

    def _open(self) -> "Vault":
        if self._vault is None:
            from .vault import Vault  # noqa: PLC0415 - most commands never open the keyring, and it takes long to import

            self._vault = Vault.of_system()
        return self._vault


def _name(department: str) -> str:
    return f"department key {normalise(department)}"
