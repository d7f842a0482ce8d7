"""Databases with all tables for one test each, which threads and processes of it can share: copied, not migrated."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from django.db import connections

from adit_receiver.conf import receiver_settings
from adit_receiver.standalone.databases import FILE, database_of
from adit_receiver.upload_threads import upload_threads
from tests.parts.postgresql import Cluster, cluster_of_all
from tests.parts.templates import database_with_tables, file_with_tables


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
        shutil.copy(self.template, data / FILE)
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


def database_maker() -> DatabaseMaker:
    """For the kind of database on which the tests run."""
    if (cluster := cluster_of_all()) is not None:
        return postgresql_maker(cluster)
    template = file_with_tables()
    assert template is not None
    return SQLiteMaker(template)


def postgresql_maker(cluster: Cluster) -> PostgresqlMaker:
    """For PostgreSQL, on whatever the other tests run."""
    template = database_with_tables(cluster)
    assert template is not None
    return PostgresqlMaker(cluster, template)


@contextmanager
def database_at(url: str, data: Path) -> Iterator[None]:
    """Points Django at another database. The connection of other tests, which may be all of one, is kept."""
    entry = connections.settings["default"]
    before, kept = dict(entry), connections["default"]
    entry.update(database_of(url, data))
    connections["default"] = connections.create_connection("default")
    _end_upload_threads()
    try:
        yield
    finally:
        _end_upload_threads()
        connections["default"].close()
        entry.clear()
        entry.update(before)
        connections["default"] = kept


@contextmanager
def without_syncing() -> Iterator[None]:
    """What lasts over a power cut is no question to many tests, and a disk that others use would make them slow."""
    options = connections.settings["default"]["OPTIONS"]
    quick = {name: options[name].replace("=FULL", "=OFF") for name in options if name == "init_command"}
    with patch.dict(options, quick):
        yield


def _end_upload_threads() -> None:
    """Those of this process keep their connections, and would go on with another database."""
    if upload_threads.cache_info().currsize:
        upload_threads(receiver_settings().upload_threads).shutdown()
        upload_threads.cache_clear()
