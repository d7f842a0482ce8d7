"""Health and metrics: what they say, to whom, and that they name nobody."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import DatabaseError
from django.test import Client, override_settings
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from adit_receiver import health
from adit_receiver.accounts import token_digest
from adit_receiver.audit.models import Event
from adit_receiver.audit.record import Fact, record
from adit_receiver.models import Forward, ReceiverPolicy, StoredInstance, Token, UploadJob, UploadTask, WorkerBeat
from adit_receiver.spool import Spool

from .test_pages import page, signed_in

pytestmark = pytest.mark.django_db
STUDY = "2.25.815081508150815"  # in no id of a job and no time by chance


@pytest.fixture(autouse=True)
def spool(tmp_path: Path) -> Iterator[Spool]:
    given = {"SPOOL": tmp_path / "spool", "SECRET_FILE": tmp_path / "secret"}
    with override_settings(ADIT_UPLOADER_RECEIVER=given):
        made = Spool(tmp_path / "spool")
        made.prepare()
        yield made


@pytest.fixture
def beat() -> WorkerBeat:
    return WorkerBeat.objects.create(name="w", host="here", seen=timezone.now())


@pytest.fixture
def watcher() -> User:
    user = User.objects.create(username="watcher")
    user.user_permissions.set(Permission.objects.filter(codename="view_metrics"))
    return user


def waiting_job() -> UploadJob:
    job = UploadJob.objects.create(
        id=uuid4(), owner=User.objects.create(username="CANARY-owner"), destination_key="1",
        destination_name="Archive", mode="none", profile="research", project_name="CANARY",
    )  # fmt: skip
    task = UploadTask.objects.create(job=job, patient_id="CANARY", study_instance_uid=STUDY)
    long_ago = timezone.now() - timedelta(hours=1)
    instance = StoredInstance.objects.create(
        job=job,
        task=task,
        sop_instance_uid="2.25.4712",
        length=1000,
        digest="0" * 64,
        spool_name="n",
        received=long_ago,
    )
    Forward.objects.create(instance=instance, message="no answer")
    return job


def test_machines_are_told_without_login_that_all_is_well(beat: WorkerBeat) -> None:
    response = Client().get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "up", "failing": []})


def test_what_lets_uploads_fail_is_an_outage_and_what_lets_them_wait_is_not(beat: WorkerBeat, spool: Spool) -> None:
    waiting_job()
    WorkerBeat.objects.update(seen=timezone.now() - timedelta(minutes=5))
    response = Client().get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "up", "failing": ["destination", "worker"]})
    ReceiverPolicy.objects.create(pk=1, free_space_floor=2**60)
    response = Client().get("/health")
    assert (response.status_code, response.json()["status"]) == (503, "down")
    assert "spool" in response.json()["failing"]


def test_a_spool_that_is_gone_and_a_database_that_fails_are_told(
    beat: WorkerBeat, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.stored.parent.rename(spool.stored.parent.with_name("aside"))
    assert Client().get("/health").json() == {"status": "down", "failing": ["spool"]}

    def fails() -> None:
        raise DatabaseError("CANARY")

    monkeypatch.setattr(health, "current_policy", fails)
    response = Client().get("/health")
    assert (response.status_code, response.json()) == (503, {"status": "down", "failing": ["database"]})


def test_people_with_the_permission_read_what_was_found(beat: WorkerBeat, watcher: User) -> None:
    waiting_job()
    text = page(signed_in(watcher), "/health/page/")
    assert all(part in text for part in ("destination Archive", "1 instances wait", "Delivery waits", "GiB are free"))
    assert "CANARY" not in text
    assert signed_in(User.objects.create(username="alice")).get("/health/page/").status_code == 403
    assert Client().get("/health/page/").status_code == 302


def test_metrics_are_what_prometheus_reads_and_name_nobody(beat: WorkerBeat, watcher: User) -> None:
    waiting_job()
    record(Fact(Event.LOGIN, "CANARY-user", "192.0.2.1", code="token"))
    response = signed_in(watcher).get("/metrics")
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    text = response.content.decode()
    assert "CANARY" not in text
    assert STUDY not in text
    found = {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["adit_receiver_jobs", "none", "PE"] == 1
    assert found["adit_receiver_instances", "Archive", "waiting"] == 1
    assert found["adit_receiver_spool_used_bytes",] == 1000
    assert found["adit_receiver_workers",] == 1
    assert found["adit_receiver_audit_events", "token", "login"] == 1
    assert found["adit_receiver_well", "database"] == 1


def test_metrics_need_the_permission_by_session_or_token(watcher: User) -> None:
    Token.objects.create(user=watcher, digest=token_digest("t" * 64))
    Token.objects.create(user=User.objects.create(username="alice"), digest=token_digest("a" * 64))

    def status(header: str) -> int:
        return Client(headers={"Authorization": header} if header else {}).get("/metrics").status_code

    assert status("") == 401
    assert status("Basic abc") == 401
    assert status("Token " + "t" * 64) == 200
    assert status("Token " + "a" * 64) == 403
    assert [status("Token wrongwrong") for _ in range(6)] == [401] * 5 + [429]
    assert signed_in(User.objects.create(username="bob")).get("/metrics").status_code == 403


def test_a_spool_whose_disk_is_not_mounted_is_down(client: Client, spool: Spool) -> None:
    for folder in (spool.incoming, spool.stored):
        folder.rmdir()
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert "spool" in answer.json()["failing"]
