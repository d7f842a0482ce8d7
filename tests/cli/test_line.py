"""The way to a server on the command line: certificates that the user confirms, proxies, speed."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import LineSettings, Settings, managed_path
from adit_uploader.cli.line import pin, proxy, rate
from adit_uploader.cli.progress import RunProgress
from adit_uploader.cli.terminal import Terminal
from adit_uploader.transfer.events import Reconnecting
from adit_uploader.transfer.sign_in import shown_certificate
from tests.cli.conftest import MemoryKeyring, Run
from tests.parts.tls_front import server_context, tls_front
from tests.transfer.small_receiver import TOKEN, SmallReceiver


@pytest.fixture
def secured(receiver: SmallReceiver) -> Iterator[str]:
    """The address of a receiver whose certificate this computer has no reason to trust."""
    context = server_context(trustme.CA().issue_cert("localhost"))
    with tls_front(int(receiver.url.rpartition(":")[2]), context) as port:
        yield f"https://localhost:{port}"


def fingerprint_of(server: str) -> str:
    return shown_certificate(ServerAddress.parse(server))


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> list[str]:
    asked: list[str] = []

    def ask(self: Terminal, question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr(Terminal, "ask", ask)
    return asked


def test_a_certificate_is_trusted_when_the_user_has_compared_it(
    run: Run, secured: str, token_file: Path, system_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch, "yes")
    done = run("login", "--server", secured, "--token-file", token_file)
    assert done.status == 0, done.err
    assert len(asked) == 1
    fingerprint = fingerprint_of(secured)
    assert ":".join(fingerprint.upper()[place : place + 2] for place in range(0, 64, 2)) in done.err
    assert Settings.load().line.pins == {ServerAddress.parse(secured).key: fingerprint}
    assert run("jobs").status == 0  # the pin is used from now on
    assert run("jobs", "--server", secured, "--pin", "none").status == 1
    assert len(asked) == 1


@pytest.mark.usefixtures("system_keyring")
def test_whoever_does_not_confirm_sends_nothing(
    run: Run, receiver: SmallReceiver, secured: str, token_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer in ("no", "y", ""):
        answering(monkeypatch, answer)
        assert run("login", "--server", secured, "--token-file", token_file).status == 1
    assert receiver.connections == 0
    assert Settings.load().line.pins == {}


@pytest.mark.usefixtures("system_keyring")
def test_without_a_terminal_the_fingerprint_is_given(run: Run, secured: str, token_file: Path) -> None:
    done = run("login", "--server", secured, "--token-file", token_file)
    assert done.status == 1
    assert f"--pin {fingerprint_of(secured)}" in done.err
    assert run("login", "--server", secured, "--token-file", token_file, "--pin", fingerprint_of(secured)).status == 0
    assert run("jobs").status == 0


@pytest.mark.usefixtures("system_keyring")
def test_another_certificate_than_the_confirmed_one_is_refused_and_not_asked_about(
    run: Run, receiver: SmallReceiver, secured: str, token_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ServerAddress.parse(secured).key
    Settings(line=LineSettings(pins={key: "ab" * 32})).save()
    asked = answering(monkeypatch, "yes")
    done = run("login", "--server", secured, "--token-file", token_file)
    assert done.status == 1
    assert "another certificate than before" in done.err
    assert "AB:AB" in done.err
    assert not asked
    assert receiver.connections == 0
    assert Settings.load().line.pins == {key: "ab" * 32}


@pytest.mark.usefixtures("system_keyring")
def test_an_authority_that_was_named_at_sign_in_is_remembered(
    run: Run, receiver: SmallReceiver, token_file: Path, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = server_context(authority.issue_cert("localhost"))
    with tls_front(int(receiver.url.rpartition(":")[2]), context) as port:
        server = f"https://localhost:{port}"
        done = run("login", "--server", server, "--token-file", token_file, "--ca-file", tmp_path / "ca.pem")
        assert done.status == 0, done.err
        assert run("jobs").status == 0


def test_what_is_managed_counts_for_every_user(
    run: Run, receiver: SmallReceiver, tmp_path: Path, token_file: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    managed_path().parent.mkdir(parents=True, exist_ok=True)
    managed_path().write_text(f'{{"ca_file": "{tmp_path / "ca.pem"}", "limit_rate": 1000}}')
    context = server_context(authority.issue_cert("localhost"))
    with tls_front(int(receiver.url.rpartition(":")[2]), context) as port:
        server = f"https://localhost:{port}"
        assert run("jobs", "--server", server, "--token-file", token_file).status == 0
        managed_path().write_text('{"proxy": 5}')
        done = run("jobs", "--server", server, "--token-file", token_file)
    assert done.status == 1
    assert "managed.json" in done.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10M", 10_000_000), ("80Mbit", 10_000_000), ("500k", 500_000), ("1GB/s", 10**9), ("0", 0), ("1200", 1200)],
)
def test_a_rate_is_in_bytes_unless_it_says_bit(text: str, expected: int) -> None:
    assert rate(text) == expected


@pytest.mark.parametrize("text", ["", "fast", "-1", "10m", "1.5M", "10 MM"])
def test_what_is_no_rate_is_wrong_usage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        rate(text)


def test_a_password_on_the_command_line_is_refused() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="HTTPS_PROXY"):
        proxy("http://doe:secret@proxy:3128")
    assert proxy("none") == "none"
    assert proxy("system") == ""
    assert proxy("socks5h://proxy:1080") == "socks5h://proxy:1080"


def test_a_pin_that_is_none_is_wrong_usage() -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        pin("AB:CD")
    assert pin("none") == ""


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.3, "Trying again now."), (0.6, "again in 1 s."), (12.4, "again in 12 s.")]
)
def test_the_next_try_is_announced_as_people_say_it(
    capsys: pytest.CaptureFixture[str], seconds: float, said: str
) -> None:
    RunProgress(Terminal())(Reconnecting(0, "The connection was lost", "It was cut.", seconds, 1))
    assert said in capsys.readouterr().err


def test_the_token_never_goes_to_a_server_that_is_not_trusted(
    run: Run, receiver: SmallReceiver, secured: str, token_file: Path
) -> None:
    assert run("jobs", "--server", secured, "--token-file", token_file).status == 1
    assert receiver.headers == []
    assert token_file.read_text() == TOKEN
