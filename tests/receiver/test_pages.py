"""The pages: who sees what, what stands there, and what a browser may do with them."""

import re
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from adit_receiver.models import Forward, StoredInstance, UploadJob, UploadTask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
PASSWORD = "correct horse battery"
VOID = {"meta", "link", "input", "br", "hr", "img"}


class Balanced(HTMLParser):
    """Fails on tags that are not closed in order, and notes addresses and ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        assert self.open == []
        assert len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action"}]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def quick_passwords(settings: Settings) -> None:
    """Real ones take half a second each."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def make_user(name: str, *, staff: bool = False) -> User:
    return User.objects.create(username=name, password=make_password(PASSWORD, hasher="md5"), is_staff=staff)


def make_job(owner: User, *, mode: str = "internal", patient_id: str = "ab" * 32, **values: object) -> UploadJob:
    job = UploadJob.objects.create(
        id=uuid4(),
        owner=owner,
        destination_key="1",
        destination_name="Archive",
        mode=mode,
        profile="research",
        **values,
    )
    task = UploadTask.objects.create(
        job=job, patient_id=patient_id, study_instance_uid=f"2.25.{job.pk.int}", message="Waiting for destination X."
    )
    for number, state in enumerate(("delivered", "waiting", "failed")):
        instance = StoredInstance.objects.create(
            job=job, task=task, sop_instance_uid=f"2.25.{number}", length=1, digest="0" * 64
        )
        Forward.objects.create(instance=instance, state=state)
    return job


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    text = response.content.decode()
    Balanced(text)
    return text


def job_page(client: Client, job: UploadJob) -> str:
    return page(client, reverse("adit_receiver:job", args=[job.pk]))


def test_a_user_sees_the_own_jobs_and_staff_see_all() -> None:
    alice, bob, chief = make_user("alice"), make_user("bob"), make_user("chief", staff=True)
    hers, his = make_job(alice, project_name="Liver"), make_job(bob, project_name="Spleen")
    listed = page(signed_in(alice), "/jobs/")
    assert "Liver" in listed
    assert "Spleen" not in listed
    assert "Owner" not in listed
    assert signed_in(alice).get(f"/jobs/{his.pk}/").status_code == 404
    everything = page(signed_in(chief), "/jobs/")
    assert all(text in everything for text in ("Liver", "Spleen", "alice", "bob", "Owner"))
    assert hers.pk.hex in job_page(signed_in(chief), hers)


def test_nobody_sees_anything_without_login() -> None:
    job = make_job(make_user("alice"))
    for address in ("/jobs/", f"/jobs/{job.pk}/"):
        response = Client().get(address)
        assert (response.status_code, response["Location"]) == (302, f"/login/?next={address}")


def test_login_leads_to_the_page_that_was_asked_for_and_logout_ends_it() -> None:
    make_user("alice")
    client = Client(enforce_csrf_checks=True)
    form = page(client, "/login/?next=/jobs/%3Fstate%3DSU")
    secret = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert secret is not None
    fields = {"csrfmiddlewaretoken": secret[1], "username": "alice", "next": "/jobs/?state=SU"}
    wrong = client.post("/login/", fields | {"password": "wrong"})
    assert "alert" in wrong.content.decode()
    assert 'value="alice"' in wrong.content.decode()
    right = client.post("/login/", fields | {"password": PASSWORD})
    assert (right.status_code, right["Location"]) == (302, "/jobs/?state=SU")
    secret = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page(client, "/jobs/"))
    assert secret is not None
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/", {"csrfmiddlewaretoken": secret[1]}).status_code == 302
    assert client.get("/jobs/").status_code == 302


def test_login_never_leads_to_another_host() -> None:
    make_user("alice")
    fields = {"username": "alice", "password": PASSWORD, "next": "https://evil.example/"}
    assert Client().post("/login/", fields)["Location"] == "/jobs/"


def test_a_job_shows_its_facts_and_tasks() -> None:
    alice = make_user("alice")
    job = make_job(
        alice,
        project_name="Liver",
        instances=5,
        finished_by_client=timezone.now(),
        client_counts={"found": 5, "sent": 3, "stored": 3, "refused": 2, "held": 0, "left_out": 1},
    )
    text = job_page(signed_in(alice), job)
    for expected in (
        "Archive",
        "Liver",
        "5 announced, 3 stored, 1 delivered, 1 failed",
        "5 found, 3 sent, 3 stored, 2 refused, 0 held back, 1 left out",
        "Waiting for destination X.",
        "ab" * 32,
        "Pseudonym",
    ):
        assert expected in text


def test_patient_ids_have_a_column_in_mode_none_only() -> None:
    alice = make_user("alice")
    client = signed_in(alice)
    assert "PatientID" in job_page(client, make_job(alice, mode="none", patient_id="4711"))
    for mode in ("internal", "batch", "fixed"):
        assert "PatientID" not in job_page(client, make_job(alice, mode=mode))


def test_the_list_is_filtered_by_state_and_paged() -> None:
    alice = make_user("alice")
    for number in range(60):
        make_job(alice, state="SU" if number < 55 else "FA", project_name=f"P{number:02}")
    client = signed_in(alice)
    failed = page(client, "/jobs/?state=FA")
    assert ("P59" in failed, "P01" in failed, "Page 1 of" in failed) == (True, False, False)
    second = page(client, "/jobs/?state=SU&page=2")
    assert ("Page 2 of 2" in second, "P00" in second, "P54" in second) == (True, True, False)
    assert 'href="?state=SU&amp;page=1"' in second
    assert "P59" in page(client, "/jobs/?state=%22%3E%3Cscript%3E&page=nonsense")


def test_what_clients_send_is_shown_as_text() -> None:
    alice = make_user("alice")
    job = make_job(alice, project_name="<script>alert(1)</script>", patient_id="<b>&")
    client = signed_in(alice)
    for text in (page(client, "/jobs/"), job_page(client, job)):
        assert "<script>" not in text
        assert "<b>" not in text


def test_pages_load_nothing_from_elsewhere_and_are_kept_by_nobody() -> None:
    alice = make_user("alice")
    job = make_job(alice)
    for client, address in (
        (Client(), "/login/"),
        (signed_in(alice), "/jobs/"),
        (signed_in(alice), f"/jobs/{job.pk}/"),
    ):
        response = client.get(address)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["X-Frame-Options"] == "DENY"
        text = response.content.decode()
        assert all(each.startswith(("/", "?", "#")) and not each.startswith("//") for each in Balanced(text).addresses)
        assert "style=" not in text
        assert set(re.findall("<script[^>]*>(.*?)</script>", text)) == {""}  # from files, and nothing inline
        assert not re.search(r"\son[a-z]+=|hx-on|javascript:|hx-vars|js:", text)
        for file in re.findall('(?:href|src)="/static/([^"]+)"', text):
            assert isinstance(finders.find(file), str), file


def test_pages_answer_to_reading_only() -> None:
    client = signed_in(make_user("alice"))
    assert client.post("/jobs/").status_code == 405
    assert client.get("/")["Location"] == "/jobs/"


def test_another_layout_keeps_its_own_headers(settings: Settings) -> None:
    settings.ADIT_UPLOADER_RECEIVER = settings.ADIT_UPLOADER_RECEIVER | {"BASE_TEMPLATE": "admin/base_site.html"}
    ours = "adit_receiver.standalone.headers.strict_content"  # of a receiver of its own, and so not there
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != ours]
    response = signed_in(make_user("alice")).get("/jobs/")
    assert response.status_code == 200
    assert "Content-Security-Policy" not in response.headers
    assert "There are no upload jobs" in response.content.decode()
