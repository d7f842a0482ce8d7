"""How soon a command is at work is decided by what it imports."""

import ast
import subprocess
import sys
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
    code = f"import sys\n{code}\nprint('\\n' + repr(set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True)
    modules: set[str] = ast.literal_eval(done.stdout.splitlines()[-1])
    return {name for name in SLOW if any(one == name or one.startswith(f"{name}.") for one in modules)}


def test_de_identification_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    studies = write_studies(tmp_path / "in", instances=1)
    words = ("--out", tmp_path / "out", "--mode", "internal", "--department", "D", "--key-list", tmp_path / "keys.csv")
    code = "from adit_uploader.__main__ import main\nassert main(sys.argv[1:]) == 0"
    assert imported_by(code, "deidentify", studies, *words) == set()
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 4


def test_a_lane_imports_nothing_that_it_does_not_need() -> None:
    assert imported_by("import adit_uploader.transfer.lane_process, adit_uploader.transfer.folder_lane") == set()


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
