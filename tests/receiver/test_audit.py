"""The audit log: what is written down, that nobody changes it, and that it knows no patient."""

import csv
import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from adit_receiver.audit.models import AppendOnlyError, AuditEntry, AuditTally, Event
from adit_receiver.audit.of_session import SessionAudit
from adit_receiver.audit.record import Fact, count_refusals, record, record_often, write_counted
from adit_receiver.bookkeeping import cancel_job, settle_tasks_of
from adit_receiver.models import Destination, Forward, StoredInstance, Token, UploadJob, UploadTask
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.messages import Failed, Tasks
from tests.parts.receiver import Receiver
from tests.parts.tables import Tables

from .wire_client import make_file, wire

pytestmark = pytest.mark.django_db

STUDY = "2.25.815081508150815"  # in no id of a job and no time by chance


def written() -> list[tuple[str, str, int]]:
    """(event, code, number) of all entries, in their order."""
    return [(row.event, row.code, row.number) for row in AuditEntry.objects.order_by("id")]


@pytest.fixture
def entry() -> AuditEntry:
    record(Fact(Event.LOGIN, "alice", "192.0.2.1", code="token"))
    return AuditEntry.objects.get()


def test_an_entry_can_be_neither_changed_nor_deleted(entry: AuditEntry) -> None:
    entry.who = "mallory"
    rows = AuditEntry.objects.all()
    attempts = (
        entry.save,
        lambda: entry.save(update_fields=["who"]),
        entry.delete,
        lambda: rows.update(who="mallory"),
        rows.delete,
        lambda: rows.filter(pk=entry.pk).delete(),
        lambda: AuditEntry.objects.bulk_update([entry], ["who"]),
        lambda: AuditEntry.objects.bulk_create([entry], update_conflicts=True),
        lambda: AuditEntry.objects.update_or_create(pk=entry.pk, defaults={"who": "mallory"}),
        lambda: AuditEntry._base_manager.filter(pk=entry.pk).update(who="mallory"),
        lambda: AuditEntry._default_manager.filter(pk=entry.pk)._raw_delete("default"),
    )
    for attempt in attempts:
        with pytest.raises(AppendOnlyError):
            attempt()
    entry.refresh_from_db()
    assert entry.who == "alice"


def test_the_admin_shows_it_and_changes_nothing(entry: AuditEntry) -> None:
    chief = User.objects.create_superuser("chief", password=None)
    client = Client()
    client.force_login(chief)
    address = f"/admin/adit_receiver/auditentry/{entry.pk}/"
    assert client.get("/admin/adit_receiver/auditentry/").status_code == 200
    assert client.get(f"{address}change/").status_code == 200
    for path in (f"{address}delete/", "/admin/adit_receiver/auditentry/add/"):
        assert client.get(path).status_code == 403
        assert client.post(path, {"post": "yes"}).status_code == 403
    assert client.post(f"{address}change/", {"who": "mallory"}).status_code == 403
    assert written()[0] == ("login", "token", 1)


def test_each_entry_is_a_log_line_that_a_program_can_read(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: object
) -> None:
    caplog.set_level(logging.INFO, "adit_receiver.audit")
    job = uuid4()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator] # pytest-django's fixture
        record(Fact(Event.JOB_OPENED, "al\nice", "192.0.2.1", job, "internal", "PACS", {"studies": 2}))
        assert caplog.messages == []  # not yet committed
    (line,) = caplog.messages
    assert "\n" not in line
    said = json.loads(line)
    assert said.pop("at")
    assert said == {
        "event": "job-opened",
        "who": "al\nice",
        "address": "192.0.2.1",
        "job": job.hex,
        "code": "internal",
        "subject": "PACS",
        "counts": {"studies": 2},
    }


