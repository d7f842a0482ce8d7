"""The receiver inside a stand-in of ADIT's shape, installed in each of the two ways; a real PostgreSQL beneath."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.postgresql import Cluster

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_WARNINGS = ("-W", "error", "-W", "ignore:The EMAIL_BACKEND setting is deprecated")  # by Django 6.1; ADIT has it
WAYS = {
    "adit_receiver.adit.settings": ("tests.adit.inside", 19),
    "adit.settings.three_lines": ("tests.adit.inside.ThePagesAreAdits tests.adit.inside.TheWebsocketIsThere", 8),
}
"""What is checked after each, and how many checks there must be at least: fewer would mean that some were not found."""


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> Iterator[str]:
    """Where Django's test runner makes one, and keeps it: both ways give the same tables."""
    name = cluster.create()
    yield f"{cluster.folder}|{name}"
    cluster.drop(f"test_{name}")
    cluster.drop(name)


@pytest.mark.parametrize("settings", WAYS)
def test_what_must_hold_inside_adit_holds(database: str, tmp_path: Path, settings: str) -> None:
    labels, number = WAYS[settings]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": settings,
        "STAND_IN_DATABASE": database,
        "ADIT_RECEIVER_DATA": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(map(str, (HERE / "stand_in", ROOT, ROOT / "src"))),
    }
    done = subprocess.run(
        [sys.executable, *_WARNINGS, "-m", "django", "test", *labels.split(), "--noinput", "--keepdb"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ran = next(int(line.split()[1]) for line in done.stderr.splitlines() if line.startswith("Ran "))
    assert ran >= number
