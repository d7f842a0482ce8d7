"""The walls between the rooms stand, and would be seen to fall."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter over the sources below ``root``, with this project's contracts."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--config", str(root / "pyproject.toml"), "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy_of_the_house(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("adit_uploader/deid", "import PySide6", "Qt is known to the window alone"),
        ("adit_uploader/dicom", "import adit_uploader.transfer", "stand on one another in one direction"),
        ("adit_uploader/cli", "import websockets", "use transfer, and not the line itself"),
        ("adit_uploader/transfer", "import keyring", "keyring is known to account alone"),
        ("adit_uploader/transfer", "import django", "Django and Channels are known to the receiver alone"),
        ("adit_uploader/protocol", "import socket", "The wire does no input or output"),
        ("adit_receiver", "import adit_uploader.dicom", "and nothing else of the desktop program"),
    ],
)
def test_a_forbidden_import_is_seen(copy_of_the_house: Path, room: str, line: str, contract: str) -> None:
    intruder = copy_of_the_house / "src" / room / "intruder.py"
    intruder.write_text(f'"""Imports what it may not."""\n\n{line}\n')
    result = lint_imports(copy_of_the_house)
    assert result.returncode == 1
    broken = [row for row in result.stdout.splitlines() if row.rstrip().endswith("BROKEN")]
    assert any(contract in row for row in broken), result.stdout
