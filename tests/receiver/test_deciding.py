"""What an administrator decides: destinations, checks, policy, usage, mails and how long things are kept."""

import json
import logging
from datetime import time, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import django
import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from adit_receiver.accounts import StandaloneAccounts
from adit_receiver.audit.models import AuditEntry, Event
from adit_receiver.bookkeeping import settle_tasks_of
from adit_receiver.conf import receiver_settings
from adit_receiver.forwarding.checking import Checker
from adit_receiver.greeting import destination_answers
from adit_receiver.health import check_all
from adit_receiver.jobs import allowed_modes
from adit_receiver.mails import ATTEMPTS, can_mail, send_due
from adit_receiver.models import (
    Destination,
    DestinationCheck,
    Forward,
    JobMail,
    JobState,
    ReceiverPolicy,
    StoredInstance,
    UploadJob,
    UploadTask,
    UserProfile,
    WorkerBeat,
)
from adit_receiver.retention import Expired, expire
from adit_receiver.spool import Spool
from adit_receiver.standalone.mail import mail_settings
from adit_receiver.standalone.value_free_logs import JsonFormatter
from adit_receiver.usage import usage_of_all
from tests.parts.orthanc import free_port

pytestmark = pytest.mark.django_db
STUDY = "2.25.815081508150815"  # in no id of a job and no time by chance
RANDOM = Random(1)  # noqa: S311 - spreads tries


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, settings: Settings) -> Spool:
    settings.ADIT_UPLOADER_RECEIVER = {
        "SPOOL": tmp_path / "spool",
        "SECRET_FILE": tmp_path / "secret",
        "PUBLIC_URL": "https://upload.test",
    }
    made = Spool(tmp_path / "spool")
    made.prepare()
    return made


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))
    return client


def made_job(spool: Spool, state: str, *, days: float = 0, wants_mail: bool = False) -> UploadJob:
    """A finished job of a user with one instance in this state, as it was some days ago."""
    then = timezone.now() - timedelta(days=days)
    owner, _ = User.objects.get_or_create(username="CANARY", email="owner@example.test")
    job = UploadJob.objects.create(
        id=uuid4(),
        owner=owner,
        destination_key="1",
        destination_name="Archive",
        mode="fixed",
        profile="research",
        project_name="CANARY project",
        mail=wants_mail,
        created=then,
        finished_by_client=then,
    )
    task = UploadTask.objects.create(job=job, patient_id="CANARY patient", study_instance_uid=STUDY)
    name = uuid4().hex
    spool.stored_path(name).write_bytes(bytes(1000))
    instance = StoredInstance.objects.create(
        job=job,
        task=task,
        sop_instance_uid=f"2.25.{job.pk.int}",
        length=1000,
        digest="0" * 64,
        spool_name=name,
        received=then,
    )
    Forward.objects.create(instance=instance, state=state)
    settle_tasks_of(job.pk)
    UploadJob.objects.filter(pk=job.pk).exclude(ended=None).update(ended=then)
    job.refresh_from_db()
    return job


def files(spool: Spool) -> int:
    return sum(1 for _ in spool.stored.iterdir())


# ------------------------------------------------------------ how long things are kept


def test_files_that_could_not_be_delivered_go_after_their_days_and_records_after_theirs(spool: Spool) -> None:
    old, young, waiting = (
        made_job(spool, "failed", days=31),
        made_job(spool, "unconfirmed", days=29),
        made_job(spool, "waiting", days=100),
    )
    assert expire(ReceiverPolicy(), timezone.now(), spool) == Expired()
    assert expire(ReceiverPolicy(spool_days=30), timezone.now(), spool) == Expired(files=1)
    assert files(spool) == 2
    assert "deleted after the 30 days" in old.tasks.get().message
    assert expire(ReceiverPolicy(spool_days=30, job_days=30), timezone.now(), spool) == Expired(jobs=1)
    assert set(UploadJob.objects.values_list("pk", flat=True)) == {young.pk, waiting.pk}
    assert expire(ReceiverPolicy(job_days=20), timezone.now(), spool) == Expired(jobs=1)
    assert files(spool) == 1
    told = AuditEntry.objects.filter(event=Event.EXPIRED).order_by("id").values_list("code", "job")
    assert list(told) == [("files", old.pk), ("job", old.pk), ("job", young.pk)]


