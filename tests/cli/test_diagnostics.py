"""The diagnostic bundle: whatever names somebody was planted everywhere, and none of it is in there."""

import json
import stat
import sys
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import UltrasoundImageStorage

from adit_uploader.account.settings import LineSettings, Settings, data_dir, journal_path
from adit_uploader.diagnostics.bundle import write_bundle
from adit_uploader.diagnostics.errors import BundleNotWritten
from adit_uploader.diagnostics.log import MOST, Event, EventLog, log_path
from adit_uploader.pseudonyms.internal import internal_pseudonym
from adit_uploader.transfer.errors import ServerUnreachable
from adit_uploader.transfer.journal import Journal
from adit_uploader.transfer.notes import InstanceState, Note
from tests.transfer.small_receiver import SITE_KEY, TOKEN
from tests.transfer.studies import ROOT, write_instance

from .conftest import Run

NAME = "Quillfeather"  # in folders, files, codes and the texts of errors
CANARIES = (
    *(NAME, "Möhrenfeld", "Änne", "PAT-0000", "4711-0815", "19510713", "20200405", "ACC1", "Archive", "Wandsbek"),
    *(ROOT, "1.2.826", "2.25.", TOKEN, SITE_KEY.hex(), "geheim", "anna", "Radiology", ".dcm", "README", "home"),
    *(internal_pseudonym("Radiology", "4711-0815"), internal_pseudonym("Radiology", "PAT-00001")),
)


def contents(path: Path) -> dict[str, Any]:
    """Everything in the bundle, by name."""
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return {name: json.loads(text) if name.endswith(".json") else text for name, text in texts.items()}


def found_in(path: Path) -> list[str]:
    """Canaries in the bundle, in any spelling; the sentences that say what is not in it do not count."""
    with zipfile.ZipFile(path) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if name != "about.txt"]
        names = [*archive.namelist(), archive.comment.decode()]
    forms = [
        unicodedata.normalize(form, "\n".join((*names, *texts, *map(_unescaped, texts)))).casefold()
        for form in ("NFC", "NFD")
    ]
    return [one for one in CANARIES if any(unicodedata.normalize("NFC", one).casefold() in form for form in forms)]


def _unescaped(text: str) -> str:
    return text.encode().decode("unicode_escape", "ignore")


