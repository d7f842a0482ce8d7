"""What holds for all tests."""

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connections

from adit_receiver.standalone.databases import database_of
from adit_uploader.demo.studies import make_demo_studies
from tests.parts.postgresql import ENVIRONMENT, Cluster, cluster_of_all, running_cluster
from tests.parts.served_otherwise import ENGINE, ENGINES, SERVER, SERVERS
from tests.parts.templates import templates_of_a_run

# The same examples each time, however long one takes on a busy machine; `make prove-examples` draws others.
_PATIENT = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("others", _PATIENT)
hypothesis.settings.register_profile("same", _PATIENT, derandomize=True)
hypothesis.settings.load_profile("same")

# how long an example takes says nothing on a busy machine
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="receivers keep their tables in PostgreSQL, not SQLite")
    parser.addoption("--server", choices=SERVERS, default=SERVERS[0], help="what serves receivers (%(default)s)")
    parser.addoption("--engine", choices=ENGINES, default=ENGINES[0], help="of receivers' workers (%(default)s)")


def pytest_configure(config: pytest.Config) -> None:
    """One PostgreSQL for the whole run, in all processes of it; and what receivers are made of."""
    if config.getoption("--engine") != ENGINES[0] and not config.getoption("--postgresql"):
        raise pytest.UsageError("--engine procrastinate needs --postgresql")
    os.environ[SERVER], os.environ[ENGINE] = config.getoption("--server"), config.getoption("--engine")
    stack = ExitStack()
    config.add_cleanup(stack.close)
    if not hasattr(config, "workerinput"):
        stack.enter_context(templates_of_a_run())
    if not config.getoption("--postgresql"):
        os.environ.pop(ENVIRONMENT, None)
        return
    if not hasattr(config, "workerinput"):
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


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL for the tests that want one, on whatever the others run."""
    of_all = cluster_of_all()
    if of_all is not None:
        yield of_all
        return
    with running_cluster() as own:
        yield own
