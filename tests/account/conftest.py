"""A real keyring: GNOME Keyring on its own D-Bus session, with its own home folder."""

import gc
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring.backend
import keyring.core
import pytest
from jeepney import MatchRule, message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

_NAME = "org.freedesktop.secrets"
_PARTS = {"dbus-run-session": "dbus", "gnome-keyring-daemon": "gnome-keyring", "dbus-launch": "dbus-x11"}
_SESSION = """
printf '%s\\n' "$1" | gnome-keyring-daemon --unlock --foreground --components=secrets >/dev/null 2>&1 &
echo "$DBUS_SESSION_BUS_ADDRESS"
read -r end
kill $! 2>/dev/null
"""
_NO_DAEMON = """
echo "$DBUS_SESSION_BUS_ADDRESS"
read -r end
"""


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No test sees the tester's own home, settings or keyring, nor what another test found out."""
    home = tmp_path / "home"
    runtime = tmp_path / "run"
    for folder in (home, runtime):
        folder.mkdir(mode=0o700)
    for name in [name for name in os.environ if name.startswith(("XDG_", "PYTHON_KEYRING"))]:
        monkeypatch.delenv(name)
    for name in ("ADIT_UPLOADER_HOME", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={runtime}/nobody")
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    _forget_found_keyrings()
    yield home
    _forget_found_keyrings()
    gc.collect()


def _forget_found_keyrings() -> None:
    vars(keyring.backend.get_all_keyring).pop("saved_result", None)  # it looks once in a process


def _need_parts() -> None:
    missing = [package for program, package in _PARTS.items() if shutil.which(program) is None]
    if missing:
        pytest.fail(f"This test needs a real keyring: apt-get install {' '.join(missing)}", pytrace=False)


@contextmanager
def _session(script: str) -> Iterator[str]:
    """A D-Bus session around the script; gives its address, and ends with all that it started."""
    _need_parts()
    with subprocess.Popen(
        ["dbus-run-session", "--", "sh", "-c", script, "session", "a test password"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(120)


def _wait_for_keyring(address: str) -> None:
    """Until the daemon has its name; whoever asks before would make D-Bus start a second one, which is locked."""
    rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
    rule.add_arg_condition(0, _NAME)
    with open_dbus_connection(bus=address) as connection:
        bus = Proxy(message_bus, connection)
        bus.AddMatch(rule)
        with connection.filter(rule) as changes:
            if bus.NameHasOwner(_NAME) != (1,):
                connection.recv_until_filtered(changes, timeout=120)


@pytest.fixture
def real_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """GNOME Keyring, unlocked."""
    with _session(_SESSION) as address:
        _wait_for_keyring(address)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield


@pytest.fixture
def empty_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A D-Bus session on which nothing can start a keyring."""
    with _session(_NO_DAEMON) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield
