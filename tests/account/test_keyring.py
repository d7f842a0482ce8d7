"""Secrets live in a real keyring, or nowhere."""

import contextlib
import sys
from pathlib import Path

import keyring
import pytest
import secretstorage
from keyring.backend import KeyringBackend
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringError

from adit_uploader.account.department_key import DepartmentKeys
from adit_uploader.account.errors import (
    AccountError,
    DepartmentKeyExists,
    InvalidToken,
    KeyringIsLocked,
    KeyringUnavailable,
    NoDepartmentKey,
)
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.tokens import TokenStore, check_token
from adit_uploader.account.vault import SERVICE, Vault

# of a locked keyring the library leaves its connection to the collector; the fixtures collect it at once
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

SERVER = ServerAddress.parse("adit.example.org")
OTHER_SERVER = ServerAddress.parse("adit.example.org:8443")
TOKEN = "0123456789abcdef0123456789abcdef01234567"


def _lock() -> None:
    with contextlib.closing(secretstorage.dbus_init()) as connection:
        secretstorage.get_default_collection(connection).lock()


def _files_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.usefixtures("real_keyring")
def test_a_token_is_kept_read_replaced_and_forgotten() -> None:
    store = TokenStore()
    store.probe()
    assert store.load(SERVER) is None
    store.save(SERVER, f"  {TOKEN}\n")
    store.save(OTHER_SERVER, "another-token")
    assert TokenStore().load(SERVER) == TOKEN
    store.save(SERVER, "a-newer-token")
    assert store.load(SERVER) == "a-newer-token"
    store.delete(SERVER)
    store.delete(SERVER)
    assert store.load(SERVER) is None
    assert store.load(OTHER_SERVER) == "another-token"


@pytest.mark.usefixtures("real_keyring")
def test_no_file_holds_a_secret_in_the_open(own_places: Path) -> None:
    TokenStore().save(SERVER, TOKEN)
    key = DepartmentKeys().make("Radiology")
    files = _files_below(own_places)
    assert files  # the keyring itself
    assert TOKEN.encode() not in files
    assert key not in files
    assert key.hex().encode() not in files


@pytest.mark.usefixtures("real_keyring")
def test_the_probe_leaves_nothing_behind() -> None:
    vault = Vault.of_system()
    vault.probe()
    assert vault.get("probe") is None


@pytest.mark.usefixtures("real_keyring")
def test_a_locked_keyring_says_so() -> None:
    store = TokenStore()
    store.save(SERVER, TOKEN)
    _lock()
    for use in (
        store.probe,
        lambda: store.load(SERVER),
        lambda: store.save(SERVER, TOKEN),
        lambda: store.delete(SERVER),
    ):
        with pytest.raises(KeyringIsLocked, match="locked") as caught:
            use()
        assert "Unlock it" in caught.value.message


def test_without_a_session_there_is_no_keyring(own_places: Path) -> None:
    with pytest.raises(KeyringUnavailable) as caught:
        TokenStore().save(SERVER, TOKEN)
    assert TOKEN not in str(caught.value)
    assert TOKEN.encode() not in _files_below(own_places)


@pytest.mark.usefixtures("real_keyring")
def test_a_keyring_that_goes_away_is_no_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = TokenStore()
    store.save(SERVER, TOKEN)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/gone")
    for use in (store.probe, lambda: store.load(SERVER), lambda: store.delete(SERVER)):
        with pytest.raises(KeyringUnavailable):
            use()


@pytest.mark.usefixtures("empty_session")
def test_a_session_whose_keyring_does_not_start_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(KeyringUnavailable):
        TokenStore().probe()


@pytest.mark.parametrize(
    "name",
    ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "keyrings.alt.file.PlaintextKeyring", "no.such"],
)
def test_a_configured_keyring_that_protects_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    with pytest.raises(KeyringUnavailable):
        TokenStore().save(SERVER, TOKEN)


class _InTheOpen(KeyringBackend):
    """A third party's keyring: whatever it says of itself, it is not one that we know."""

    priority = 99  # type: ignore[assignment]  # keyring declares a class property

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError(f"asked for {service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError(f"was given {service} {username} {len(password)}")


@pytest.mark.usefixtures("real_keyring")
def test_of_several_keyrings_only_the_trusted_one_is_used() -> None:
    assert any(isinstance(found, _InTheOpen) for found in keyring.backend.get_all_keyring())
    assert isinstance(keyring.get_keyring(), _InTheOpen)  # what keyring by itself would use
    store = TokenStore()
    store.save(SERVER, TOKEN)
    assert store.load(SERVER) == TOKEN


def test_a_vault_takes_no_untrusted_backend() -> None:
    with pytest.raises(KeyringUnavailable, match=r"keyring\.backends\.null\.Keyring"):
        Vault(NullKeyring())


@pytest.mark.usefixtures("real_keyring")
def test_foreign_errors_are_translated_and_hold_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: str) -> None:
        raise KeyringError(f"could not keep {arguments}")

    vault = Vault.of_system()
    monkeypatch.setattr(type(vault._backend), "set_password", fails)
    with pytest.raises(AccountError) as caught:
        TokenStore(vault).save(SERVER, TOKEN)
    assert TOKEN not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.usefixtures("real_keyring")
def test_a_keyring_that_forgets_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault.of_system()
    monkeypatch.setattr(type(vault._backend), "get_password", lambda *_arguments: None)
    with pytest.raises(KeyringUnavailable, match="give back"):
        vault.probe()


@pytest.mark.parametrize("text", ["", "short", "two words here", "a\nb" * 9, "töken-with-umlaut", "x" * 513])
def test_a_text_that_can_be_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        check_token(text)
    assert not text or text not in caught.value.message


def test_the_platform_is_one_whose_errors_are_known() -> None:
    assert sys.platform in {"linux", "win32", "darwin"}


# ---------------------------------------------------------------- department keys


@pytest.mark.usefixtures("real_keyring")
def test_a_department_key_is_made_once_exported_and_imported_elsewhere(tmp_path: Path) -> None:
    keys = DepartmentKeys()
    assert keys.load("Radiology") is None
    with pytest.raises(NoDepartmentKey):
        keys.export_to("Radiology", tmp_path / "none.key")
    key = keys.make("Radiology")
    assert len(key) == 32
    assert keys.load(" Radiology ") == key
    with pytest.raises(DepartmentKeyExists):
        keys.make("Radiology")
    keys.export_to("Radiology", tmp_path / "radiology.key")
    assert (tmp_path / "radiology.key").stat().st_mode & 0o777 == 0o600
    assert keys.import_from("Radiology", tmp_path / "radiology.key") == key
    assert keys.import_from("Cardiology", tmp_path / "radiology.key") == key
    keys.remove("Radiology")
    assert keys.load("Radiology") is None
    keys.make("Radiology")
    with pytest.raises(DepartmentKeyExists):
        keys.import_from("Radiology", tmp_path / "radiology.key")


@pytest.mark.usefixtures("real_keyring")
@pytest.mark.parametrize("text", ["no hex", "abcd"])
def test_a_damaged_department_key_is_not_used(text: str) -> None:
    Vault.of_system().put("department key Radiology", text)
    with pytest.raises(KeyringUnavailable, match="not one"):
        DepartmentKeys().load("Radiology")


@pytest.mark.usefixtures("real_keyring")
def test_entries_stand_under_the_programs_name() -> None:
    TokenStore().save(SERVER, TOKEN)
    assert keyring.get_password(SERVICE, f"token {SERVER.key}") == TOKEN
