"""upload and jobs: the whole way to a receiver, and what is said on it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydicom.uid import UltrasoundImageStorage

from adit_uploader.account.settings import journal_path
from adit_uploader.cli.terminal import Terminal
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.messages import Policies
from adit_uploader.pseudonyms.internal import internal_pseudonym
from adit_uploader.pseudonyms.key_file import KeyPurpose, write_key_file
from tests.transfer.small_receiver import SITE_KEY, TOKEN, SmallReceiver
from tests.transfer.studies import write_instance

from .conftest import Run

DOCS = Path(__file__).parents[2] / "docs"


def pseudonyms(receiver: SmallReceiver) -> set[str]:
    return {one.begin.patient_id for one in receiver.kept.values()}


def test_everything_is_sent_and_the_receipt_says_so(upload: Run, receiver: SmallReceiver, tmp_path: Path) -> None:
    key_list, report = tmp_path / "keys.csv", tmp_path / "report.json"
    page = tmp_path / "receipt.html"
    wanted = ("--receipt", page, "--receipt-with-patient-ids", "--receipt-with-paths")
    done = upload("--mode", "internal", "--key-list", key_list, "--report", report, *wanted)
    assert done.status == 0, done.err
    assert "8 found, 8 pseudonymized, 8 sent, 8 stored, 8 delivered." in done.out
    assert "README.txt" in done.err
    assert pseudonyms(receiver) == {internal_pseudonym("Radiology", one) for one in ("PAT-00001", "PAT-00002")}
    assert "PAT-00001" in key_list.read_text(encoding="utf-8-sig")
    told = json.loads(report.read_text())
    assert told["complete"] is True
    jsonschema.validate(told, json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8")))
    for word in ("PAT-00001", "README.txt", "Complete", told["job"]):
        assert word in page.read_text(encoding="utf-8")
    kept = list((journal_path().parent / "key_lists").iterdir())
    assert [path.suffix for path in kept] == [".csv"]


def test_neither_token_nor_site_key_is_said(upload: Run, tmp_path: Path) -> None:
    done = upload("--mode", "internal", "--report", tmp_path / "report.json")
    everything = done.out + done.err + (tmp_path / "report.json").read_text()
    assert TOKEN not in everything
    assert SITE_KEY.hex() not in everything
    assert "PAT-0000" not in (tmp_path / "report.json").read_text().replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("changes", "options", "said"),
    [
        ({"modes": ("batch",)}, ("--mode", "internal"), "Allowed: batch"),
        ({"profiles": ("research",)}, ("--mode", "internal", "--profile", "basic"), "Allowed: research"),
        ({"destinations": ()}, ("--mode", "internal"), "Allowed: none"),
        ({"department": "Surgery"}, ("--mode", "internal", "--department", "Radiology"), "'Surgery'"),
        ({"department": ""}, ("--mode", "internal"), "No department"),
    ],
)
def test_what_the_server_does_not_allow_is_said_before_anything_is_sent(
    upload: Run, receiver: SmallReceiver, changes: dict[str, Any], options: tuple[str, ...], said: str
) -> None:
    receiver.welcome_changes = changes
    done = upload(*options)
    assert done.status == 1
    assert said in done.err
    assert not receiver.begun


def test_the_department_may_be_repeated(upload: Run) -> None:
    assert upload("--mode", "internal", "--department", " Radiology ").status == 0


def test_another_site_key_than_the_servers_is_an_error(upload: Run, receiver: SmallReceiver, tmp_path: Path) -> None:
    write_key_file(tmp_path / "other", bytes(32), KeyPurpose.SITE)
    write_key_file(tmp_path / "same", SITE_KEY, KeyPurpose.SITE)
    done = upload("--mode", "internal", "--site-key-file", tmp_path / "other")
    assert done.status == 1
    assert "site key differs" in done.err
    assert not receiver.begun
    assert upload("--mode", "internal", "--site-key-file", tmp_path / "same").status == 0


def test_none_without_a_terminal_needs_the_flag(upload: Run, receiver: SmallReceiver) -> None:
    done = upload("--mode", "none")
    assert done.status == 2
    assert "--yes-send-identified" in done.err
    assert receiver.connections == 0
    assert upload("--mode", "none", "--yes-send-identified").status == 0
    assert pseudonyms(receiver) == {"PAT-00001", "PAT-00002"}


@pytest.mark.parametrize(("answer", "status"), [("8", 0), ("yes", 2), ("", 2), (None, 2)])
def test_none_on_a_terminal_asks_for_the_count(
    upload: Run, receiver: SmallReceiver, monkeypatch: pytest.MonkeyPatch, answer: str | None, status: int
) -> None:
    questions: list[str] = []
    monkeypatch.setattr(Terminal, "can_ask", True)
    monkeypatch.setattr(Terminal, "ask", lambda self, question: questions.append(question) or answer)
    done = upload("--mode", "none")
    assert done.status == status
    assert questions == ["Type 8 to send them:"]
    assert "8 instances of 2 patients" in done.err
    assert len(receiver.kept) == (8 if status == 0 else 0)


def test_held_series_are_named_and_sent_only_when_asked(upload: Run, receiver: SmallReceiver, studies: Path) -> None:
    write_instance(studies / "us.dcm", patient=1, study=2, sop_class=UltrasoundImageStorage)
    done = upload("--mode", "internal")
    assert done.status == 1
    assert "Held: PatientID PAT-00001" in done.err
    assert len(receiver.kept) == 8
    done = upload("--mode", "internal", "--send-burned-in")
    assert done.status == 0, done.err
    receiver.welcome_changes = {"policies": Policies(burned_in="never")}
    done = upload("--mode", "internal", "--send-burned-in")
    assert done.status == 1
    assert "The server does not take such series" in done.err


def test_what_the_receiver_refuses_is_named_with_its_file(upload: Run, receiver: SmallReceiver, tmp_path: Path) -> None:
    assert upload("--mode", "internal").status == 0
    uid = next(iter(receiver.stored()))
    receiver.kept.clear()
    receiver.refuse = {uid: (RefusalCode.CONFLICT, 99)}
    batch_file = tmp_path / "batch.csv"
    batch_file.write_text("PatientID,Pseudonym\nPAT-00001,A\nPAT-00002,B\n")
    done = upload("--mode", "batch", "--batch-file", batch_file)
    assert done.status == 1
    assert "Refused: 1 instance:" in done.err
    assert ".dcm" in done.err.partition("Refused")[2]


def test_studies_that_wait_for_the_destination_are_said_to(upload: Run, receiver: SmallReceiver) -> None:
    receiver.deliver = False
    receiver.task_message = "The destination does not answer."
    done = upload("--mode", "internal")
    assert done.status == 1
    assert "waiting" in done.out
    assert "The destination does not answer." in done.out


@pytest.mark.parametrize(
    ("code", "said"),
    [(CloseCode.TOKEN, "token"), (CloseCode.PERMISSION, "permission"), (CloseCode.LOCKED, "locked")],
)
def test_a_closed_door_is_said_why(upload: Run, receiver: SmallReceiver, code: CloseCode, said: str) -> None:
    receiver.close_with = code
    done = upload("--mode", "internal")
    assert done.status == 1
    assert said in done.err.lower()


def test_an_address_that_would_not_be_encrypted_is_wrong_usage(run: Run, studies: Path) -> None:
    for server in ("http://example.org", "http://127.0.0.1:1", "ftp://x", ""):
        done = run("upload", studies, "--server", server, "--destination", "A", "--mode", "internal")
        assert done.status == 2, server
        assert done.err


def test_a_server_that_is_not_there_is_said_so(run: Run, studies: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    options = "--destination", "A", "--mode", "internal", "--token-file", tmp_path / "token", "--insecure-loopback"
    done = run("upload", studies, "--server", "http://127.0.0.1:9", *options)
    assert done.status == 1
    assert "does not answer" in done.err


@pytest.mark.parametrize("content", [b"", b"two words and more", b"\xff\xfe\xfa"])
def test_a_file_that_holds_no_token_is_said_so(run: Run, studies: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad").write_bytes(content)
    done = run(
        *("upload", studies, "--server", "https://127.0.0.1:9", "--destination", "A", "--mode", "internal"),
        *("--token-file", tmp_path / "bad"),
    )
    assert done.status == 1
    assert "oken" in done.err


def test_jobs_are_listed_and_shown(upload: Run, run: Run, receiver: SmallReceiver, tmp_path: Path) -> None:
    server = "--server", receiver.origin, "--insecure-loopback", "--token-file", tmp_path / "token"
    assert "No uploads yet" in run("jobs", *server).out
    assert upload("--mode", "internal", "--project-name", "Knees").status == 0
    (job,) = receiver.jobs
    listed = run("jobs", *server)
    assert listed.status == 0
    assert job in listed.out
    shown = run("jobs", job, *server)
    assert shown.status == 0
    assert internal_pseudonym("Radiology", "PAT-00001") in shown.out
    (entry,) = json.loads(run("jobs", "--json", *server).out)
    assert entry["job"] == job
    tasks = json.loads(run("jobs", job, "--json", *server).out)
    assert {task["state"] for task in tasks["tasks"]} == {"SU"}
