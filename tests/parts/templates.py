"""Tables that are made once for a whole run and copied to each of its receivers: to make them takes another start.

Outside of pytest, and where a test is about the making of tables, a receiver makes its own.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adit_receiver.standalone.databases import ENVIRONMENT as DATABASE
from adit_receiver.standalone.databases import FILE
from tests.parts.postgresql import Cluster, cluster_of_all

ENVIRONMENT = "ADIT_TEST_TEMPLATES"
"""Folder of the run's templates; all its processes share them."""


@contextmanager
def templates_of_a_run() -> Iterator[None]:
    """A folder for them, as long as the run lasts."""
    with tempfile.TemporaryDirectory(prefix="adit-templates-") as folder:
        os.environ[ENVIRONMENT] = folder
        try:
            yield
        finally:
            del os.environ[ENVIRONMENT]


def file_with_tables() -> Path | None:
    """A SQLite file with all tables, to be copied; None outside of a run."""
    with _one_at_a_time() as folder:
        if folder is None:
            return None
        made = folder / "made"
        if not made.exists():
            _make_tables(folder / "making", "")
            (folder / "making").rename(made)
        return made / FILE


def database_with_tables(cluster: Cluster) -> str | None:
    """Name of a database in the cluster that has all tables, to be copied; None outside of a run."""
    with _one_at_a_time() as folder:
        if folder is None:
            return None
        named = folder / f"of-{hashlib.sha256(str(cluster.folder).encode()).hexdigest()}"
        if not named.exists():
            name = cluster.create(prefix="template")
            _make_tables(folder / "unused", cluster.url(name))
            named.write_text(name)
        return named.read_text()


@contextmanager
def _one_at_a_time() -> Iterator[Path | None]:
    """The folder, for one process at a time."""
    given = os.environ.get(ENVIRONMENT)
    if not given:
        yield None
        return
    folder = Path(given)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _make_tables(data: Path, url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "adit_receiver.standalone", "manage", "migrate", "--verbosity", "0", "--data", data],
        env=os.environ | {DATABASE: url, "ADIT_RECEIVER_ENGINE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def new_database() -> str:
    """URL of a new database with all tables if the tests run on PostgreSQL, '' if each keeps its own SQLite file."""
    cluster = cluster_of_all()
    if cluster is None:
        return ""
    template = database_with_tables(cluster)
    return cluster.url(cluster.create() if template is None else cluster.create(template=template))


def give_tables(data: Path) -> None:
    """Puts a SQLite file with all tables into a data folder that has none."""
    if (data / FILE).exists() or (template := file_with_tables()) is None:
        return
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(template, data / FILE)
