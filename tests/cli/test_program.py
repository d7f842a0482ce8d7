"""The program's front door: commands, help, the window, faults."""

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from adit_uploader import __main__ as program
from adit_uploader.cli import scan
from adit_uploader.cli.terminal import printable, size_text
from adit_uploader.desktop import application

from .conftest import Run

COMMANDS = ["scan", "deidentify", "upload", "jobs", "login", "logout", "key", "demo"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.status == 0
    assert f"adit-uploader {command}" in done.out
    assert len(done.out) > 150


def test_help_lists_the_commands_and_the_exit_statuses(run: Run) -> None:
    done = run("--help")
    assert done.status == 0
    assert all(command in done.out for command in COMMANDS)
    assert "2 for wrong usage" in " ".join(done.out.split())
    assert run("--version").out.startswith("adit-uploader ")


@pytest.mark.parametrize(
    "words",
    [
        ("scan",),
        ("scan", "/no/such/folder"),
        ("deidentify", "."),
        ("deidentify", ".", "--out", "x", "--mode", "some"),
        ("upload", ".", "--mode", "internal"),
        ("key",),
        ("jobs", "not-a-job"),
        ("--unknown",),
    ],
)
def test_wrong_usage_ends_with_2(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.status == 2
    assert done.err


def test_paths_open_the_window(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(application, "run", lambda paths: opened.append(list(paths)) or 0)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert run().status == 0
    assert run(tmp_path).status == 0
    assert opened == [[], [tmp_path]]


def test_without_a_display_the_commands_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    done = run()
    assert done.status == 1
    assert "adit-uploader upload --help" in done.err


def test_a_mistyped_command_is_answered_with_the_right_one(run: Run) -> None:
    done = run("uplaod", "somewhere")
    assert done.status == 2
    assert "Is the command upload meant?" in done.err


def test_a_fault_is_named_by_its_place_and_without_values(
    run: Run, studies: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("PAT-00001")

    monkeypatch.setattr(scan, "as_json", broken)
    with pytest.raises(ValueError, match="PAT") as caught:
        run("scan", studies, "--json")
    capsys.readouterr()
    program.report_fault(caught.type, caught.value, caught.tb)
    said = capsys.readouterr().err
    assert "ValueError in test_program.py" in said
    assert "PAT-00001" not in said


def test_an_interrupt_ends_quietly(run: Run, studies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scan, "as_json", interrupted)
    done = run("scan", studies, "--json")
    assert done.status == 1
    assert "Stopped" in done.err


def test_what_could_command_a_terminal_is_not_printed() -> None:
    assert printable("a\x1b[31mb\u202ec\udc80") == "a\ufffd[31mb\ufffdc\ufffd"
    assert printable("Müller^Änne") == "Müller^Änne"


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (3 * 10**12, "3.0 TB")]
)
def test_sizes_are_said_in_decimal_units(size: int, text: str) -> None:
    assert size_text(size) == text


def in_its_own_process(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, timeout=240)


@pytest.mark.parametrize(("words", "status"), [(("--version",), 0), (("scan", "/no/such"), 2), (("scan", "."), 0)])
def test_the_process_ends_with_its_status(words: tuple[str, ...], status: int) -> None:
    done = in_its_own_process("-m", "adit_uploader", *(word if word != "." else str(Path(__file__)) for word in words))
    assert done.returncode == status
    assert done.stdout if status == 0 else done.stderr


def test_the_process_ends_in_order() -> None:
    program = (
        "import atexit, sys\n"
        "from adit_uploader.__main__ import leave\n"
        "atexit.register(print, 'exit function')\n"
        "print('x' * 100_000)\n"
        "leave(3)\n"
    )
    done = in_its_own_process("-c", program)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout == "x" * 100_000 + "\nexit function\n"


def test_the_process_waits_for_its_threads() -> None:
    program = (
        "import threading\n"
        "from adit_uploader.__main__ import leave\n"
        "threading.Thread(target=lambda: (threading.main_thread().join(), print('thread'))).start()\n"
        "leave(0)\n"
    )
    assert in_its_own_process("-c", program).stdout == "thread\n"


def test_an_interrupt_before_the_command_has_begun_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> NoReturn:
        raise KeyboardInterrupt

    def end(status: int) -> NoReturn:
        raise SystemExit(status)

    monkeypatch.setattr(program, "main", interrupted)
    monkeypatch.setattr(program, "leave", end)
    with pytest.raises(SystemExit) as ended:
        program.program()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "Stopped.\n"
