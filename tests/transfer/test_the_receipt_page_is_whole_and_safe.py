"""The receipt as a page: everything is in it, nothing of a patient unless asked for, and no value becomes markup."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from adit_uploader.protocol.messages import TaskInfo
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer import receipt_words
from adit_uploader.transfer.receipt import (
    Counts,
    Decision,
    Item,
    Outcome,
    PictureSeries,
    Problem,
    Receipt,
    RunState,
    SentPatient,
    Versions,
)
from adit_uploader.transfer.receipt_page import MAX_FILES, receipt_page
from adit_uploader.transfer.receipt_words import LANGUAGES, Language, Speaker

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
NASTY = "<script>alert('x')</script>&\"'"
_ALONE = {"meta", "br"}


def receipt(**changes: object) -> Receipt:
    """One that has something in every part."""
    full = Receipt(
        kind="upload",
        job="ab" * 16,
        state=RunState.FINISHED,
        mode="internal",
        profile="research",
        server="wss://adit.example.org",
        destination="Research PACS",
        counts=Counts(found=12345, pseudonymized=12341, sent=12341, stored=12341, delivered=12341, refused=1, held=3),
        complete=False,
        waiting=False,
        items=(
            Item(Outcome.REFUSED, "residual-identity", "Something is left.", path="/cd/MEIER/1.dcm", patient_id="1001"),
            Item(Outcome.HELD, "ultrasound", "Ultrasound.", count=3, patient_id="1001"),
        ),
        patients=(SentPatient("f" * 64, 2, 12345, 12341, patient_id="1001"),),
        tasks=(TaskInfo("2.25.1", "f" * 64, "WA", 12341, 12340, 1, 2, "One was refused."),),
        problem=Problem("The line was cut", "Try again."),
        versions=Versions("1.2.3", "adit-receiver 4.5.6", 1, 7),
        manifest_sha256="c0ffee00" * 8,
        manifest_instances=12341,
        started="2026-11-22T17:20:00Z",
        ended="2026-11-22T17:31:00Z",
        key_list="/home/me/keys.csv",
        resumed=True,
        bytes_sent=655_000_000,
        pictures=(PictureSeries(Decision.BLANKED, "ultrasound", "", 3, 3, "640x480", ((0, 0, 640, 32),), "2.25.9"),),
        profile_hash="ab12" * 16,
        keeps_identifiers=("(0008,0050) AccessionNumber",),
    )
    return replace(full, **changes)  # type: ignore[arg-type]  # names and values belong together


class _Reader(HTMLParser):
    """Reads a page strictly: every element is closed, and what could load or run something is collected."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in _ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def shown(page: str) -> str:
    return " ".join(" ".join(read(page).text).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_a_receipt_has_to_say_is_on_the_page(language: Language) -> None:
    text = shown(receipt_page(receipt(), language))
    for value in (
        *("wss://adit.example.org", "Research PACS", "ab" * 16, "research", "ab12" * 16, "(0008,0050) AccessionNumber"),
        *("f" * 64, "Something is left.", "residual-identity", "ultrasound", "The line was cut", "One was refused."),
        *("1.2.3", "adit-receiver 4.5.6", "c0ffee00" * 8, "2026-11-22T17:20:00Z", "2.25.9", "0, 0, 640, 32", "2.25.1"),
        {"en": "12,345", "de": "12.345"}[language],
        {"en": "Not complete", "de": "Nicht vollständig"}[language],
    ):
        assert value in text


def test_each_language_has_words_for_everything_and_they_differ() -> None:
    english, german = shown(receipt_page(receipt(), "en")), shown(receipt_page(receipt(), "de"))
    assert 'lang="de"' in receipt_page(receipt(), "de")
    for word in ("found", "delivered", "Details", "What did not arrive", "Delivery"):
        assert word in english
    for word in ("gefunden", "zugestellt", "Einzelheiten", "Was nicht angekommen ist", "Zustellung"):
        assert word in german
    speakers = [Speaker(language) for language in LANGUAGES]
    wanted = [f"outcome {one}" for one in Outcome] + [f"decision {one}" for one in Decision]
    wanted += [f"mode {one.value}" for one in Mode] + [f"task {one}" for one in ("PE", "IP", "CA", "SU", "WA", "FA")]
    wanted += [state.value for state in RunState if state is not RunState.FINISHED]
    for key in wanted:
        assert all(speaker.say(key) for speaker in speakers), key
    assert all(len(pair) == 2 and all(pair) for pair in receipt_words._WORDS.values())


@pytest.mark.parametrize(
    ("changes", "words", "tone"),
    [
        ({"complete": True}, "Complete", "good"),
        ({"waiting": True}, "still delivering", "open"),
        ({}, "Not complete", "bad"),
        ({"state": RunState.CANCELED, "complete": True}, "Given up", "bad"),
        ({"state": RunState.PAUSED}, "Stopped", "bad"),
        ({"state": RunState.INTERRUPTED}, "Cut off", "bad"),
    ],
)
def test_the_result_is_never_good_while_something_is_missing(changes: dict[str, object], words: str, tone: str) -> None:
    page = receipt_page(receipt(**changes))
    assert re.search(rf'<p class="result {tone}">.*{words}', page)


def test_no_value_becomes_markup_and_nothing_is_loaded_or_run() -> None:
    nasty = receipt(
        job=NASTY,
        profile=NASTY,
        server=NASTY,
        destination=NASTY,
        items=(Item(Outcome.REFUSED, NASTY, NASTY, path=NASTY, patient_id=NASTY),),
        patients=(SentPatient(NASTY, 1, 1, 1, patient_id=NASTY),),
        tasks=(TaskInfo("1.2", NASTY, "FA", message=NASTY),),
        problem=Problem(NASTY, NASTY),
        versions=Versions(NASTY, NASTY),
        key_list=NASTY,
        keeps_identifiers=(NASTY,),
        profile_hash=NASTY,
        started=NASTY,
        ended=NASTY,
    )
    page = receipt_page(nasty, include_patient_ids=True, include_paths=True, tell=lambda _, message: message + NASTY)
    reader = read(page)
    assert reader.seen <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "span", "strong", "br", "code"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert reader.attributes <= {
        "lang",
        "charset",
        "name",
        "content",
        "http-equiv",
        "class",
        "scope",
        "width",
        "aria-hidden",
    }
    assert shown(page).count("<script>") >= 15
    assert "<script" not in page
    assert not re.search(r"https?:|url\(|@import", page)
    assert "default-src 'none'" in page


def test_files_and_patients_are_named_only_if_asked_for() -> None:
    silent = receipt_page(receipt())
    for word in ("MEIER", "keys.csv", "1001"):
        assert word not in silent
    assert "names no patient" in shown(silent)
    told = shown(receipt_page(receipt(), include_patient_ids=True, include_paths=True))
    for word in ("/cd/MEIER/1.dcm", "/home/me/keys.csv", "1001", "keep it as you keep patient data"):
        assert word in told


def test_in_mode_none_no_patient_is_named_by_the_pseudonym() -> None:
    real = receipt(mode="none", profile="", patients=(SentPatient("REAL-1", 1, 1, 1, patient_id="REAL-1"),))
    real = replace(real, tasks=(TaskInfo("1.2", "REAL-1", "SU", 1, 1),))
    assert "REAL-1" not in receipt_page(real)
    assert "REAL-1" in receipt_page(real, include_patient_ids=True)


def test_many_files_of_one_reason_are_one_row() -> None:
    items = tuple(
        Item(Outcome.LEFT_OUT, "not-dicom", "No DICOM.", path=f"/cd/{number:05}.txt") for number in range(5000)
    )
    page = receipt_page(receipt(items=items), include_paths=True)
    assert page.count("/cd/") == MAX_FILES
    assert "and 4,980 more" in shown(page)
    assert len(page) < 20_000


def test_a_local_run_tells_what_was_written() -> None:
    local = receipt(kind="local", server="", destination="", job="", tasks=(), problem=None)
    text = shown(receipt_page(local))
    assert "written 12,341" in text
    assert "delivered" not in text


# ---------------------------------------------------------------- the report's schema


def _faults(report: object) -> list[str]:
    checker = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return [error.json_path for error in checker.iter_errors(report)]


@pytest.mark.parametrize("paths", [True, False])
@pytest.mark.parametrize("patients", [True, False])
@pytest.mark.parametrize("mode", ["internal", "none"])
def test_reports_are_as_their_schema_says(paths: bool, patients: bool, mode: str) -> None:
    report = json.loads(receipt(mode=mode).to_json(include_paths=paths, include_patient_ids=patients))
    assert _faults(report) == []
    plain = json.loads(receipt(items=(), patients=(), tasks=(), pictures=(), problem=None, job="").to_json())
    assert _faults(plain) == []


def test_the_schema_knows_every_field_and_finds_what_is_wrong() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    report = json.loads(receipt().to_json(include_patient_ids=True))
    known = {"": SCHEMA} | {f"{name}s": kind for name, kind in SCHEMA["$defs"].items()}
    for part, kind in known.items():
        value = report if not part else report[part][0]
        assert set(value) == set(kind["properties"]), part
        for field in kind["required"]:
            broken = json.loads(json.dumps(report))
            del (broken if not part else broken[part][0])[field]
            assert _faults(broken), (part, field)
    for field, wrong in (
        ("state", "done"),
        ("schema", "x"),
        ("counts", {}),
        ("manifest_sha256", "xyz"),
        ("complete", 1),
    ):
        assert _faults(report | {field: wrong}), field
