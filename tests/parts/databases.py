"""Databases with all tables for one test each, which threads and processes of it can share: copied, not migrated."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from adit_receiver.standalone.databases import FILE, database_of
from tests.parts.postgresql import Cluster, cluster_of_all, running_cluster


class DatabaseMaker(ABC):
    """Makes databases."""

    @abstractmethod
    @contextmanager
    def made(self, data: Path) -> Iterator[str]:
        """Points Django at a new one for this data folder; its URL, '' for a SQLite file."""


@dataclass(frozen=True, slots=True)
class SQLiteMaker(DatabaseMaker):
    """Copies a file. template: the folder that it lies in."""

    template: Path

    @contextmanager
    def made(self, data: Path) -> Iterator[str]:
        shutil.copy(self.template / FILE, data / FILE)
        with database_at("", data):
            yield ""


@dataclass(frozen=True, slots=True)
class PostgresqlMaker(DatabaseMaker):
    """Has the server copy a database."""

    cluster: Cluster
    template: str

    @contextmanager
    def made(self, data: Path) -> Iterator[str]:
        name = self.cluster.create(template=self.template)
        try:
            with database_at(self.cluster.url(name), data):
                yield self.cluster.url(name)
        finally:
            self.cluster.drop(name)


@contextmanager
def database_maker(folder: Path) -> Iterator[DatabaseMaker]:
    """For the kind of database on which the tests run; files lie in the folder."""
    if cluster_of_all() is not None:
        with postgresql_maker() as maker:
            yield maker
        return
    with database_at("", folder):
        call_command("migrate", verbosity=0, interactive=False)
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=DELETE")  # so that one file is all of it
    yield SQLiteMaker(folder)


@contextmanager
def postgresql_maker() -> Iterator[PostgresqlMaker]:
    """For PostgreSQL, on whatever the other tests run."""
    with ExitStack() as stack:
        cluster = cluster_of_all() or stack.enter_context(running_cluster())
        template = cluster.create(prefix="template")
        with database_at(cluster.url(template), Path()):
            call_command("migrate", verbosity=0, interactive=False)
        yield PostgresqlMaker(cluster, template)
        cluster.drop(template)


@contextmanager
def database_at(url: str, data: Path) -> Iterator[None]:
    """Points Django at another database. The connection of other tests, which may be all of one, is kept."""
    entry = connections.settings["default"]
    before, kept = dict(entry), connections["default"]
    entry.update(database_of(url, data))
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        entry.clear()
        entry.update(before)
        connections["default"] = kept