@pytest.fixture
def used(upload: Run, studies: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A computer on which much has happened; the id of its job."""
    folder = studies / f"{NAME} Ottoline, Wandsbek"
    for number in range(1, 4):
        write_instance(folder / f"{NAME}{number}.dcm", patient=3, number=number, patient_id="4711-0815")
    write_instance(folder / "us.dcm", patient=3, series=2, patient_id="4711-0815", sop_class=UltrasoundImageStorage)
    (folder / f"{NAME}.txt").write_text(NAME)
    upload("--mode", "internal")
    with Journal(journal_path()) as journal:
        (row,) = journal.jobs()
        journal.note(
            row.job, [Note(0, InstanceState.REFUSED, code=NAME), Note(1, InstanceState.REFUSED, code="damaged")]
        )
    line = LineSettings(f"http://anna:geheim@proxy.{NAME}.example.org:3128", f"/home/{NAME}/ca.pem", {}, 5, "on")
    settings = replace(Settings.load(), line=line, destination=NAME).with_server("https://adit.example.org")
    settings.save()
    monkeypatch.setenv("HTTPS_PROXY", "http://anna:geheim@proxy.example.org:1")
    log = EventLog(log_path())
    log.error(ServerUnreachable(NAME))
    log.error(ValueError(NAME))
    log.note(Event.FOUND, patients=3, left_out=2)
    try:
        {}[NAME]
    except KeyError as error:
        sys.excepthook(type(error), error, error.__traceback__)
        log.fault(type(error), error.__traceback__)
    with log_path().open("a") as file:
        file.write(f'{NAME}\n{{"event": "{NAME}"}}\n["{NAME}"]\n{{"event": "error", "at": "{NAME}", "kind": "A"}}\n')
        file.write(f'{{"event": "error", "at": "2026-01-01T00:00:00", "kind": "{NAME} 1", "text": "{NAME}"}}\n')
        file.write(f'{{"event": "fault", "at": "2026-01-01T00:00:00", "kind": "A", "places": ["{NAME}"]}}\n')
    return row.job


def test_nothing_that_names_anybody_is_in_it(run: Run, used: str, tmp_path: Path) -> None:
    bundle = tmp_path / "for-help.zip"
    done = run("diagnostics", "--out", bundle)
    assert done.status == 0, done.err
    assert found_in(bundle) == []
    if sys.platform != "win32":
        assert stat.S_IMODE(bundle.stat().st_mode) == 0o600


def test_what_helps_is_in_it(run: Run, used: str, tmp_path: Path) -> None:
    assert run("diagnostics", "--out", tmp_path / "b.zip").status == 0
    told = contents(tmp_path / "b.zip")
    assert set(told) == {
        "about.txt",
        *(f"{name}.json" for name in ("versions", "system", "window", "settings", "managed", "jobs", "log")),
    }
    (job,) = told["jobs.json"]["jobs"]
    assert job["job"] == used
    tallies = {(one["state"], one["code"]): one["count"] for one in job["instances"]}
    assert tallies["refused", "other"] == 1
    assert tallies["refused", "damaged"] == 1
    assert sum(tallies.values()) == 12
    assert job["receipt"]["counts"]["held"] == 1
    settings = told["settings.json"]
    assert (settings["server"], settings["proxy"], settings["ca_file"]) == (
        "https://adit.example.org",
        "http proxy",
        "set",
    )
    assert told["system.json"]["environment"]["HTTPS_PROXY"] is True
    events = [(one["event"], one.get("kind")) for one in told["log.json"]]
    assert ("error", "ServerUnreachable") in events
    assert ("error", "ValueError") in events
    assert ("search-ended", None) in events
    fault = next(one for one in told["log.json"] if one["event"] == "fault" and one["places"])
    assert fault["kind"] == "KeyError"
    assert fault["places"][-1].startswith("test_diagnostics.py:")
    assert told["versions.json"]["libraries"]["pydicom"]


def test_a_canary_would_be_seen(run: Run, used: str, tmp_path: Path) -> None:
    write_bundle(tmp_path / "b.zip", {"title": "M\u00f6hrenfeld1^\u00c4nne"})
    assert found_in(tmp_path / "b.zip") == ["Möhrenfeld", "Änne"]


def test_a_computer_on_which_nothing_was_sent_has_a_bundle_too(run: Run, tmp_path: Path) -> None:
    assert run("diagnostics", "--out", tmp_path / "b.zip").status == 0
    told = contents(tmp_path / "b.zip")
    assert told["jobs.json"] == {"journal": "not there", "jobs": []}
    assert told["log.json"] == []
    assert not journal_path().exists()


@pytest.mark.parametrize("content", [b"this is no database" * 100, b""])
def test_what_can_t_be_read_is_named_by_its_kind(run: Run, tmp_path: Path, content: bytes) -> None:
    data_dir().mkdir(parents=True)
    journal_path().write_bytes(content)
    (tmp_path / "home" / "config").mkdir()
    (tmp_path / "home" / "config" / "settings.json").write_text("{")
    (tmp_path / "home" / "managed.json").write_text("{")
    assert run("diagnostics", "--out", tmp_path / "b.zip").status == 0
    told = contents(tmp_path / "b.zip")
    assert told["jobs.json"]["journal"] == ("JournalUnusable" if content else "readable")
    assert told["settings.json"] == told["managed.json"] == {"file": "can't be read"}


def test_where_it_can_t_be_written_is_said(run: Run, tmp_path: Path) -> None:
    assert run("diagnostics", "--out", tmp_path / "nowhere" / "b.zip").status == 2
    with pytest.raises(BundleNotWritten) as refused:
        write_bundle(tmp_path / "nowhere" / "b.zip")
    assert "Choose another folder" in refused.value.message


def test_the_log_does_not_grow_for_ever_and_hinders_nobody(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    for number in range(3000):
        log.note(Event.PLANNED, patients=number, studies=number, series=number, found=number)
    assert (tmp_path / "events.jsonl").stat().st_size <= MOST
    entries = log.read()
    assert entries[-1]["patients"] == 2999
    assert len(entries) > 500
    (tmp_path / "file").write_text("in the way")
    EventLog(tmp_path / "file" / "events.jsonl").note(Event.OPENED)
    assert EventLog(tmp_path / "file" / "events.jsonl").read() == []
