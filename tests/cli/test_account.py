"""login, logout, key: what goes into the system's keyring and out of it."""

from pathlib import Path

import keyring
import pytest

from adit_uploader.account.settings import Settings
from adit_uploader.cli import sign_in as sign_in_command
from adit_uploader.protocol.codes import CloseCode
from adit_uploader.pseudonyms.internal import internal_pseudonym
from adit_uploader.pseudonyms.key_file import read_key_file
from tests.transfer.small_receiver import TOKEN, SmallReceiver

from .conftest import MemoryKeyring, Run


def test_a_token_is_kept_and_used_and_forgotten(
    run: Run, receiver: SmallReceiver, studies: Path, token_file: Path, system_keyring: MemoryKeyring
) -> None:
    server = "--server", receiver.origin
    done = run("login", *server, "--insecure-loopback", "--token-file", token_file)
    assert done.status == 0, done.err
    assert "as ada, department Radiology" in done.out
    assert TOKEN in system_keyring.kept.values()
    assert TOKEN not in done.out + done.err
    assert Settings.load().server == receiver.origin
    upload = "upload", studies, *server, "--insecure-loopback", "--destination", "Archive", "--mode", "internal"
    assert run(*upload).status == 0
    assert run("jobs", "--insecure-loopback").status == 0  # the server that was signed in to last
    assert run("logout", *server).status == 0
    assert not system_keyring.kept
    done = run(*upload)
    assert done.status == 1
    assert "adit-uploader login" in done.err


def test_a_token_may_be_typed(
    run: Run, receiver: SmallReceiver, system_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_command.getpass, "getpass", lambda prompt: f" {TOKEN} ")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert run("login", "--server", receiver.origin, "--insecure-loopback").status == 0
    assert TOKEN in system_keyring.kept.values()


def test_a_wrong_token_is_not_kept(
    run: Run, receiver: SmallReceiver, token_file: Path, system_keyring: MemoryKeyring
) -> None:
    receiver.close_with = CloseCode.TOKEN
    done = run("login", "--server", receiver.origin, "--insecure-loopback", "--token-file", token_file)
    assert done.status == 1
    assert not system_keyring.kept


def test_without_a_terminal_the_token_comes_from_a_file(
    run: Run, receiver: SmallReceiver, system_keyring: MemoryKeyring
) -> None:
    done = run("login", "--server", receiver.origin, "--insecure-loopback")
    assert done.status == 2
    assert "--token-file" in done.err


@pytest.mark.usefixtures("system_keyring")
def test_the_jobs_of_no_server_are_wrong_usage(run: Run) -> None:
    done = run("jobs")
    assert done.status == 2
    assert "--server" in done.err


def test_without_a_keyring_the_way_out_is_named(
    run: Run, studies: Path, monkeypatch: pytest.MonkeyPatch, token_file: Path
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", MemoryKeyring)
    upload = "upload", studies, "--server", "https://127.0.0.1:9", "--destination", "A", "--mode", "internal"
    done = run(*upload)
    assert done.status == 1
    assert "--token-file" in done.err
    assert run("login", "--server", "https://127.0.0.1:9", "--token-file", token_file).status == 1


def test_a_department_key_is_made_once_exported_and_imported(
    run: Run, tmp_path: Path, studies: Path, system_keyring: MemoryKeyring
) -> None:
    department = "--department", "Radiology"
    done = run("key", "create", *department)
    assert done.status == 0
    assert "Export the key now" in done.err
    assert run("key", "create", *department).status == 1
    exported = tmp_path / "department.key"
    assert run("key", "export", *department, exported).status == 0
    assert run("key", "export", *department, exported).status == 1  # never overwritten
    key = read_key_file(exported)
    assert key.hex() in system_keyring.kept.values()
    system_keyring.kept.clear()
    key_list = tmp_path / "keys.csv"
    deidentify = "deidentify", studies, "--mode", "internal", *department, "--keyed", "--key-list", key_list
    done = run(*deidentify, "--out", tmp_path / "out")
    assert done.status == 1
    assert "adit-uploader key import" in done.err
    assert run("key", "import", *department, exported).status == 0
    assert run(*deidentify, "--out", tmp_path / "out").status == 0
    assert internal_pseudonym("Radiology", "PAT-00001", key) in key_list.read_text("utf-8-sig")


def test_a_key_may_go_straight_to_a_file(run: Run, tmp_path: Path, system_keyring: MemoryKeyring) -> None:
    assert run("key", "create").status == 2
    assert run("key", "create", "--file", tmp_path / "a").status == 0
    assert len(read_key_file(tmp_path / "a")) == 32
    assert not system_keyring.kept
    assert run("key", "create", "--department", "D", "--file", tmp_path / "b").status == 0
    assert system_keyring.kept["adit-uploader", "department key D"] == read_key_file(tmp_path / "b").hex()
