"""The database itself refuses to change the audit log, whoever asks: ``protect`` puts its triggers there.

What is older than ``MINIMUM_DAYS`` may be deleted while a row of ``AuditRetention`` says up to when; ``prune`` writes
that row, deletes, and takes the row back in one transaction, so that nobody else ever sees it. Truncating is refused as
well. Who may change tables may drop triggers, too: log lines that are kept elsewhere stand against that.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from .models import AuditRetention
from .record import Fact, record

MINIMUM_DAYS = 90
TABLES = frozenset({"adit_receiver_auditentry", "adit_receiver_auditretention"})
"""What has to be there before the triggers can."""

_TEXT = "Entries of the audit log are added, and never changed or deleted."
_ABORT = f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END"
_ALLOWED = "EXISTS (SELECT 1 FROM adit_receiver_auditretention WHERE OLD.at < before)"

_SQLITE = (
    f"""CREATE TRIGGER IF NOT EXISTS adit_receiver_auditentry_update
    BEFORE UPDATE ON adit_receiver_auditentry {_ABORT}""",
    f"""CREATE TRIGGER IF NOT EXISTS adit_receiver_auditentry_delete
    BEFORE DELETE ON adit_receiver_auditentry
    WHEN NOT {_ALLOWED} OR OLD.at > datetime('now', '-{MINIMUM_DAYS} days') {_ABORT}""",
    # INSERT OR REPLACE deletes without firing the trigger for that
    f"""CREATE TRIGGER IF NOT EXISTS adit_receiver_auditentry_insert
    BEFORE INSERT ON adit_receiver_auditentry
    WHEN EXISTS (SELECT 1 FROM adit_receiver_auditentry WHERE id = NEW.id) {_ABORT}""",  # noqa: S608 - all of it ours
)
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION adit_receiver_auditentry_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN
    IF TG_OP = 'DELETE' THEN
        IF {_ALLOWED} AND OLD.at <= now() - interval '{MINIMUM_DAYS} days' THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';
    END $guard$""",
    """CREATE OR REPLACE TRIGGER adit_receiver_auditentry_rows
    BEFORE UPDATE OR DELETE ON adit_receiver_auditentry
    FOR EACH ROW EXECUTE FUNCTION adit_receiver_auditentry_guard()""",
    """CREATE OR REPLACE TRIGGER adit_receiver_auditentry_truncate
    BEFORE TRUNCATE ON adit_receiver_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION adit_receiver_auditentry_guard()""",
)
_UNDOING = {
    "sqlite": [f"DROP TRIGGER IF EXISTS adit_receiver_auditentry_{name}" for name in ("update", "delete", "insert")],
    "postgresql": ["DROP FUNCTION IF EXISTS adit_receiver_auditentry_guard() CASCADE"],
}
_STATEMENTS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
_NUMBER = {"sqlite": 3, "postgresql": 2}
_COUNT = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'adit_receiver_auditentry'",
    "postgresql": """SELECT count(*) FROM pg_trigger
    WHERE tgrelid = 'adit_receiver_auditentry'::regclass AND NOT tgisinternal AND tgenabled <> 'D'""",
}


def protect(database: BaseDatabaseWrapper) -> None:
    """Makes the triggers that are not there. After each migration: SQLite makes a changed table anew, without them."""
    with database.cursor() as cursor:
        for statement in _STATEMENTS.get(database.vendor, ()):
            cursor.execute(statement)


def unprotect(database: BaseDatabaseWrapper) -> None:
    """Takes the triggers away, for who goes back to an older receiver's tables."""
    with database.cursor() as cursor:
        for statement in _UNDOING.get(database.vendor, ()):
            cursor.execute(statement)


def is_protected(database: BaseDatabaseWrapper) -> bool:
    """Whether all triggers are there. Raises: django.db.DatabaseError."""
    with database.cursor() as cursor:
        cursor.execute(_COUNT[database.vendor])
        return int(cursor.fetchone()[0]) == _NUMBER[database.vendor]


def prune(before: datetime, fact: Fact) -> int:
    """Deletes entries older than that, and writes down who did; how many they were.

    Args:
        before: at least ``MINIMUM_DAYS`` ago.
        fact: who asked for it; the number is added.

    Raises:
        ValueError: they are not old enough.
        django.db.DatabaseError: the database failed; nothing was deleted.
    """
    if before > timezone.now() - timedelta(days=MINIMUM_DAYS):
        raise ValueError(f"Entries of the last {MINIMUM_DAYS} days can't be deleted.")
    with transaction.atomic():
        allowed = AuditRetention.objects.create(before=before)
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM adit_receiver_auditentry WHERE at < %s",
                [connection.ops.adapt_datetimefield_value(before)],
            )
            number = cursor.rowcount
        allowed.delete()
        record(Fact(fact.event, fact.who, fact.address, code=fact.code, subject=fact.subject, counts={"rows": number}))
    return number
