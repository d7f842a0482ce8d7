"""The runs over several Pythons say in one line what they lack, before any of them begins."""

import re
import stat
from pathlib import Path

import pytest

from tests.matrix import CELLS, RECEIVER, ROOT, SERVED, MatrixError, counted, interpreter, main


def fake(folder: Path, name: str, version: str) -> Path:
    """A program that says that it is this Python."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_python_is_found_by_its_name_or_where_it_is_said_to_be(tmp_path: Path) -> None:
    path = fake(tmp_path, "python3.13", "3.13")
    assert interpreter("3.13", {"PATH": str(tmp_path)}) == path
    assert interpreter("3.13", {"PATH": "", "PYTHON_313": str(path)}) == path


@pytest.mark.parametrize("version", ["", "3.12"])
def test_one_that_is_missing_or_another_is_said_with_what_to_do(tmp_path: Path, version: str) -> None:
    if version:
        fake(tmp_path, "python3.13", version)
    with pytest.raises(MatrixError, match=r"Python 3\.13 is missing.*PYTHON_313=/path/to/python3\.13"):
        interpreter("3.13", {"PATH": str(tmp_path)})


def test_nothing_runs_if_a_python_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHON_313", str(tmp_path / "nowhere"))
    assert main(["py311", "py313"]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "Python 3." in told.err


def test_every_cell_names_a_python_that_the_project_says_it_runs_on() -> None:
    project = (Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8")
    for cell in CELLS.values():
        assert f"Programming Language :: Python :: {cell.python}" in project
        assert f"Framework :: Django :: {cell.django}" in project


HERE = Path(__file__).parent
NO_RECEIVER = {
    "test_architecture.py": "reads the sources",
    "test_matrix.py": "this file",
    "conftest.py": "of all tests",
    "cli/test_a_command_starts_with_what_it_needs.py": "names what is not imported",
    "benchmarks/test_benchmarks_measure.py": "measures, and proves nothing of the receiver",
}


@pytest.mark.parametrize(
    ("cells", "uses"),
    [
        (RECEIVER, r"^\s*(from|import) (adit_receiver|django)\b|tests\.parts\.receiver import"),
        (SERVED, r"tests\.parts\.(receiver|served_otherwise) import|: Receiver\b|tables: Tables|token: Path"),
    ],
)
def test_no_test_is_left_out_of_a_cell_in_which_it_could_come_out_otherwise(cells: tuple[str, ...], uses: str) -> None:
    assert all((ROOT / path).exists() for path in cells)
    chosen = [HERE.parent / path for path in cells]
    files = [*HERE.rglob("test_*.py"), *HERE.rglob("conftest.py")]
    using = [path for path in files if re.search(uses, path.read_text("utf-8"), re.MULTILINE)]
    left = {path.relative_to(HERE).as_posix() for path in using if not any(map(path.is_relative_to, chosen))}
    assert left - NO_RECEIVER.keys() - {"receiver/conftest.py"} == set()


def test_what_came_of_a_cell_is_counted(tmp_path: Path) -> None:
    report = tmp_path / "cell.xml"
    assert counted(report) == (0, 0)
    cases = "<testcase/><testcase><failure/></testcase><testcase><error/></testcase><testcase><system-out/></testcase>"
    report.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    assert counted(report) == (2, 2)
