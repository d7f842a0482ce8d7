"""A data folder with a database, which worker threads and worker processes can share with the test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker, Settings

from adit_receiver.conf import receiver_settings
from tests.parts.databases import DatabaseMaker, PostgresqlMaker, database_maker, postgresql_maker
from tests.parts.orthanc import Orthanc, start_orthanc
from tests.parts.postgresql import Cluster
from tests.parts.stored_jobs import StoredJobs


@pytest.fixture(scope="session")
def tables() -> DatabaseMaker:
    return database_maker()


@pytest.fixture(scope="session")
def procrastinate_tables(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseMaker]:
    """PostgreSQL with Procrastinate's tables beside ours, on whatever the other tests run."""
    template = cluster.create(template=postgresql_maker(cluster).template, prefix="template")
    given = {
        "ADIT_RECEIVER_DATA": str(tmp_path_factory.mktemp("procrastinate")),
        "ADIT_RECEIVER_DATABASE": cluster.url(template),
        "ADIT_RECEIVER_ENGINE": "procrastinate",
        "DJANGO_SETTINGS_MODULE": "adit_receiver.standalone.settings",
    }
    migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0", "--skip-checks"]
    done = subprocess.run(migrate, env=os.environ | given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield PostgresqlMaker(cluster, template)
    cluster.drop(template)


@pytest.fixture
def jobs(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker, settings: Settings
) -> Iterator[StoredJobs]:
    """Jobs for the embedded engine, or for the one that the test names."""
    engine = getattr(request, "param", "embedded")
    tables: DatabaseMaker = request.getfixturevalue("tables" if engine == "embedded" else "procrastinate_tables")
    data = tmp_path / "data"
    data.mkdir()
    settings.ADIT_UPLOADER_RECEIVER = {"SPOOL": data / "spool", "SECRET_FILE": data / "site-secret"}
    with django_db_blocker.unblock(), tables.made(data) as url:
        made = StoredJobs(data, receiver_settings(), url, engine)
        made.spool.prepare()
        yield made


@pytest.fixture(scope="session")
def running_orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with start_orthanc(tmp_path_factory.mktemp("orthanc")) as orthanc:
        yield orthanc


@pytest.fixture
def orthanc(running_orthanc: Orthanc) -> Orthanc:
    """One Orthanc for all tests of this folder, running and empty."""
    running_orthanc.start()
    running_orthanc.delete_all()
    return running_orthanc