def test_what_happens_often_is_written_once_and_then_counted() -> None:
    fact = Fact(Event.LOGIN_FAILED, address="192.0.2.1", code="TOKEN")
    for _ in range(100):
        record_often(fact)
    record_often(Fact(Event.LOGIN_FAILED, address="192.0.2.2", code="TOKEN"))
    assert [row[2] for row in written()] == [1, 1]
    write_counted(timezone.now())
    assert len(written()) == 2
    write_counted(timezone.now() + timedelta(minutes=2))
    assert [row[2] for row in written()] == [1, 1, 99]
    assert not AuditTally.objects.exists()
    record_often(fact)
    assert [row[2] for row in written()] == [1, 1, 99, 1]


def test_a_minute_that_is_over_is_written_by_whoever_comes_next() -> None:
    fact = Fact(Event.LOGIN, "alice", "192.0.2.1")
    record_often(fact)
    record_often(fact)
    AuditTally.objects.update(due=timezone.now() - timedelta(seconds=1))
    record_often(fact)
    assert [row[2] for row in written()] == [1, 1, 1]
    assert AuditEntry.objects.filter(until__isnull=False).count() == 1


def test_a_tally_of_the_future_ends_too() -> None:
    """The clock was set back."""
    record_often(Fact(Event.LOGIN, "alice"))
    record_often(Fact(Event.LOGIN, "alice"))
    AuditTally.objects.update(due=timezone.now() + timedelta(days=3000))
    write_counted(timezone.now())
    assert [row[2] for row in written()] == [1, 1]


def test_many_refusals_of_one_kind_in_a_job_are_one_entry() -> None:
    job = uuid4()
    lanes = [SessionAudit("alice", "192.0.2.1"), SessionAudit("alice", "192.0.2.1")]
    for lane in lanes:
        for _ in range(5000):
            lane.instance_refused(job, RefusalCode.NOT_DEIDENTIFIED)
        lane.instance_refused(job, RefusalCode.DIGEST)
        lane.write()
    assert written() == []
    lanes[0].canceled(job)
    assert sorted(written()) == [
        ("instance-refused", "DIGEST", 2),
        ("instance-refused", "NOT_DEIDENTIFIED", 10000),
        ("job-changed", "cancel", 1),
    ]
    assert written()[-1][0] == "job-changed"


def test_a_job_that_never_ends_has_its_refusals_written_after_a_while() -> None:
    count_refusals(Fact(Event.INSTANCE_REFUSED, "alice", job=uuid4(), code="DIGEST"), 7)
    write_counted(timezone.now() + timedelta(minutes=9))
    assert written() == []
    write_counted(timezone.now() + timedelta(minutes=11))
    assert written() == [("instance-refused", "DIGEST", 7)]


def test_refused_requests_and_broken_rules_are_counted_too() -> None:
    audit = SessionAudit("alice", "192.0.2.1")
    for _ in range(100):
        audit.request_refused("OpenJob", None, RefusalCode.MODE_NOT_ALLOWED)
    audit.look()
    assert written() == []
    audit.broke_rule(CloseCode.CREDIT_EXCEEDED)
    audit.write()
    assert sorted(written()) == [("job-refused", "MODE_NOT_ALLOWED", 100), ("rule-broken", "CREDIT_EXCEEDED", 1)]


def test_a_delivery_is_two_entries_however_large_the_job_is() -> None:
    job = UploadJob.objects.create(
        id=uuid4(), owner=User.objects.create(username="alice"), destination_key="1", destination_name="PACS",
        mode="internal", profile="research", finished_by_client=timezone.now(),
    )  # fmt: skip
    for number in range(3):
        task = UploadTask.objects.create(job=job, patient_id="CANARY", study_instance_uid=f"{STUDY}{number}")
        instance = StoredInstance.objects.create(
            job=job, task=task, sop_instance_uid=f"2.25.{number}", length=1, digest="0" * 64
        )
        Forward.objects.create(instance=instance, state="leased")
    settle_tasks_of(job.pk)
    assert written() == [("delivery-began", "in_progress", 1)]
    Forward.objects.update(state="delivered")
    Forward.objects.filter(instance__sop_instance_uid="2.25.0").update(state="failed")
    settle_tasks_of(job.pk)
    ended = AuditEntry.objects.first()
    assert ended is not None
    assert (ended.event, ended.code, ended.counts) == ("delivery-ended", "warning", {"delivered": 2, "failed": 1})
    assert (ended.who, ended.subject, ended.job) == ("alice", "PACS", job.pk)
    assert AuditEntry.objects.count() == 2
    assert "CANARY" not in text_of(ended)
    assert STUDY not in text_of(ended)


