"""The command ``adit-receiver``: what it sets up, what it says, how it exits."""

import hashlib
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from adit_receiver.standalone import __main__ as command
from tests.parts.receiver import COMMAND, Receiver
from tests.parts.tables import Tables

pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("arguments", [[], ["serve"], ["user"], ["destination"], ["manage"]])
def test_every_command_has_help(arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    if arguments == ["manage"]:
        done = subprocess.run(
            [*COMMAND, "manage", "--help", "--data", str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0
        assert "forward" in done.stdout
        return
    with pytest.raises(SystemExit) as raised:
        command.main([*arguments, "--help"])
    assert raised.value.code == 0
    assert "adit-receiver" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["serve", "--port", "70000"],
        ["serve", "--surprise"],
        ["user", "alice"],
        ["user", "alice", "--token-file", "t", "--permit", "internal,everything"],
        ["user", " ", "--token-file", "t"],
        ["destination", "archive"],
        ["destination", "archive", "--folder", "x", "--dicom", "A@b:1"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        command.main(arguments)
    assert raised.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_user_is_made_updated_and_gets_a_token_that_only_its_owner_can_read(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path / "data", bare=True)
    receiver.destination("archive", "--folder", str(tmp_path / "out"))
    tables = Tables(receiver)
    token_file = receiver.user("alice", permit="internal,none", destinations=("archive",))
    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
    token = token_file.read_text().strip()
    assert len(token) == 64
    assert tables.one("SELECT digest FROM adit_receiver_token") == hashlib.sha256(token.encode()).hexdigest()
    assert permissions(tables) == {"can_upload", "can_upload_internal", "can_upload_unpseudonymized"}
    assert tables.one("SELECT count(*) FROM adit_receiver_destination_users") == 1

    password = tmp_path / "password"
    password.write_text("correct horse battery\n")
    done = receiver.command(
        *("user", "alice", "--permit", "fixed", "--password-file", str(password), "--token-file", str(token_file))
    )
    assert done.returncode == 0, done.stderr
    assert permissions(tables) == {"can_upload", "can_upload_fixed"}
    assert tables.one("SELECT department FROM adit_receiver_userprofile") == "Radiology"
    assert tables.one("SELECT count(*) FROM adit_receiver_token") == 2
    assert token_file.read_text().strip() != token

    tables_file = () if receiver.database else ("receiver.sqlite3",)
    for path in (*tables_file, "site-secret", "django-secret-key"):
        assert stat.S_IMODE((receiver.data / path).stat().st_mode) == 0o600


def permissions(tables: Tables) -> set[str]:
    rows = tables.run(
        "SELECT codename FROM auth_permission JOIN auth_user_user_permissions u ON u.permission_id = auth_permission.id"
    )
    return {row[0] for row in rows}


def test_what_can_not_be_set_up_says_why_and_changes_nothing(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path / "data", bare=True)
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "short").write_text("short")
    for arguments, said in (
        (["user", "a", "--destination", "missing", "--token-file", str(tmp_path / "t")], "no destination missing"),
        (["user", "a b", "--token-file", str(tmp_path / "t")], "username"),
        (["user", "a", "--password-file", str(tmp_path / "short"), "--token-file", str(tmp_path / "t")], "password"),
        (["user", "a", "--token-file", str(tmp_path / "missing" / "t")], "token"),
        (["destination", "d", "--dicom", "no address"], "AET@HOST:PORT"),
        (["destination", "d", "--folder", str(tmp_path / "file" / "below")], "folder"),
    ):
        done = receiver.command(*arguments)
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "t").exists()
    tables = Tables(receiver)
    assert tables.one("SELECT count(*) FROM auth_user") == tables.one("SELECT count(*) FROM adit_receiver_destination")
    assert tables.one("SELECT count(*) FROM auth_user") == 0


def test_serve_finds_a_free_port_serves_pages_and_ends_cleanly(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--data", str(tmp_path / "data"), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("adit-receiver ready at http://127.0.0.1:")
        with httpx.Client(base_url=ready.split()[-1], trust_env=False, follow_redirects=True) as client:
            assert client.get("/admin/login/").status_code == 200
            assert client.get("/static/admin/css/base.css").status_code == 200
        second = subprocess.run(
            [*COMMAND, "serve", "--data", str(tmp_path / "data"), "--port", "0"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert "another `serve`" in second.stderr
        process.terminate()
        assert process.wait(120) == 0


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        receiver = Receiver(tmp_path / "data", bare=True, program=tuple(COMMAND))  # with the worker that `serve` has
        done = receiver.command("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert done.stderr.startswith("adit-receiver: can't listen on 127.0.0.1 port")


def test_a_data_folder_that_can_not_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "adit_receiver.standalone", "serve", "--data", str(tmp_path / "file")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "data folder" in done.stderr


def test_djangos_deployment_check_finds_nothing_behind_tls(tmp_path: Path) -> None:
    def found(tls: str) -> list[str]:
        done = subprocess.run(
            [*COMMAND, "manage", "check", "--deploy", "--data", str(tmp_path)],
            env=os.environ | {"ADIT_RECEIVER_TLS": tls},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "System check identified" in done.stderr
        return [line for line in done.stderr.splitlines() if "security." in line or "models." in line]

    assert found("1") == []
    assert found("0")  # it would find something


def test_whoever_watches_on_the_machine_itself_is_answered_whatever_the_hosts_name_is() -> None:
    code = "from adit_receiver.standalone.settings import ALLOWED_HOSTS; print(*ALLOWED_HOSTS)"
    given = os.environ | {"ADIT_RECEIVER_HOSTS": "upload.hospital.example"}
    done = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["upload.hospital.example", "localhost", "127.0.0.1", "[::1]"]
