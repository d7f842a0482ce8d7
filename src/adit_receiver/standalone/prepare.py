"""What a receiver of its own needs before it can run: its data folder, secrets, tables, spool."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from platformdirs import user_data_path

from adit_receiver.conf import receiver_settings
from adit_receiver.private_files import make_private_file
from adit_receiver.site_key import make_secret
from adit_receiver.spool import Spool

from . import databases

ENVIRONMENT = "ADIT_RECEIVER_DATA"
SETTINGS = "adit_receiver.standalone.settings"
_TABLES_LOCK = 0x61646974  # any number, the same in all processes


def data_folder(given: Path | None) -> Path:
    """The data folder: as given, or as the environment says, or the system's usual place."""
    chosen = given or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    return (chosen or user_data_path("adit-receiver", appauthor=False)).expanduser().absolute()


def make_folder(data: Path) -> None:
    """Makes the data folder and the key that signs cookies, and tells Django's settings of both.

    Raises:
        OSError: the folder can't be made or written.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private_file(data / "django-secret-key", secrets.token_urlsafe(50) + "\n")
    if not os.environ.get(databases.ENVIRONMENT):
        make_private_file(data / databases.FILE, "")  # for its owner's eyes only; SQLite's other files take after it
    os.environ[ENVIRONMENT] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS


def make_tables_and_spool() -> None:
    """Makes the site secret, the spool's folders and the tables, each only where it is missing. Django must be set up.

    Raises:
        OSError, SpoolError, django.db.DatabaseError: it can't.
    """
    settings = receiver_settings()
    make_secret(settings.secret_file)
    Spool(settings.spool).prepare()
    with _alone():
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def _alone() -> Iterator[None]:
    """Of processes that start together on one PostgreSQL, one after the other. SQLite has one server alone."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_TABLES_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_TABLES_LOCK])
