"""Every page is valid HTML, as Debian's HTML Tidy judges, and its headings go down step by step."""

import re
import shutil
import subprocess
from itertools import pairwise

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from adit_receiver.models import ReceiverPolicy, Token, UploadJob, UploadTask

from .test_pages import make_job, signed_in

# in the HTML standard, and younger than Tidy 5.6
UNKNOWN_TO_IT = ('<button> proprietary attribute "aria-current"', '<input> proprietary attribute "autocapitalize"')


def complaints(text: str) -> list[str]:
    """What Tidy has against a page."""
    tidy = shutil.which("tidy")
    assert tidy is not None, "These tests need HTML Tidy. Install it: apt-get install tidy"
    done = subprocess.run(
        [tidy, "-quiet", "-errors", "-utf8", "--strict-tags-attributes", "yes", "--drop-empty-elements", "no"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in done.stderr.splitlines() if not line.endswith(UNKNOWN_TO_IT)]


@pytest.fixture
def pages() -> dict[str, tuple[Client, str]]:
    """A client and an address for every page, in every state that has other elements."""
    chief = User.objects.create(username="chief", is_staff=True)
    chief.user_permissions.add(*Permission.objects.filter(codename__in=("can_upload", "view_metrics")))
    client = signed_in(chief)
    job = make_job(chief, state="IP", mode="none", instances=5, client_counts={"found": 3}, project_name="Liver & co")
    task = UploadTask.objects.get(job=job)
    UploadTask.objects.update(log="a line\n<another>\n", message="1 of 2 instances wait. Why.")
    failed = make_job(chief, state="FA", message="Canceled by its owner.")
    for _ in range(51):
        make_job(chief)
    ReceiverPolicy.objects.create(pk=1, locked=True)
    client.post("/tokens/", {"name": "One", "days": "30"})
    addresses = {
        "jobs": "/jobs/?page=2",
        "no such jobs": "/jobs/?q=nothing",
        "job": f"/jobs/{job.pk}/",
        "failed job": f"/jobs/{failed.pk}/?state=FA",
        "task": f"/jobs/{job.pk}/tasks/{task.pk}/",
        "results": f"/jobs/{job.pk}/results/",
        "action": f"/jobs/{job.pk}/cancel/",
        "not now": f"/jobs/{failed.pk}/cancel/",
        "help": "/help/",
        "tokens": "/tokens/",
        "revoke": f"/tokens/{Token.objects.get().pk}/revoke/",
        "health": "/health/page/",
        "not found": "/nothing/",
    }
    return {name: (client, address) for name, address in addresses.items()} | {"login": (Client(), "/login/")}


@pytest.mark.django_db
def test_every_page_is_valid_html_with_headings_in_order(pages: dict[str, tuple[Client, str]]) -> None:
    assert UploadJob.objects.count() > 50
    texts = {name: client.get(address).content.decode() for name, (client, address) in pages.items()}
    chief = pages["tokens"][0]
    texts["token made"] = chief.post("/tokens/", {"name": "Two", "days": "30"}).content.decode()
    texts["token not made"] = chief.post("/tokens/", {"name": "", "days": "30"}).content.decode()
    assert {name: said for name, text in texts.items() if (said := complaints(text))} == {}
    for name, text in texts.items():
        levels = [int(level) for level in re.findall("<h([1-6])[ >]", text)]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(after <= before + 1 for before, after in pairwise(levels)), name


def test_the_judge_sees_what_is_wrong() -> None:
    whole = "<!DOCTYPE html><html lang='en'><head><title>t</title></head><body>{}</body></html>"
    assert complaints(whole.format("<p>right</p>")) == []
    for wrong in (
        "<div>open",
        "<p hx-get='/'>x</p>",
        "<b><p>x</p></b>",
        "<p id='a'>x</p><p id='a'>y</p>",
        "<dl><p>x</p></dl>",
    ):
        assert complaints(whole.format(wrong)) != [], wrong
