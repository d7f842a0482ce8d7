"""A data folder with a database file, which worker threads and worker processes can share with the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from adit_receiver.conf import receiver_settings
from tests.parts.orthanc import Orthanc, start_orthanc
from tests.parts.stored_jobs import StoredJobs, copy_database


@contextmanager
def database_at(path: Path) -> Iterator[None]:
    """Points Django at another SQLite file. The connection of other tests, which may be all of a database, is kept."""
    entry = connections.settings["default"]
    before, kept = entry["NAME"], connections["default"]
    del connections["default"]
    entry["NAME"] = str(path)
    try:
        yield
    finally:
        connections["default"].close()
        entry["NAME"] = before
        connections["default"] = kept


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    with django_db_blocker.unblock(), database_at(path):
        call_command("migrate", verbosity=0, interactive=False)
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=DELETE")  # so that one file is all of it
    return path


@pytest.fixture
def jobs(
    tmp_path: Path, empty_database: Path, django_db_blocker: DjangoDbBlocker, settings: Settings
) -> Iterator[StoredJobs]:
    data = tmp_path / "data"
    settings.ADIT_UPLOADER_RECEIVER = {"SPOOL": data / "spool", "SECRET_FILE": data / "site-secret"}
    with django_db_blocker.unblock(), database_at(copy_database(empty_database, data)):
        made = StoredJobs(data, receiver_settings())
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