def test_a_canceled_job_ends_in_the_log_as_well() -> None:
    job = UploadJob.objects.create(
        id=uuid4(), owner=User.objects.create(username="alice"), destination_key="1", destination_name="PACS",
        mode="internal", profile="research",
    )  # fmt: skip
    cancel_job(job.pk, "Canceled by its owner.")
    assert written() == [("delivery-ended", "canceled", 1)]


def text_of(row: Model) -> str:
    return json.dumps({name: str(value) for name, value in row.__dict__.items() if not name.startswith("_")})


# ---------------------------------------------------------------- what administrators do


@pytest.fixture
def chief() -> Client:
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.force_login(User.objects.create_superuser("chief", password=None))
    return client


def test_changes_by_administrators_name_the_fields_and_never_the_values(chief: Client) -> None:
    fields = {
        "name": "PACS",
        "kind": "folder",
        "folder": "/secret/place",
        "ae_title": "",
        "host": "",
        "port": "",
        "verification": "none",
    }
    assert chief.post("/admin/adit_receiver/destination/add/", fields).status_code == 302
    row = Destination.objects.get()
    address = f"/admin/adit_receiver/destination/{row.pk}"
    assert chief.post(f"{address}/change/", fields | {"folder": "/other"}).status_code == 302
    assert chief.post(f"{address}/delete/", {"post": "yes"}).status_code == 302
    said = [(row.event, row.who, row.address, row.code, row.subject) for row in AuditEntry.objects.order_by("id")]
    assert said == [
        ("admin-change", "chief", "192.0.2.9", "add", "destination PACS"),
        ("admin-change", "chief", "192.0.2.9", "change", "destination PACS: Folder"),
        ("admin-change", "chief", "192.0.2.9", "delete", "destination PACS"),
    ]