def test_an_upload_that_nobody_finishes_is_given_up(spool: Spool) -> None:
    job = made_job(spool, "waiting", days=8)
    UploadJob.objects.update(finished_by_client=None)
    assert expire(ReceiverPolicy(spool_days=9), timezone.now(), spool) == Expired()
    assert expire(ReceiverPolicy(spool_days=7), timezone.now(), spool) == Expired(unfinished=1)
    job.refresh_from_db()
    assert (job.state, job.message) == (
        JobState.CANCELED,
        "The upload was not finished within the 7 days for which files are kept.",
    )


# ------------------------------------------------------------ mails


@pytest.mark.parametrize(
    ("language", "state", "words"),
    [
        ("", "delivered", "everything was delivered"),
        ("de", "delivered", "alles wurde zugestellt"),
        ("de", "failed", "fehlgeschlagen"),
        ("en", "unconfirmed", "finished with warnings"),
    ],
)
def test_a_finished_job_is_told_by_mail_in_the_owners_language_without_a_patient(
    spool: Spool, language: str, state: str, words: str
) -> None:
    job = made_job(spool, state, wants_mail=True)
    UserProfile.objects.create(user=job.owner, language=language)
    assert send_due(timezone.now(), RANDOM) == 1
    assert send_due(timezone.now(), RANDOM) == 0
    (message,) = mail.outbox
    assert message.to == ["owner@example.test"]
    assert words in message.subject
    assert f"https://upload.test/jobs/{job.pk}/" in message.body
    assert "CANARY" not in message.subject + str(message.body)
    assert STUDY not in str(message.body)
    assert AuditEntry.objects.filter(event=Event.MAILED, job=job.pk).count() == 1


def test_nobody_who_did_not_ask_gets_a_mail(spool: Spool) -> None:
    made_job(spool, "delivered")
    assert send_due(timezone.now(), RANDOM) == 0
    assert not JobMail.objects.exists()


def test_a_mail_server_that_is_away_is_tried_again_with_growing_pauses(
    spool: Spool, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    made_job(spool, "delivered", wants_mail=True)
    away = mail_settings(f"smtp+plain://127.0.0.1:{free_port()}", {})
    if django.VERSION >= (6, 1):
        settings.MAILERS = away.mailers
    else:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = away.backend, away.host, away.port
    now = timezone.now()
    pauses = []
    with caplog.at_level(logging.WARNING, "adit_receiver.mails"):
        for _ in range(ATTEMPTS):
            assert send_due(now, RANDOM) == 0
            row = JobMail.objects.get()
            pauses.append(row.next_try - now)
            now = row.next_try
        assert send_due(now + timedelta(days=1), RANDOM) == 0
    assert JobMail.objects.get().attempts == ATTEMPTS
    assert "ConnectionRefusedError" in JobMail.objects.get().message
    assert pauses[3] > pauses[0]
    assert "owner@" not in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    ("mailers", "can"),
    [
        ({}, False),
        ({"other": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}}, False),
        ({"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": {"host": "h"}}}, True),
        ({"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}, False),
        ({"default": {"OPTIONS": {"host": "h"}}}, True),  # SMTP is what Django takes then
    ],
)
def test_a_project_that_has_moved_to_mailers_is_asked_for_these(
    settings: Settings, mailers: dict[str, object], can: bool
) -> None:
    settings.MAILERS = mailers
    assert can_mail() is can


