"""``python -m tests.matrix [CELL ...]``: the tests over every Python, Django, database, engine and server.

Each Python gets an environment of its own below ``.matrix``, made from the locked requirements, which hold for all.
A cell runs what can come out otherwise in it: most tests know neither a database nor a web server, and give under
daphne or Procrastinate what they gave without. ``make test`` and ``make test-postgresql`` run all there are.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parent.parent
PLACE = ROOT / ".matrix"
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
_DJANGO = "import django; print(django.__version__)"


class MatrixError(Exception):
    """A cell can't be run; the text says what is missing."""


EVERYTHING = ("tests",)
SERVED = (
    "tests/e2e",
    "tests/desktop/test_every_failure_is_said_in_the_window.py",
    "tests/desktop/test_from_a_workstation_to_the_server.py",
    "tests/integration/test_a_sites_own_profile_goes_the_whole_way.py",
    "tests/integration/test_modes_into_orthanc.py",
    "tests/integration/test_nothing_identifying_leaves.py",
    "tests/integration/test_secured_line.py",
    "tests/integration/test_transfer_into_a_folder.py",
    "tests/parts/test_receiver.py",
    "tests/receiver/test_audit.py",
    "tests/receiver/test_command.py",
    "tests/receiver/test_crash.py",
    "tests/receiver/test_databases.py",
    "tests/receiver/test_door.py",
    "tests/receiver/test_endpoint_access.py",
    "tests/receiver/test_endpoint_upload.py",
    "tests/receiver/test_upload_threads.py",
    "tests/receiver/test_ways_to_break_rules.py",
    "tests/receiver/test_ways_to_smuggle.py",
)
"""Where a receiver runs as a process: all that another web server or another engine can change."""
RECEIVER = (
    "tests/adit",
    "tests/desktop/test_every_error_speaks_both_languages.py",
    "tests/desktop/test_every_failure_is_said_in_the_window.py",
    "tests/desktop/test_from_a_workstation_to_the_server.py",
    "tests/e2e",
    "tests/integration",
    "tests/parts",
    "tests/receiver",
)
"""Where the receiver's code runs at all: what another Django or another database can change."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One run. python: version; django: first part of the version that its lock gives it; tests: which."""

    python: str
    django: str
    options: tuple[str, ...] = ()
    tests: tuple[str, ...] = EVERYTHING


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a cell. status: pytest's; passed, failed: tests; errors of their making count as failed."""

    name: str
    status: int
    passed: int
    failed: int
    seconds: float


_POSTGRESQL = ("--postgresql", "--engine", "procrastinate")
CELLS: Mapping[str, Cell] = {
    "py311": Cell("3.11", "5.2"),
    # the desktop program is tried on the oldest and the newest Python; ADIT's, between them, is the receiver's
    "py312": Cell("3.12", "6.", tests=RECEIVER),
    "py313": Cell("3.13", "6."),
    "daphne": Cell("3.11", "5.2", ("--server", "daphne"), SERVED),
    "procrastinate": Cell("3.11", "5.2", _POSTGRESQL, RECEIVER),
    "adit": Cell("3.12", "6.", (*_POSTGRESQL, "--server", "daphne"), RECEIVER),
}
"""py311 to py313 are over SQLite, embedded workers and uvicorn; adit is what ADIT runs, all together."""


def interpreter(version: str, environment: Mapping[str, str]) -> Path:
    """A Python of this version.

    Raises:
        MatrixError: there is none; says where one is looked for.
    """
    variable = f"PYTHON_{version.replace('.', '')}"
    given = environment.get(variable) or f"python{version}"
    found = shutil.which(given, path=environment.get("PATH", ""))
    said = "" if found is None else _said(found, _VERSION)
    if found is None or said != version:
        raise MatrixError(
            f"Python {version} is missing: install it so that {given} is on the PATH (pyenv install {version}), "
            f"or say where it is: {variable}=/path/to/python{version}"
        )
    return Path(found)


def _said(python: str | Path, code: str) -> str:
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _prepared(cell: Cell, base: Path) -> Path:
    """The Python of the cell's environment, with everything that is locked."""
    place = PLACE / cell.python
    python = place / "bin" / "python"
    uv = str(Path(sys.executable).parent / "uv")
    if not python.exists():
        _run([uv, "venv", "--quiet", "--python", str(base), str(place)])
    pip = [uv, "pip"]
    to = ["--quiet", "--system-certs", "--python", str(python)]
    _run([*pip, "sync", *to, "--compile-bytecode", "--require-hashes", str(ROOT / "requirements" / "dev.txt")])
    _run([*pip, "install", *to, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    django = _said(python, _DJANGO)
    if not django.startswith(cell.django):
        raise MatrixError(f"Python {cell.python} has Django {django}, and not {cell.django}: lock anew (make lock).")
    return python


def _run(words: Sequence[str]) -> None:
    # a slow machine needs more than uv's minute for a large file
    environment = os.environ | {"UV_COMPILE_BYTECODE_TIMEOUT": "1200"}
    if subprocess.run(words, check=False, cwd=ROOT, env=environment).returncode != 0:
        raise MatrixError(f"this failed: {' '.join(words)}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the cells; 0 if all are green."""
    parser = argparse.ArgumentParser(prog="make test-matrix", description=__doc__)
    parser.add_argument("cells", nargs="*", metavar="CELL", help=f"{', '.join(CELLS)} (all)")
    parser.add_argument("--only", action="append", metavar="PATH", help="these tests alone; several times for several")
    options = parser.parse_args(arguments)
    names = options.cells or list(CELLS)
    if unknown := [name for name in names if name not in CELLS]:
        parser.error(f"no such cell: {', '.join(unknown)}; there are {', '.join(CELLS)}")
    try:
        # all of them first: what is missing is told now, and not in an hour
        bases = {name: interpreter(CELLS[name].python, os.environ) for name in names}
        outcomes = [_outcome(name, _prepared(CELLS[name], bases[name]), options.only or []) for name in names]
    except MatrixError as error:
        sys.stderr.write(f"make test-matrix: {error}\n")
        return 2
    for outcome in outcomes:
        word = "green" if outcome.status == 0 else f"FAILED ({outcome.status})"
        _tell(
            f"{outcome.name:14} {word:12} {outcome.passed:6} passed {outcome.failed:4} failed {outcome.seconds:6.0f} s"
        )
    return int(any(outcome.status for outcome in outcomes))


def _outcome(name: str, python: Path, only: Sequence[str]) -> Outcome:
    cell = CELLS[name]
    _tell(f"== {name}: Python {cell.python}, Django {_said(python, _DJANGO)} {' '.join(cell.options)}")
    report = PLACE / f"{name}.xml"
    report.unlink(missing_ok=True)
    words = [str(python), "-m", "pytest", "--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal"]
    began = time.monotonic()
    command = [*words, f"--junit-xml={report}", *cell.options, *(only or cell.tests)]
    status = subprocess.run(command, check=False, cwd=ROOT).returncode
    return Outcome(name, status, *counted(report), time.monotonic() - began)


def counted(report: Path) -> tuple[int, int]:
    """How many passed and failed; none where pytest did not come to write its report."""
    if not report.exists():
        return 0, 0
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - what pytest has just written
    bad = [case.find("failure") is not None or case.find("error") is not None for case in cases]
    return bad.count(False), bad.count(True)


if __name__ == "__main__":
    sys.exit(main())
