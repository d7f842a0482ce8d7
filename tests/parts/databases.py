"""Databases with all tables for one test each, which threads and processes of it can share: copied, not migrated."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from adit_receiver.standalone.databases import FILE
from tests.parts.postgresql import Cluster, cluster_of_all


class DatabaseMaker(ABC):
    """Makes databases."""

    @abstractmethod
    @contextmanager
    def made(self, data: Path) -> Iterator[str]:
        """Points Django at a new one for this data folder; its URL, '' for a SQLite file."""


@dataclass(frozen=True, slots=True)
class SQLiteMaker(DatabaseMaker):
    """Copies a file."""

    template: Path

    @contextmanager
    def made(self, data: Path) -> Iterator[str]:
        with database_at(shutil.copy(self.template, data / FILE)):
            yield ""


@dataclass(frozen=True, slots=True)
class PostgresqlMaker(DatabaseMaker):
    """Has the server copy a database."""

    cluster: Cluster
    template: str

    @contextmanager
    def made(self, data: Path) -> Iterator[str]:
        name = self.cluster.create(template=self.template)
        with database_at(name):
            yield self.cluster.url(name)
        self.cluster.drop(name)


@contextmanager
def database_maker(folder: Path) -> Iterator[DatabaseMaker]:
    """For the kind of database on which the tests run; files lie in the folder."""
    cluster = cluster_of_all()
    if cluster is None:
        path = folder / "empty.sqlite3"
        with database_at(path):
            call_command("migrate", verbosity=0, interactive=False)
            with connections["default"].cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=DELETE")  # so that one file is all of it
        yield SQLiteMaker(path)
        return
    template = cluster.create(prefix="template")
    with database_at(template):
        call_command("migrate", verbosity=0, interactive=False)
    yield PostgresqlMaker(cluster, template)
    cluster.drop(template)


@contextmanager
def database_at(name: str | Path) -> Iterator[None]:
    """Points Django at another database. The connection of other tests, which may be all of one, is kept."""
    entry = connections.settings["default"]
    before, kept = entry["NAME"], connections["default"]
    del connections["default"]
    entry["NAME"] = str(name)
    try:
        yield
    finally:
        connections["default"].close()
        entry["NAME"] = before
        connections["default"] = kept
