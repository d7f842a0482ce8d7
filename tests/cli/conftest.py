"""The command line in this process, with a home folder and a receiver of its own."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from adit_uploader.__main__ import main
from adit_uploader.account import vault
from adit_uploader.account.settings import HOME_VARIABLE
from adit_uploader.transfer import lane_start, zygote
from tests.transfer.small_receiver import TOKEN, SmallReceiver, small_receiver
from tests.transfer.studies import write_studies
from tests.transfer.threaded import ThreadedLane


@dataclass(frozen=True, slots=True)
class Done:
    status: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder of its own; lanes are threads, and nobody sits at a terminal."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(lane_start, "start_process", ThreadedLane)
    monkeypatch.setattr(zygote, "may_fork", lambda: False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """run("scan", folder) -> exit status and what was said."""

    def command(*words: str | Path) -> Done:
        capsys.readouterr()
        try:
            status = main([str(word) for word in words])
        except SystemExit as end:  # argparse's way to end
            status = end.code if isinstance(end.code, int) else 1
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Done(status, said.out, said.err)

    return command


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """Two patients, PAT-00001 and PAT-00002, of two series with two images each; and a file that is no DICOM."""
    folder = write_studies(tmp_path / "in", instances=2)
    (folder / "README.txt").write_text("about these studies")
    return folder


@pytest.fixture
def receiver() -> Iterator[SmallReceiver]:
    with small_receiver() as running:
        yield running


@pytest.fixture
def upload(run: Run, receiver: SmallReceiver, studies: Path, tmp_path: Path) -> Run:
    """upload("--mode", "internal", ...) -> of all studies to the receiver."""
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")

    def command(*words: str | Path, paths: tuple[Path, ...] = (studies,)) -> Done:
        server = ("--server", receiver.origin, "--insecure-loopback", "--token-file", token)
        return run("upload", *paths, *server, "--destination", "Archive", *words)

    return command


class MemoryKeyring(KeyringBackend):
    priority = 1  # type: ignore[assignment]  # keyring's own way to give it

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def system_keyring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    backend = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    monkeypatch.setattr(vault, "TRUSTED", frozenset({(MemoryKeyring.__module__, MemoryKeyring.__name__)}))
    return backend


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    return path
