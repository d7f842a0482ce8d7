"""What pages tell besides their content: notices, failures, and nothing where nothing has changed."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from pytest_django import Settings

from adit_receiver.accounts import StandaloneAccounts
from adit_receiver.models import Forward, ReceiverPolicy, StoredInstance, UploadJob, UploadTask
from adit_receiver.standalone import urls as standalone_urls
from adit_receiver.standalone.failures import server_failed

from .test_pages import Balanced, make_job, page, signed_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice() -> User:
    return User.objects.create(username="alice")


def test_a_locked_or_suspended_receiver_says_so_on_every_page(alice: User) -> None:
    client, stranger = signed_in(alice), Client()
    ReceiverPolicy.objects.get_or_create(pk=1)
    for field, words in (("locked", "Uploads are locked"), ("suspended", "Delivery is suspended")):
        for who, address in ((client, "/jobs/"), (client, "/help/"), (client, "/tokens/"), (stranger, "/login/")):
            assert words not in page(who, address)
            ReceiverPolicy.objects.update(**{field: True})
            assert words in page(who, address)
            ReceiverPolicy.objects.update(**{field: False})


class Maintained(StandaloneAccounts):
    """Under maintenance."""

    def maintenance(self) -> str:
        return "The server is under maintenance. Try again later."


def test_maintenance_is_told_as_the_project_says_it(alice: User, settings: Settings, tmp_path: Path) -> None:
    settings.ADIT_UPLOADER_RECEIVER = {
        "SPOOL": tmp_path,
        "SECRET_FILE": tmp_path / "s",
        "ACCOUNTS": "tests.receiver.test_page_states.Maintained",
    }
    assert "The server is under maintenance." in page(signed_in(alice), "/jobs/")
    german = page(Client(headers={"Accept-Language": "de"}), "/login/")
    assert "Der Server wird gewartet." in german


def test_a_job_tells_its_profile_in_words(alice: User) -> None:
    client = signed_in(alice)
    job = make_job(alice)
    assert "<dd>Research</dd>" in page(client, f"/jobs/{job.pk}/")
    UploadJob.objects.update(profile="heart-study")
    assert "<dd>heart-study</dd>" in page(client, f"/jobs/{job.pk}/")


# ---------------------------------------------------------------- looking again


def look_again(client: Client, address: str) -> int:
    """The status that htmx gets when it asks with what the page has shown."""
    text = page(client, address)
    query = re.search('data-hx-get="([^"]+)"', text)
    assert query is not None
    return client.get(f"{address}{query[1].replace('&amp;', '&')}", headers=HTMX).status_code


def test_a_page_that_looks_again_gets_nothing_unless_something_has_changed(alice: User) -> None:
    client = signed_in(alice)
    job = make_job(alice, state="IP")
    task = job.tasks.get()
    for address in ("/jobs/", f"/jobs/{job.pk}/", f"/jobs/{job.pk}/tasks/{task.pk}/"):
        assert look_again(client, address) == 204
        shown = re.search('data-hx-get="([^"]+)"', page(client, address))
        assert shown is not None
        Forward.objects.filter(state="waiting").update(state="delivered")
        again = client.get(f"{address}{shown[1].replace('&amp;', '&')}", headers=HTMX)
        assert again.status_code == 200
        assert "seen=" not in "".join(re.findall('href="([^"]*)"', again.content.decode()))
        Forward.objects.filter(instance__sop_instance_uid="2.25.1").update(state="waiting")


def test_a_person_always_gets_the_page(alice: User) -> None:
    client = signed_in(alice)
    shown = re.search('data-hx-get="([^"]+)"', page(client, "/jobs/"))
    assert shown is not None
    assert client.get(f"/jobs/{shown[1]}").status_code == 200


def test_whoever_is_signed_out_meanwhile_is_led_to_the_login_as_a_whole() -> None:
    answer = Client().get("/jobs/", headers=HTMX)
    assert (answer.status_code, answer["HX-Refresh"]) == (401, "true")


# ---------------------------------------------------------------- failures


def fails(_request: object) -> None:
    raise ZeroDivisionError


class Failing:
    """The addresses, and one that fails."""

    urlpatterns = (*standalone_urls.urlpatterns, path("fails/", fails))
    handler400 = standalone_urls.handler400
    handler403 = standalone_urls.handler403
    handler404 = standalone_urls.handler404
    handler500 = standalone_urls.handler500


@pytest.mark.parametrize("language", ["en", "de"])
def test_failures_say_what_to_do(
    language: str, alice: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ADIT_UPLOADER_RECEIVER = settings.ADIT_UPLOADER_RECEIVER | {"SUPPORT": "Telephone 1234"}
    words = {
        400: ("The request was not understood", "Die Anfrage war nicht verständlich"),
        403: ("You may not do this", "Das dürfen Sie nicht"),
        404: ("This page does not exist", "Diese Seite gibt es nicht"),
        500: ("The server has failed", "Der Server hat versagt"),
    }
    client = Client(raise_request_exception=False, headers={"Accept-Language": language})
    client.force_login(alice)
    with override_settings(ROOT_URLCONF=Failing), caplog.at_level("CRITICAL", "django"):
        answers = {
            400: client.get("/jobs/", headers={"Host": "evil.example"}),
            403: client.get("/health/page/"),
            404: client.get("/nothing/"),
            500: client.get("/fails/"),
        }
    for status, answer in answers.items():
        text = answer.content.decode()
        Balanced(text)
        assert answer.status_code == status
        assert words[status][language == "de"] in text
        assert "Telephone 1234" in text
        assert f'<html lang="{language}">' in text
        assert answer["Content-Security-Policy"].startswith("default-src 'none'")
        assert "no-store" in answer["Cache-Control"]


def test_the_page_of_a_failed_server_asks_nothing_of_the_database() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert server_failed(RequestFactory().get("/jobs/")).status_code == 500
    assert len(queries) == 0


# ---------------------------------------------------------------- many jobs


def test_pages_ask_the_database_as_often_for_many_jobs_as_for_one(alice: User) -> None:
    client = signed_in(User.objects.create(username="chief", is_staff=True))

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, address)
        return len(queries)

    job = make_job(alice, state="IP")
    few = {address: asked(address) for address in ("/jobs/", f"/jobs/{job.pk}/", f"/jobs/{job.pk}/results/")}
    for number in range(20):
        make_job(alice, state="IP")
        task = UploadTask.objects.create(job=job, patient_id="p", study_instance_uid=f"1.{number}")
        stored = StoredInstance.objects.create(
            job=job, task=task, sop_instance_uid=f"1.2.{number}", length=1, digest="0" * 64
        )
        Forward.objects.create(instance=stored, state="delivered")
    for address, number in few.items():
        assert asked(address) == number, address
    assert few["/jobs/"] <= 8
    assert few[f"/jobs/{job.pk}/"] <= 14
