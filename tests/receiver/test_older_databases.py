"""The tables of an older receiver, with what lies in them, become those of this one, and go back."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from adit_receiver.audit.models import AuditEntry
from adit_receiver.audit.protection import is_protected
from adit_receiver.forwarding import queue
from adit_receiver.forwarding.task_texts import whole_log
from adit_receiver.models import Destination, Forward, ForwardState, Mode, ReceiverPolicy, UploadTask, UserProfile
from adit_receiver.spool import Spool
from tests.parts.databases import database_at
from tests.parts.postgresql import cluster_of_all

APP = "adit_receiver"
BEFORE_DIGESTS, DIGESTS = "0004_lease_server", "0005_digests"
BEFORE_CONFIRMING, CONFIRMING = "0007_audit_append_only", "0008_confirmed_delivery"
LATEST = "0009_attempts"

At = Callable[[str], Apps]


@pytest.fixture
def at(tmp_path: Path, django_db_blocker: DjangoDbBlocker, settings: Settings) -> Iterator[At]:
    """Brings a database of the test's own to a migration: its models as they were by then."""
    settings.ADIT_UPLOADER_RECEIVER = {"SPOOL": tmp_path / "spool", "SECRET_FILE": tmp_path / "secret"}
    cluster = cluster_of_all()
    name = cluster.create() if cluster else ""

    def to(migration: str) -> Apps:
        target, executor = [(APP, migration)], MigrationExecutor(connection)
        executor.migrate(target)
        return executor.loader.project_state(target).apps

    try:
        with django_db_blocker.unblock(), database_at(cluster.url(name) if cluster else "", tmp_path):
            yield to
    finally:
        if cluster:
            cluster.drop(name)


def job_of(apps: Apps, **fields: object) -> tuple[Any, Any]:
    """alice's job and its only task."""
    owner = apps.get_model("auth", "User").objects.create(username="alice")
    values = {"destination_key": "1", "destination_name": "archive", "mode": "fixed", "profile": "research"} | fields
    job = apps.get_model(APP, "UploadJob").objects.create(id="0" * 32, owner=owner, **values)
    task = apps.get_model(APP, "UploadTask").objects.create(
        job=job, patient_id="p", study_instance_uid="1.2", state="IP", log="2026-01-01 00:00:00 1.2.4: failed.\n"
    )
    return job, task


def test_what_was_stored_before_there_was_another_digest_keeps_its_own(at: At) -> None:
    before = at(BEFORE_DIGESTS)
    job, task = job_of(before)
    before.get_model(APP, "StoredInstance").objects.create(
        job=job, task=task, sop_instance_uid="1.2.3", length=5, sha256="ab" * 32
    )
    after = at(DIGESTS)
    assert after.get_model(APP, "UploadJob").objects.get().digest == "sha256"
    assert after.get_model(APP, "StoredInstance").objects.get().digest == "ab" * 32
    again = at(BEFORE_DIGESTS)
    assert again.get_model(APP, "StoredInstance").objects.get().sha256 == "ab" * 32


def rows_before_confirming(apps: Apps) -> None:
    """What a receiver has that has delivered, failed, and has yet to deliver."""
    now = timezone.now()
    apps.get_model(APP, "Destination").objects.create(name="archive", kind="folder", folder="/archive")
    apps.get_model(APP, "ReceiverPolicy").objects.create(pk=1, locked=True, quota_per_user=7)
    apps.get_model(APP, "AuditEntry").objects.create(event="login", who="alice", address="192.0.2.1")
    job, task = job_of(apps, state="IP", finished_by_client=now)
    apps.get_model(APP, "UserProfile").objects.create(user=job.owner, department="Radiology")
    for number, state in enumerate(("delivered", "failed", "waiting", "leased", "canceled")):
        instance = apps.get_model(APP, "StoredInstance").objects.create(
            job=job,
            task=task,
            sop_instance_uid=f"1.2.{number}",
            length=5,
            digest="ab" * 32,
            spool_name=f"{number:032x}",
        )
        leased = {"lease_owner": "w:1", "lease_until": now - timedelta(hours=1)} if state == "leased" else {}
        apps.get_model(APP, "Forward").objects.create(instance=instance, state=state, attempts=number, **leased)


def test_what_was_forwarded_before_deliveries_were_confirmed_stays_and_the_rest_goes_on(at: At, tmp_path: Path) -> None:
    rows_before_confirming(at(BEFORE_CONFIRMING))
    at(LATEST)
    rows = list(Forward.objects.values_list("state", "attempts", "asked", "commitment", "ended"))
    states = ["delivered", "failed", "waiting", "leased", "canceled"]
    assert rows == [(state, number, 0, "", None) for number, state in enumerate(states)]
    policy = ReceiverPolicy.objects.get()
    assert (policy.locked, policy.quota_per_user, policy.allowed_modes) == (True, 7, Mode.values)
    assert (policy.spool_days, policy.window_begin, policy.window_zone) == (None, None, "UTC")
    archive = Destination.objects.get()
    assert (archive.verification, archive.associations, archive.tls) == ("none", None, False)
    assert UserProfile.objects.get().language == ""
    assert list(whole_log(UploadTask.objects.get())) == ["2026-01-01 00:00:00 1.2.4: failed."]
    now = timezone.now()
    queue.give_back_expired(now, 60)
    held = queue.lease("1", "w", limit=9, seconds=60, now=now, spool=Spool(tmp_path / "spool"))
    assert held is not None
    assert [parcel.sop_instance_uid for parcel in held.parcels] == ["1.2.2", "1.2.3"]
    assert AuditEntry.objects.get(event="login").who == "alice"
    assert is_protected(connection)
    with pytest.raises(IntegrityError, match="never changed or deleted"), connection.cursor() as cursor:
        cursor.execute("UPDATE adit_receiver_auditentry SET who = 'mallory'")


def test_attempts_of_older_receivers_which_counted_leases_become_those_of_instances(at: At) -> None:
    before = at(CONFIRMING)
    job, many = job_of(before)
    once = before.get_model(APP, "UploadTask").objects.create(job=job, patient_id="p", study_instance_uid="1.3")
    for number, task in enumerate((many, many, once)):
        instance = before.get_model(APP, "StoredInstance").objects.create(
            job=job, task=task, sop_instance_uid=f"1.2.{number}", length=5, digest="ab" * 32
        )
        before.get_model(APP, "Forward").objects.create(instance=instance, state="delivered", attempts=number)
    before.get_model(APP, "UploadTask").objects.filter(pk=many.pk).update(attempts=288)
    at(LATEST)
    assert list(UploadTask.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 0]
    assert list(Forward.objects.order_by("pk").values_list("tries", flat=True)) == [0, 1, 2]


def test_an_older_receiver_sends_again_what_was_never_confirmed(at: At) -> None:
    rows_before_confirming(at(BEFORE_CONFIRMING))
    at(LATEST)
    Forward.objects.filter(state="delivered").update(state=ForwardState.SENT, commitment="2.25.1", asked=3)
    Forward.objects.filter(state="failed").update(state=ForwardState.UNCONFIRMED, message="Not there.")
    before = at(BEFORE_CONFIRMING)
    rows = before.get_model(APP, "Forward").objects.order_by("pk").values_list("state", "message")
    assert list(rows)[:3] == [("waiting", ""), ("failed", "Not there."), ("waiting", "")]
    assert not {"asked", "ended"} & {field.name for field in before.get_model(APP, "Forward")._meta.get_fields()}
    at(LATEST)
    assert Forward.objects.filter(state="waiting").count() == 2
