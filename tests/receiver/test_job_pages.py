"""What a person does with jobs on the pages: who may what in which state, what becomes of the job, and results."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from uuid import uuid4

import django
import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from openpyxl import load_workbook

from adit_receiver.audit.models import AuditEntry
from adit_receiver.bookkeeping import settle_tasks_of
from adit_receiver.job_actions import ACTIONS
from adit_receiver.models import Forward, JobLease, StoredInstance, UploadJob, UploadTask
from adit_receiver.spool import Spool
from adit_receiver.standalone.mail import Mail

from .test_pages import page, signed_in

pytestmark = pytest.mark.django_db
PSEUDONYM = "ab" * 32

SITUATIONS: dict[str, tuple[tuple[str, ...], dict[str, bool]]] = {
    # states of the instances, how the upload stands -> the job's state follows
    "UV": (("waiting", "waiting"), {"unverified": True}),
    "PE": (("waiting", "waiting"), {}),
    "IP": (("leased", "waiting"), {}),
    "CI": (("leased", "waiting"), {"canceled": True}),
    "CA": (("canceled", "waiting"), {"canceled": True}),
    "SU": (("delivered", "delivered"), {"sent": True}),
    "WA": (("delivered", "failed"), {"sent": True}),
    "FA": (("failed", "failed"), {"sent": True}),
}
ALLOWED = {
    "queue": {"UV"},
    "cancel": {"UV", "PE", "IP"},
    "resume": {"CA"},
    "retry": {"WA", "FA"},
    "restart": {"CA", "WA", "FA"},
    "urgent": {"UV", "PE", "IP", "CI"},
    "mail": {"UV", "PE", "IP", "CI"},
    "delete": {"UV", "PE", "CA"},
}
AFTERWARDS = {
    ("queue", "UV"): "PE",
    ("cancel", "UV"): "CA",
    **{(name, state): state for name in ("urgent", "mail") for state in ("UV", "PE", "IP", "CI")},
    ("cancel", "PE"): "CA",
    ("cancel", "IP"): "CI",
    ("resume", "CA"): "PE",
    ("retry", "WA"): "IP",
    ("retry", "FA"): "PE",
    ("restart", "CA"): "PE",
    ("restart", "WA"): "IP",
    ("restart", "FA"): "PE",
}


@pytest.fixture(autouse=True)
def spool(tmp_path: Path) -> Iterator[Spool]:
    given = {"SPOOL": tmp_path / "spool", "SECRET_FILE": tmp_path / "secret"}
    with override_settings(ADIT_UPLOADER_RECEIVER=given):
        made = Spool(tmp_path / "spool")
        made.prepare()
        yield made


@pytest.fixture
def alice() -> User:
    return User.objects.create(username="alice", email="alice@hospital.example")


def job_in(state: str, owner: User, spool: Spool, *, mode: str = "internal", patient: str = PSEUDONYM) -> UploadJob:
    forwards, how = SITUATIONS[state]
    job = UploadJob.objects.create(
        id=uuid4(),
        owner=owner,
        destination_key="1",
        destination_name="Archive",
        mode=mode,
        profile="research",
        state="CI" if how.get("canceled") else "UV" if how.get("unverified") else "PE",
        finished_by_client=timezone.now() if how.get("sent") else None,
    )
    task = UploadTask.objects.create(job=job, patient_id=patient, study_instance_uid="2.25.7", log="a line\n")
    for number, forward in enumerate(forwards):
        name = uuid4().hex if forward != "delivered" else ""
        if name:
            (spool.stored / name).write_bytes(b"x")
        instance = StoredInstance.objects.create(
            job=job, task=task, sop_instance_uid=f"2.25.{number}", series_instance_uid="2.25.9", length=1,
            digest="0" * 64, spool_name=name,
        )  # fmt: skip
        Forward.objects.create(
            instance=instance, state="canceled" if state == "CA" else forward, attempts=3, message="no answer"
        )
    settle_tasks_of(job.pk)
    job.refresh_from_db()
    assert job.state == state
    return job


def act(client: Client, job: UploadJob, name: str) -> int:
    return client.post(f"/jobs/{job.pk}/{name}/").status_code


@pytest.mark.parametrize("who", ["owner", "staff", "another", "nobody"])
@pytest.mark.parametrize("state", sorted(SITUATIONS))
@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_who_may_do_what_in_which_state(name: str, state: str, who: str, alice: User, spool: Spool) -> None:
    job = job_in(state, alice, spool)
    before = AuditEntry.objects.count()
    client = Client()
    if who != "nobody":
        client.force_login(alice if who == "owner" else User.objects.create(username=who, is_staff=who == "staff"))
    may = who == "staff" or (who == "owner" and not ACTIONS[name].staff)
    done = may and state in ALLOWED[name]
    forbidden = {"another": 404, "nobody": 302}.get(who, 403)
    assert client.get(f"/jobs/{job.pk}/{name}/").status_code == (200 if may else forbidden)
    assert act(client, job, name) == (302 if may else forbidden)
    changes = AuditEntry.objects.filter(event="job-changed", pk__gt=0)
    assert list(changes.values_list("who", "code", "job")) == (
        [("alice" if who == "owner" else "staff", name, job.pk)] if done else []
    )
    if not done:
        assert AuditEntry.objects.count() == before
    after = UploadJob.objects.filter(pk=job.pk).first()
    if name == "delete" and done:
        assert after is None
        return
    assert after is not None
    assert after.state == (AFTERWARDS[name, state] if done else state)
    assert (after.urgent, after.mail) == (name == "urgent" and done, name == "mail" and done)
    if may and who != "nobody":
        shown = f"/jobs/{job.pk}/{name}/" in page(client, f"/jobs/{job.pk}/")
        settled_again = UploadJob.objects.get(pk=job.pk).state
        assert shown == (settled_again in ALLOWED[name] and not (name == "delete" and state in {"WA"}))


def test_nobody_is_asked_about_a_mail_that_can_not_be_sent(alice: User, spool: Spool) -> None:
    job = job_in("IP", alice, spool)
    address = f"/jobs/{job.pk}/mail/"
    assert address in page(signed_in(alice), f"/jobs/{job.pk}/")
    none = Mail()
    moved = django.VERSION >= (6, 1)
    with override_settings(**({"MAILERS": none.mailers} if moved else {"EMAIL_BACKEND": none.backend})):
        assert address not in page(signed_in(alice), f"/jobs/{job.pk}/")
    User.objects.update(email="")
    assert address not in page(signed_in(alice), f"/jobs/{job.pk}/")


def test_a_job_that_waits_says_why(alice: User, spool: Spool) -> None:
    job = job_in("UV", alice, spool)
    assert "once an administrator has looked at it" in page(signed_in(alice), f"/jobs/{job.pk}/")


def test_what_is_tried_again_begins_anew(alice: User, spool: Spool) -> None:
    job = job_in("WA", alice, spool)
    act(signed_in(alice), job, "retry")
    states = dict(Forward.objects.values_list("instance__sop_instance_uid", "state"))
    assert states == {"2.25.0": "delivered", "2.25.1": "waiting"}
    again = Forward.objects.get(state="waiting")
    assert (again.attempts, again.message, again.lease_owner) == (0, "", "")
    job.refresh_from_db()
    assert (job.message, job.ended) == ("", None)


def test_a_resumed_job_takes_instances_again_and_waits_for_its_client(alice: User, spool: Spool) -> None:
    job = job_in("CA", alice, spool)
    act(signed_in(alice), job, "resume")
    job.refresh_from_db()
    assert (job.state, job.finished_by_client) == ("PE", None)


def test_a_deleted_job_leaves_no_file(alice: User, spool: Spool) -> None:
    with transaction.atomic():
        job = job_in("PE", alice, spool)
    assert len(list(spool.stored.iterdir())) == 2
    client = signed_in(alice)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "on_commit", lambda work: work())
        act(client, job, "delete")
    assert list(spool.stored.iterdir()) == []


def test_a_job_that_is_being_sent_is_not_deleted(alice: User, spool: Spool) -> None:
    job = job_in("PE", alice, spool)
    JobLease.objects.create(job=job, part="0", connection=uuid4(), until=timezone.now() + timedelta(seconds=30))
    client = signed_in(alice)
    act(client, job, "delete")
    assert UploadJob.objects.filter(pk=job.pk).exists()
    assert "another state" in page(client, f"/jobs/{job.pk}/")


def test_a_delivered_canceled_job_stays_known(alice: User, spool: Spool) -> None:
    job = job_in("CA", alice, spool)
    Forward.objects.filter(instance__sop_instance_uid="2.25.0").update(state="delivered")
    act(signed_in(alice), job, "delete")
    assert UploadJob.objects.filter(pk=job.pk).exists()


def test_actions_need_the_forms_secret(alice: User, spool: Spool) -> None:
    job = job_in("PE", alice, spool)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert act(client, job, "cancel") == 403
    assert client.get(f"/jobs/{job.pk}/explode/").status_code == 404


def test_a_running_job_is_looked_at_again_and_an_ended_one_is_not(alice: User, spool: Spool) -> None:
    client = signed_in(alice)
    running, ended = job_in("IP", alice, spool), job_in("SU", alice, spool)
    text = page(client, f"/jobs/{running.pk}/?state=IP")
    assert re.search('data-hx-get="[?]state=IP&amp;seen=[0-9a-f]+" data-hx-trigger="every 3s"', text)
    assert "hx-get" not in page(client, f"/jobs/{ended.pk}/")
    task = running.tasks.get()
    assert "hx-get" in page(client, f"/jobs/{running.pk}/tasks/{task.pk}/")


def test_the_task_table_is_filtered_by_state(alice: User, spool: Spool) -> None:
    job = job_in("FA", alice, spool)
    client = signed_in(alice)
    assert PSEUDONYM in page(client, f"/jobs/{job.pk}/?state=FA")
    text = page(client, f"/jobs/{job.pk}/?state=SU")
    assert PSEUDONYM not in text
    assert "There are no such studies." in text
    assert "1 of 1" in text


def test_a_task_shows_its_facts_and_log_to_those_who_see_its_job(alice: User, spool: Spool) -> None:
    job = job_in("FA", alice, spool)
    address = f"/jobs/{job.pk}/tasks/{job.tasks.get().pk}/"
    text = page(signed_in(alice), address)
    assert all(part in text for part in ("2.25.7", PSEUDONYM, "a line", "2 stored, 0 delivered, 2 failed"))
    assert signed_in(User.objects.create(username="bob")).get(address).status_code == 404
    other = job_in("FA", alice, spool)
    assert signed_in(alice).get(f"/jobs/{other.pk}/tasks/{job.tasks.get().pk}/").status_code == 404


def test_the_list_is_sorted_searched_and_filtered_by_mode(alice: User) -> None:
    for mode, project in (("internal", "Aorta"), ("batch", "Zygoma"), ("internal", "Liver")):
        UploadJob.objects.create(
            id=uuid4(), owner=alice, destination_key="1", destination_name="Archive", mode=mode, profile="research",
            project_name=project,
        )  # fmt: skip
    client = signed_in(alice)

    def projects(query: str) -> list[str]:
        return re.findall('<td class="text">(Aorta|Zygoma|Liver)</td>', page(client, f"/jobs/?{query}"))

    UploadJob.objects.filter(project_name="Liver").update(state="UV", urgent=True)
    assert projects("state=UV") == ["Liver"]
    assert page(client, "/jobs/").count('class="urgent"') == 1
    assert projects("sort=project") == ["Aorta", "Liver", "Zygoma"]
    assert projects("sort=-project") == ["Zygoma", "Liver", "Aorta"]
    assert projects("mode=internal&sort=project") == ["Aorta", "Liver"]
    assert projects("q=zyg") == ["Zygoma"]
    assert projects("q=alice") == []
    assert len(projects("sort=password&mode=%27")) == 3
    assert 'aria-sort="ascending"' in page(client, "/jobs/?sort=project")
    bob = User.objects.create(username="bob", is_staff=True)
    UploadJob.objects.filter(project_name="Aorta").update(owner=bob)
    staff = signed_in(bob)
    by_owner = re.findall("<td>(alice|bob)</td>", page(staff, "/jobs/?sort=-owner"))
    assert by_owner == ["bob", "alice", "alice"]


# ---------------------------------------------------------------- results


def csv_of(client: Client, job: UploadJob) -> list[list[str]]:
    response = client.get(f"/jobs/{job.pk}/results.csv")
    assert response["Content-Disposition"].endswith('.csv"')
    assert "no-store" in response["Cache-Control"]
    return list(csv.reader(StringIO(b"".join(response).decode("utf-8-sig"))))


@pytest.mark.parametrize("mode", ["internal", "batch", "fixed", "none"])
def test_results_have_pseudonym_uids_and_counts_and_patient_ids_in_mode_none_only(
    mode: str, alice: User, spool: Spool
) -> None:
    job = job_in("WA", alice, spool, mode=mode)
    client = signed_in(alice)
    head, row = csv_of(client, job)
    patient = ["PatientID"] if mode == "none" else []
    assert head == [
        *patient, "Pseudonym", "StudyInstanceUID", "SeriesInstanceUID", "Stored", "Delivered", "Failed",
        "State of the study",
    ]  # fmt: skip
    assert row == [*([PSEUDONYM] if patient else []), PSEUDONYM, "2.25.7", "2.25.9", "2", "1", "1", "Warning"]
    assert ("PatientID" in page(client, f"/jobs/{job.pk}/results/")) == (mode == "none")
    book = load_workbook(BytesIO(client.get(f"/jobs/{job.pk}/results.xlsx").content))
    assert [[str(cell.value) for cell in line] for line in book.active.iter_rows()] == [head, row]


def test_a_pseudonym_that_looks_like_a_formula_stays_text(alice: User, spool: Spool) -> None:
    for evil in ('=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "007"):
        job = job_in("SU", alice, spool, mode="batch", patient=evil)
        client = signed_in(alice)
        assert csv_of(client, job)[1][0] == (evil if evil == "007" else f"'{evil}")
        sheet = load_workbook(BytesIO(client.get(f"/jobs/{job.pk}/results.xlsx").content)).active
        assert (sheet["A2"].value, sheet["A2"].data_type) == (evil, "s")


def test_a_download_is_written_down_without_what_is_in_it(alice: User, spool: Spool) -> None:
    job = job_in("SU", alice, spool, mode="none", patient="CANARY-4711")
    client = signed_in(alice)
    for kind in ("csv", "xlsx"):
        client.get(f"/jobs/{job.pk}/results.{kind}")
    noted = AuditEntry.objects.filter(event="download").order_by("id")
    assert [(row.who, row.job, row.code, row.counts) for row in noted] == [
        ("alice", job.pk, "csv", {"series": 1}),
        ("alice", job.pk, "xlsx", {"series": 1}),
    ]
    assert "CANARY" not in str([row.__dict__ for row in AuditEntry.objects.all()])


def test_results_are_for_those_who_see_the_job(alice: User, spool: Spool) -> None:
    job = job_in("SU", alice, spool)
    bob = signed_in(User.objects.create(username="bob"))
    for part in ("results/", "results.csv", "results.xlsx"):
        assert bob.get(f"/jobs/{job.pk}/{part}").status_code == 404
        assert Client().get(f"/jobs/{job.pk}/{part}").status_code == 302
    assert signed_in(alice).get(f"/jobs/{job.pk}/results.exe").status_code == 404
    assert (
        signed_in(User.objects.create(username="chief", is_staff=True)).get(f"/jobs/{job.pk}/results.csv").status_code
        == 200
    )
