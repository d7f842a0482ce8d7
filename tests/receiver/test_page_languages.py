"""The pages in English and German: nothing is left untranslated, and what a browser asks for is what it gets."""

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.mofile import read_mo
from django.contrib import admin
from django.contrib.auth.models import User
from django.template import engines
from django.test import Client
from django.utils import translation

from adit_receiver.models import Forward, UploadTask
from adit_receiver.said import said
from adit_receiver.standalone.time_zones import time_zone_of

from .test_pages import make_job, page, signed_in

UPDATE = Path(__file__).parents[2] / "resources" / "translations" / "update_pages.py"
HOW = "run `python resources/translations/update_pages.py`, and fill in what is empty or fuzzy in its django.po"
STORED = (
    "Canceled by its owner.",
    "2 of 5 instances were not delivered. The destination refused it: Refused: Out of Resources (0xA700).",
    "3 of 5 instances wait. The destination could not take it now: busy.",
    "1 of 5 instances were delivered with a warning. The destination took it with a warning: Coercion.",
    "2 of 5 instances: It was sent, but its arrival is not confirmed. The destination can't be asked: no context.",
    "Its file stays in the receiver's spool: retry the job, or ask whoever runs the destination.",
    "3 of 5 instances were sent and wait to be confirmed. The destination said that it took it, but does not have it.",
    "1 of 1 instances wait. The destination does not vouch for it: processing failure, 0x0110. It is sent again.",
    "It is delivered in the hours in which this receiver forwards: 20:00 to 06:00 (Europe/Berlin).",
    "Waiting for destination PACS: nobody answers at 10.0.0.1; next try at 2026-11-23 01:02:03 UTC.",
)


@pytest.fixture(scope="module")
def update() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_pages", UPDATE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_has_a_german_translation(update: ModuleType) -> None:
    known = {(entry.id, entry.context): entry for entry in update.german() if entry.id}
    wanted = {(entry.id, entry.context) for entry in update.template() if entry.id}
    assert len(wanted) > 200  # the search finds them
    assert wanted - set(known) == set(), HOW
    assert set(known) - wanted == set(), HOW
    assert [entry.id for entry in known.values() if not entry.string or entry.fuzzy] == [], HOW


def test_translations_have_the_same_gaps_as_their_texts(update: ModuleType) -> None:
    def gaps(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)[ds]", text))

    for entry in update.german():
        if isinstance(entry.id, str) and entry.id:
            assert gaps(entry.string) == gaps(entry.id), entry.id


def test_what_django_reads_is_what_was_translated(update: ModuleType) -> None:
    with update.GERMAN.with_suffix(".mo").open("rb") as file:
        read = {entry.id: entry.string for entry in read_mo(file) if entry.id}
    assert read == {entry.id: entry.string for entry in update.german() if entry.id}, HOW


def test_no_text_is_said_otherwise_by_djangos_own_pages(update: ModuleType) -> None:
    """An app before this one has the last word: in the admin pages' German, None is a dash."""
    with translation.override("de"):
        for entry in update.german():
            if isinstance(entry.id, str) and entry.id:
                told = translation.pgettext(entry.context, entry.id) if entry.context else translation.gettext(entry.id)
                assert told == entry.string


@pytest.mark.parametrize("message", STORED)
def test_what_workers_have_written_is_said_in_german(message: str) -> None:
    with translation.override("en"):
        assert " ".join(piece.text for piece in said(message)) == message
    with translation.override("de"):
        german = list(said(message))
    assert all(piece.known for piece in german)
    assert " ".join(piece.text for piece in german) != message


def test_what_is_not_known_stays_english_and_is_marked() -> None:
    template = engines["django"].from_string("{% load receiver_pages %}{{ text|message }}")
    text = "1 of 2 instances were not delivered. Something <new>. Canceled by its owner."
    with translation.override("de"):
        shown = template.render({"text": text})
    assert shown == (
        "<span>1 von 2 Bildern wurden nicht zugestellt.</span> "
        '<span lang="en">Something &lt;new&gt;.</span> <span>Vom Besitzer abgebrochen.</span>'
    )
    with translation.override("en"):
        assert "lang" not in template.render({"text": text})


def test_numbers_and_times_are_written_as_the_language_does() -> None:
    template = engines["django"].from_string(
        "{% load receiver_pages %}{{ n|number }} {{ at|moment }} {{ none|moment }}"
    )
    facts = {"n": 1234567, "at": datetime(2026, 4, 5, 13, 7, 9, tzinfo=UTC), "none": None}
    exact = 'datetime="2026-04-05T13:07:09+00:00"'
    with translation.override("en"):
        assert template.render(facts) == f"1,234,567 <time {exact}>2026-04-05 13:07:09 UTC</time> —"
    with translation.override("de"):
        assert template.render(facts) == f"1.234.567 <time {exact}>05.04.2026 13:07:09 UTC</time> —"


def test_a_time_zone_that_does_not_exist_is_named() -> None:
    assert (time_zone_of(""), time_zone_of("Europe/Berlin")) == ("UTC", "Europe/Berlin")
    for wrong in ("Europe/Heidelberg", "../etc", "/etc/passwd"):
        with pytest.raises(Exception, match="There is no time zone"):
            time_zone_of(wrong)


@pytest.mark.django_db
def test_the_browser_says_which_language_and_a_switch_on_the_page_overrules_it() -> None:
    alice = User.objects.create(username="alice")
    client = signed_in(alice)
    job = make_job(alice, state="IP", message="Canceled by its owner.")
    task = UploadTask.objects.get(job=job)
    Forward.objects.update(state="waiting")
    german = Client(headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    german.force_login(User.objects.get(username="alice"))
    for address, words in (
        ("/jobs/", ("Upload-Aufträge", "In Arbeit", '<html lang="de">')),
        (f"/jobs/{job.pk}/", ("Vom Besitzer abgebrochen.", "Zugestellt", "Auftrag abbrechen")),
        (f"/jobs/{job.pk}/tasks/{task.pk}/", ("Teilauftrag",)),
        (f"/jobs/{job.pk}/results/", ("Ergebnisse", "Wartet")),
        ("/help/", ("So fangen Sie an",)),
        ("/tokens/", ("Token erstellen",)),
    ):
        text = page(german, address)
        assert all(word in text for word in words), address
        assert 'lang="de"' in text
    assert "Upload jobs" in page(client, "/jobs/")
    switched = client.post("/i18n/setlang/", {"language": "de", "next": "/jobs/?state=IP"})
    assert (switched.status_code, switched["Location"]) == (302, "/jobs/?state=IP")
    assert "Upload-Aufträge" in page(client, "/jobs/")
    away = client.post("/i18n/setlang/", {"language": "en", "next": "https://evil.example/"})
    assert "evil" not in away["Location"]


def test_every_table_and_column_of_the_admin_has_a_name_in_german() -> None:
    """But for those whose name is the same: what the DICOM standard calls so, and a few words."""
    same = set()
    for model in admin.site._registry:  # the site has no other way to ask
        if model._meta.app_label != "adit_receiver":
            continue
        fields = [field for field in model._meta.fields if field.name != "id" or not field.primary_key]
        for named in (model._meta, *fields, *model._meta.many_to_many):
            with translation.override("en"):
                english = str(named.verbose_name)
            with translation.override("de"):
                if str(named.verbose_name) == english:
                    same.add(english)
    assert {name for name in same if not name.endswith("UID")} == {"TLS"}
