"""What holds for all tests."""

import gc
import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from adit_receiver.standalone.databases import database_of
from adit_uploader.demo.studies import make_demo_studies
from tests.parts.postgresql import ENVIRONMENT, cluster_of_all, running_cluster


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="receivers keep their tables in PostgreSQL, not SQLite")


def pytest_configure(config: pytest.Config) -> None:
    """One PostgreSQL for the whole run, in all processes of it."""
    if not config.getoption("--postgresql"):
        os.environ.pop(ENVIRONMENT, None)
        return
    if not hasattr(config, "workerinput"):
        stack = ExitStack()
        config.add_cleanup(stack.close)
        os.environ[ENVIRONMENT] = str(stack.enter_context(running_cluster()).folder)
    cluster = cluster_of_all()
    assert cluster is not None
    settings.DATABASES["default"].update(database_of(cluster.url("tests"), Path()))  # Django has filled it up by now
    connections["default"] = connections.create_connection("default")


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: collections, of which some tests ask for one each, pass over it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's studies of two made-up patients; no test changes them, since they take seconds to make."""
    folder = tmp_path_factory.mktemp("studies")
    make_demo_studies(folder)
    return folder
