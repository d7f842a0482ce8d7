"""How soon a command is at work is decided by what it imports."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from adit_uploader import __main__ as program
from adit_uploader.cli import registry
from tests.transfer.studies import write_studies

SLOW = frozenset(
    {
        *("rich", "pydicom", "pynetdicom", "numpy", "openpyxl", "websockets", "msgspec", "keyring", "platformdirs"),
        *("importlib.metadata", "importlib.resources", "dataclasses", "inspect", "ssl", "sqlite3", "asyncio", "email"),
        *("logging", "concurrent.futures", "xml", "unittest", "PySide6", "django"),
    }
)
"""Each of them takes longer to import than a file to be de-identified, and none is needed for that."""


def imported_by(code: str, *words: str | Path) -> set[str]:
    """The slow modules that a program imports in a process of its own."""
    modules = imported_in_all(code, *words)
    return {name for name in SLOW if any(one == name or one.startswith(f"{name}.") for one in modules)}


def imported_in_all(code: str, *words: str | Path) -> set[str]:
    code = f"import sys\n{code}\nprint('\\n' + repr(set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True)
    modules: set[str] = ast.literal_eval(done.stdout.splitlines()[-1])
    return modules


def test_de_identification_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    studies = write_studies(tmp_path / "in", instances=1)
    words = ("--out", tmp_path / "out", "--mode", "internal", "--department", "D", "--key-list", tmp_path / "keys.csv")
    code = "from adit_uploader.__main__ import main\nassert main(sys.argv[1:]) == 0"
    assert imported_by(code, "deidentify", studies, *words) == set()
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 4


def test_a_lane_imports_nothing_that_it_does_not_need() -> None:
    assert imported_by("import adit_uploader.transfer.lane_process, adit_uploader.transfer.folder_lane") == set()


@pytest.mark.skipif(sys.platform != "linux", reason="only there are lanes copies of the program")
def test_what_the_program_and_its_lanes_need_is_imported_once(tmp_path: Path) -> None:
    """By all processes together: each tells what it looks for."""
    studies = write_studies(tmp_path / "in", instances=1)
    told = tmp_path / "told"
    code = (
        "import os, sys\n"
        f"told = os.open({str(told)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        os.write(told, f'{os.getpid()} {name} '.encode())\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from adit_uploader.__main__ import main\n"
        "assert main(sys.argv[1:]) == 0\n"
    )
    words = ("deidentify", studies, "--out", tmp_path / "out", "--mode", "internal", "--department", "D")
    subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, check=True)
    words_told = iter(told.read_text().split())
    looked_for = set(zip(words_told, words_told, strict=True))
    processes = Counter(name for _, name in looked_for if name.startswith("adit_uploader."))
    assert len({process for process, _ in looked_for}) > 1
    assert {"adit_uploader.transfer.lane_process", "adit_uploader.transfer.local_run"} <= processes.keys()
    assert [name for name, count in processes.items() if count > 1] == []


@pytest.mark.parametrize("command", list(program.WITH_LANES))
def test_before_the_copy_nothing_is_imported_that_lanes_do_without(command: str) -> None:
    """Nor anything but what the program imports to search folders, or to sign in."""
    wire = program.WITH_LANES[command]
    common = imported_in_all(f"from adit_uploader.transfer import zygote; zygote._import_in_common(wire={wire})")
    lane = imported_in_all(
        f"from adit_uploader.transfer import lane_process, zygote; lane_process.prepare(wire={wire})"
    )
    of_the_program = {"ready_lanes", "lane_start", "looking", "zygote"}
    assert {name.rpartition(".")[2] for name in common - lane} <= of_the_program | {"subprocess", "signal", "selectors"}


def test_the_version_is_told_without_any_command() -> None:
    code = (
        "from adit_uploader.__main__ import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit:\n    pass\n"
        "assert not [name for name in sys.modules if name.startswith('adit_uploader.transfer')]"
    )
    assert imported_by(code) == set()


def test_every_command_is_in_the_module_that_is_imported_for_it() -> None:
    whole = program.make_parser("--help")
    (action,) = (one for one in whole._actions if one.dest == "==SUPPRESS==" and one.choices)
    assert list(action.choices or ()) == program.known_commands()
    assert set(registry.MODULES) | {program.DEMO} == set(program.known_commands())


@pytest.mark.parametrize("command", program.known_commands())
def test_a_command_s_own_parser_says_what_the_whole_one_says(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    said = []
    for first in (command, "--help"):
        with pytest.raises(SystemExit):
            program.make_parser(first).parse_args([command, "--help"])
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert command in said[0]