def test_a_mail_server_is_told_by_an_url(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    given = mail_settings(
        "smtp://up%40load@mail.test:2525",
        {"ADIT_RECEIVER_MAIL_PASSWORD_FILE": str(tmp_path / "password"), "ADIT_RECEIVER_MAIL_FROM": "a@b.test"},
    )
    assert (given.host, given.port, given.user, given.password) == ("mail.test", 2525, "up@load", "secret")
    assert (given.start_tls, given.tls, given.sender) == (True, False, "a@b.test")
    assert "secret" not in repr(given)
    assert mail_settings("smtps://mail.test", {}).port == 465
    assert mail_settings("", {}).backend.endswith("dummy.EmailBackend")
    options = given.mailers["default"]["OPTIONS"]
    assert (options["host"], options["port"], options["username"], options["password"]) == (
        *("mail.test", 2525),
        *("up@load", "secret"),
    )
    assert (options["use_tls"], options["use_ssl"], options["timeout"]) == (True, False, 30)
    assert mail_settings("", {}).mailers == {"default": {"BACKEND": mail_settings("", {}).backend}}
    for wrong in ("mail.test", "http://mail.test", "smtp://", "smtp://h:99999999"):
        with pytest.raises(ImproperlyConfigured):
            mail_settings(wrong, {})


# ------------------------------------------------------------ destinations


def test_the_button_asks_a_worker_and_the_page_tells_what_it_found(root: Client, tmp_path: Path) -> None:
    away = Destination.objects.create(name="away", kind="dicom", ae_title="A", host="127.0.0.1", port=free_port())
    folder = Destination.objects.create(name="folder", kind="folder", folder=str(tmp_path))
    assert b"check-destination" in root.get(f"/admin/adit_receiver/destination/{away.pk}/change/").content
    for row, words in ((away, b"connection refused"), (folder, b"can be written to")):
        address = f"/admin/adit_receiver/destination/{row.pk}/check/"
        assert b"is one running" in root.post(address, follow=True).content
        checker = Checker(receiver_settings(), lambda: None)
        # in this thread, which sees what the test has not committed
        checker.check([str(row.pk)])
        assert words in root.get(address).content
    assert destination_answers() == {str(away.pk): "no", str(folder.pk): "yes"}
    assert [(check.name, check.well) for check in check_all(timezone.now()) if "answers" in check.name] == [
        ("destination away answers", False),
        ("destination folder answers", True),
    ]
    asked = AuditEntry.objects.filter(event=Event.ADMIN_CHANGE, code="check")
    assert set(asked.values_list("subject", flat=True)) == {"destination away", "destination folder"}
    many = {"action": "ask", "_selected_action": [away.pk, folder.pk]}
    said = root.post("/admin/adit_receiver/destination/", many, follow=True).content
    assert b"The chosen destinations are being asked" in said


def test_who_may_only_look_at_destinations_may_not_ask() -> None:
    row = Destination.objects.create(name="folder", kind="folder", folder="/nowhere")
    user = User.objects.create(username="looker", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_destination"))
    client = Client()
    client.force_login(user)
    assert client.post(f"/admin/adit_receiver/destination/{row.pk}/check/").status_code == 403
    assert not DestinationCheck.objects.exists()


def test_files_of_a_secured_destination_have_to_be_there(tmp_path: Path) -> None:
    (tmp_path / "ca").touch()
    row = Destination(name="d", kind="dicom", ae_title="A", host="h", port=1, tls=True, tls_ca=str(tmp_path / "ca"))
    row.full_clean()
    row.save()
    target = StandaloneAccounts().target(str(row.pk))
    assert target.tls is not None
    assert (target.tls.authorities, target.tls.verify_host) == (tmp_path / "ca", True)
    row.tls_certificate = str(tmp_path / "ca")
    with pytest.raises(ValidationError, match="go together"):
        row.full_clean()
    row.tls_key = str(tmp_path / "none")
    with pytest.raises(ValidationError, match="no such file"):
        row.full_clean()


# ------------------------------------------------------------ policy and usage


def test_a_policy_that_makes_no_sense_is_refused() -> None:
    ReceiverPolicy().full_clean(exclude=["id"])
    for wrong in (
        {"window_zone": "Europe/Nowhere"},
        {"window_begin": time(20)},
        {"window_begin": time(20), "window_end": time(20)},
        {"allowed_modes": ["internal", "other"]},
        {"allowed_profiles": "research"},
    ):
        with pytest.raises(ValidationError):
            ReceiverPolicy(**wrong).full_clean(exclude=["id"])


def test_a_mode_that_the_policy_does_not_allow_is_nobodys() -> None:
    all_of_them = frozenset(
        f"adit_receiver.can_upload_{name}" for name in ("internal", "batch", "fixed", "unpseudonymized")
    )
    assert allowed_modes(all_of_them, ReceiverPolicy()) == ("internal", "batch", "fixed", "none")
    assert allowed_modes(all_of_them, ReceiverPolicy(allowed_modes=["fixed", "internal"])) == ("internal", "fixed")


def test_the_policy_page_ticks_modes_and_leads_to_usage(root: Client, spool: Spool) -> None:
    made_job(spool, "waiting")
    made_job(spool, "waiting", days=40)
    address = "/admin/adit_receiver/receiverpolicy/"
    assert b'id="usage"' in root.get(address).content
    form = {
        "allowed_modes": ["internal"],
        "profile": "research",
        "allowed_profiles": ["basic"],
        "burned_in": "never",
        "largest_instance": "1000",
        "quota_per_user": "4000",
        "free_space_floor": "0",
        "window_begin": "20:00",
        "window_end": "06:00",
        "window_zone": "Europe/Berlin",
        "spool_days": "30",
    }
    assert root.post(f"{address}1/change/", form).status_code == 302
    policy = ReceiverPolicy.objects.get()
    assert (policy.allowed_modes, policy.allowed_profiles, policy.spool_days) == (["internal"], ["basic"], 30)
    (usage,) = usage_of_all(timezone.now())
    assert (usage.user, usage.spooled, usage.jobs, usage.instances) == ("CANARY", 2000, 2, 1)
    assert b"50 %" in root.get(f"{address}usage/").content
    changed = AuditEntry.objects.filter(event=Event.ADMIN_CHANGE).latest("id")
    assert "Allowed modes" in changed.subject


def test_a_users_department_is_on_the_users_page(root: Client) -> None:
    user = User.objects.create(username="alice")
    assert b"upload_profile-0-department" in root.get(f"/admin/auth/user/{user.pk}/change/").content


# ------------------------------------------------------------ health and logs


def test_health_tells_of_the_hours(spool: Spool) -> None:
    WorkerBeat.objects.create(name="w", host="h", seen=timezone.now())
    now = timezone.now()
    ReceiverPolicy.objects.create(
        window_begin=(now + timedelta(hours=1)).time(), window_end=(now + timedelta(hours=2)).time(), pk=1
    )
    (hours,) = [check for check in check_all(now) if check.name == "hours"]
    assert hours.well
    assert "Only urgent jobs" in hours.text


def test_logs_are_json_on_request_and_hold_no_values() -> None:
    formatter = JsonFormatter()
    failed = (ValueError, ValueError("CANARY"), None)
    record = logging.LogRecord("a.b", logging.ERROR, "file", 1, "line\n%s", ("two",), failed)
    said = json.loads(formatter.format(record))
    assert (said["level"], said["logger"], said["message"]) == ("ERROR", "a.b", "line\ntwo")
    assert "ValueError" in said["error"]
    assert "CANARY" not in said["error"]
    audit = logging.LogRecord("adit_receiver.audit", logging.INFO, "f", 1, "%s", ('{"event": "login"}',), None)
    assert json.loads(formatter.format(audit))["audit"] == {"event": "login"}