def test_users_groups_and_several_at_once_are_written_down_too(chief: Client) -> None:
    for name in ("anna", "bert"):
        User.objects.create(username=name)
    chosen = list(User.objects.filter(username__in=("anna", "bert")).values_list("pk", flat=True))
    chief.post("/admin/auth/group/add/", {"name": "Radiology"})
    chief.post("/admin/auth/user/", {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert sorted(AuditEntry.objects.values_list("code", "subject")) == [
        ("add", "group Radiology"),
        ("delete", "user anna"),
        ("delete", "user bert"),
    ]


def test_a_revoked_token_is_written_down_with_its_owner(chief: Client) -> None:
    token = Token.objects.create(user=User.objects.create(username="alice"), name="laptop", digest="0" * 64)
    chief.post("/admin/adit_receiver/token/", {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked is not None
    assert [(row.code, row.subject) for row in AuditEntry.objects.all()] == [("revoke", "token alice: laptop")]


def test_the_log_is_downloaded_by_whoever_may_and_the_download_is_in_it() -> None:
    record(Fact(Event.LOGIN, "=cmd()", "192.0.2.1"))
    record(Fact(Event.JOB_OPENED, "alice", "192.0.2.1", uuid4(), "internal", "PACS", {"studies": 2}))
    auditor = User.objects.create(username="auditor", is_staff=True)
    auditor.user_permissions.set(Permission.objects.filter(codename="view_auditentry"))
    client = Client()
    client.force_login(auditor)
    asked = {"action": "export", "_selected_action": list(AuditEntry.objects.values_list("pk", flat=True))}
    assert client.post("/admin/adit_receiver/auditentry/", asked)["Content-Type"].startswith("text/html")
    assert not AuditEntry.objects.filter(event="download").exists()
    auditor.user_permissions.add(Permission.objects.get(codename="export_audit_log"))
    response = client.post("/admin/adit_receiver/auditentry/", asked)
    assert response["Content-Disposition"].startswith("attachment; filename=")
    text = b"".join(response).decode("utf-8-sig")
    head, first, second = csv.reader(StringIO(text))
    assert head[:4] == ["at", "until", "number", "event"]
    assert (first[4], second[4], second[9]) == ("'=cmd()", "alice", '{"studies": 2}')
    noted = AuditEntry.objects.get(event="download")
    assert (noted.who, noted.counts) == ("auditor", {"rows": 2})


# ---------------------------------------------------------------- on a running receiver, with canaries

CANARY = "CANARY"


@dataclass
class Audit:
    """The audit log of the running receiver from now on."""

    tables: Tables
    since: int

    def rows(self) -> list[tuple[object, ...]]:
        """(event, who, address, code, subject, number, counts)"""
        return self.tables.run(
            "SELECT event, who, address, code, subject, number, counts FROM adit_receiver_auditentry "
            "WHERE id > ? ORDER BY id",
            self.since,
        )

    def all_text(self) -> str:
        tallies = self.tables.run("SELECT facts FROM adit_receiver_audittally")
        entries = self.tables.run("SELECT * FROM adit_receiver_auditentry")
        return json.dumps([list(map(str, row)) for row in (*entries, *tallies)])


@pytest.fixture
def audit(receiver: Receiver, tables: Tables) -> Audit:
    """Counted before this test is no business of it."""
    tables.run("DELETE FROM adit_receiver_audittally")
    return Audit(tables, tables.one("SELECT coalesce(max(id), 0) FROM adit_receiver_auditentry"))


@pytest.mark.parametrize("mode", ["internal", "batch", "fixed", "none"])
def test_no_patient_no_pseudonym_and_no_free_text_reaches_log_or_table(
    receiver: Receiver, audit: Audit, tables: Tables, mode: str
) -> None:
    file = make_file(f"{CANARY}-PID", study="2.25.991199119911", series="2.25.881188118811", sop="2.25.771177117711")
    with wire(receiver.url, receiver.data / "token-alice") as client:
        client.hello()
        client.ask_job(uuid4().hex, mode=mode, destination=f"{CANARY}-destination")
        assert client.expect(Failed).code == RefusalCode.DESTINATION_NOT_ALLOWED
        job = client.open_job(mode=mode, project_name=f"{CANARY} project", trial_protocol_id=f"{CANARY}-trial")
        for _ in range(20):
            client.upload(file)
        client.machine.cancel(job)
        client.flush()
        client.expect(Tasks)
    said = audit.rows()
    events = [row[0] for row in said]
    assert "job-opened" in events
    assert ("instance-refused" in events) == (mode != "none")
    for row in said:
        if row[0] == "instance-refused":
            assert (row[1], row[2], row[5]) == ("alice", "127.0.0.1", 20)
    everything = audit.all_text() + receiver.log.read_text(errors="replace")
    for canary in (CANARY, "9911991199", "8811881188", "7711771177", "Muster", "19640812"):
        assert canary not in everything


def test_the_log_of_a_running_receiver_has_the_lines(receiver: Receiver, audit: Audit) -> None:
    with wire(receiver.url, receiver.data / "token-alice") as client:
        client.hello()
        job = client.open_job()
        with wire(receiver.url, "0" * 64) as stranger:
            assert stranger.wait_closed()[0] == CloseCode.TOKEN
    lines = [json.loads(line.partition("adit_receiver.audit: ")[2]) for line in audit_lines(receiver)]
    assert {"login", "job-opened", "login-failed"} <= {line["event"] for line in lines}
    assert [line["who"] for line in lines if line.get("job") == job and line["event"] == "job-opened"] == ["alice"]


def audit_lines(receiver: Receiver) -> list[str]:
    return [line for line in receiver.log.read_text().splitlines() if "adit_receiver.audit: " in line]
