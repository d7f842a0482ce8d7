"""The database itself keeps the audit log as it is, whoever speaks to it; old entries go by one way alone."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from adit_receiver.audit.models import AuditEntry, AuditRetention, Event
from adit_receiver.audit.protection import is_protected, protect
from adit_receiver.audit.record import Fact, record

pytestmark = pytest.mark.django_db
TABLE = "adit_receiver_auditentry"


@pytest.fixture
def entry() -> AuditEntry:
    record(Fact(Event.LOGIN, "alice", "192.0.2.1", code="token"))
    return AuditEntry.objects.get()


def run(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def old_entry(days: int) -> None:
    AuditEntry.objects.create(event=Event.LOGIN, who="long-ago", at=timezone.now() - timedelta(days=days))


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET who = 'mallory'",  # noqa: S608
        f"UPDATE {TABLE} SET at = '2020-01-01 00:00:00'",  # noqa: S608
        f"DELETE FROM {TABLE}",  # noqa: S608
        f"DELETE FROM {TABLE} WHERE who = 'alice'",  # noqa: S608
    ],
)
def test_no_statement_changes_or_deletes_an_entry(entry: AuditEntry, statement: str) -> None:
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        run(statement)
    entry.refresh_from_db()
    assert entry.who == "alice"


def test_no_statement_writes_over_an_entry(entry: AuditEntry) -> None:
    columns = "id, at, number, event, who, address, code, subject, counts"
    values = (entry.pk, timezone.now(), 1, "login", "mallory", "", "", "", "{}")
    over = {
        "sqlite": f"INSERT OR REPLACE INTO {TABLE} ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608
        "postgresql": f"INSERT INTO {TABLE} ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) "  # noqa: S608
        "ON CONFLICT (id) DO UPDATE SET who = EXCLUDED.who",
    }[connection.vendor]
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        run(over, *values)
    entry.refresh_from_db()
    assert entry.who == "alice"


def test_the_table_is_not_emptied_at_a_stroke_either(entry: AuditEntry) -> None:
    empty = {"sqlite": f"DELETE FROM {TABLE}", "postgresql": f"TRUNCATE {TABLE}"}[connection.vendor]  # noqa: S608
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        run(empty)
    assert AuditEntry.objects.count() == 1


def test_old_entries_go_by_the_command_which_is_written_down(entry: AuditEntry) -> None:
    old_entry(days=101)
    old_entry(days=99)
    said = StringIO()
    call_command("prune_audit", "--days", "100", stdout=said)
    assert said.getvalue() == "1 entries deleted.\n"
    last, second, first = AuditEntry.objects.all()
    assert (first.who, second.who) == ("alice", "long-ago")
    assert (last.event, last.address, last.code, last.counts) == ("admin-change", "terminal", "prune", {"rows": 1})
    assert not AuditRetention.objects.exists()


@pytest.mark.parametrize("days", ["89", "0", "-1", "99999999999"])
def test_young_entries_do_not_go_even_so(entry: AuditEntry, days: str) -> None:
    with pytest.raises(CommandError, match="from 90 on"):
        call_command("prune_audit", f"--days={days}")
    assert AuditEntry.objects.count() == 1


def test_whoever_opens_the_way_by_hand_deletes_no_young_entries(entry: AuditEntry) -> None:
    AuditRetention.objects.create(before=timezone.now() + timedelta(days=1))
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        run(f"DELETE FROM {TABLE} WHERE id = %s", entry.pk)  # noqa: S608


def test_a_migration_puts_the_triggers_back_that_a_changed_table_has_lost() -> None:
    assert is_protected(connection)
    for statement in {
        "sqlite": [f"DROP TRIGGER {TABLE}_{name}" for name in ("update", "delete", "insert")],
        "postgresql": [f"DROP TRIGGER {TABLE}_{name} ON {TABLE}" for name in ("rows", "truncate")],
    }[connection.vendor]:
        run(statement)
    assert not is_protected(connection)
    call_command("migrate", verbosity=0)
    assert is_protected(connection)
    protect(connection)  # any number of times
