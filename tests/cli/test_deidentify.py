"""deidentify: the same engine without a server."""

import csv
import json
from pathlib import Path

import jsonschema
import pytest
from openpyxl import load_workbook
from pydicom import dcmread

from adit_uploader.cli.receipts import tell_receipt
from adit_uploader.cli.terminal import Terminal
from adit_uploader.pseudonyms.internal import internal_pseudonym
from adit_uploader.pseudonyms.key_file import write_key_file
from adit_uploader.transfer.local_run import LocalRun
from tests.transfer.studies import plan_of

from .conftest import Run

DOCS = Path(__file__).parents[2] / "docs"


def results(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.dcm")}


def test_everything_is_written_under_its_new_uids(run: Run, studies: Path, tmp_path: Path) -> None:
    out, key_list, report = tmp_path / "out", tmp_path / "keys.csv", tmp_path / "report.json"
    page = tmp_path / "receipt.html"
    done = run(
        *("deidentify", studies, "--out", out, "--mode", "internal", "--department", "Radiology"),
        *("--key-list", key_list, "--report", report, "--receipt", page, "--receipt-language", "de"),
    )
    assert done.status == 0, done.err
    assert "8 found, 8 pseudonymized, 8 written." in done.out
    assert "will differ next time" in done.err
    assert "README.txt" in done.err
    expected = {one: internal_pseudonym("Radiology", one) for one in ("PAT-00001", "PAT-00002")}
    for path in out.rglob("*.dcm"):
        dataset = dcmread(path)
        assert path == out / dataset.StudyInstanceUID / dataset.SeriesInstanceUID / f"{dataset.SOPInstanceUID}.dcm"
        assert dataset.PatientID == dataset.PatientName
        assert dataset.PatientID in expected.values()
    with key_list.open(encoding="utf-8-sig", newline="") as file:
        assert {row["PatientID"]: row["Pseudonym"] for row in csv.DictReader(file)} == expected
    told = json.loads(report.read_text())
    assert told["counts"]["stored"] == 8
    jsonschema.validate(told, json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8")))
    text = page.read_text(encoding="utf-8")
    for word in (*expected.values(), "Vollständig", told["manifest_sha256"]):
        assert word in text
    for word in (*expected, str(tmp_path), "README.txt"):
        assert word not in text
    assert page.stat().st_mode & 0o777 == 0o600


def test_a_site_key_file_is_made_once_and_gives_the_same_bytes(run: Run, studies: Path, tmp_path: Path) -> None:
    key = tmp_path / "site.key"
    options = "--mode", "internal", "--department", "D", "--site-key-file", key
    first = run("deidentify", studies, "--out", tmp_path / "1", *options)
    assert first.status == 0
    assert f"Made a new site key: {key}" in first.err
    assert key.stat().st_mode & 0o777 == 0o600
    second = run("deidentify", studies, "--out", tmp_path / "2", *options)
    assert second.status == 0
    assert "Made" not in second.err
    assert results(tmp_path / "1") == results(tmp_path / "2")
    assert len(results(tmp_path / "1")) == 8


def test_the_keyed_variant_takes_a_key_file(run: Run, studies: Path, tmp_path: Path) -> None:
    key = tmp_path / "department.key"
    write_key_file(key, bytes(range(32)))
    done = run(
        *("deidentify", studies, "--out", tmp_path / "out", "--mode", "internal", "--department", "D"),
        *("--pseudonym-key-file", key),
    )
    assert done.status == 0
    ids = {dcmread(path).PatientID for path in (tmp_path / "out").rglob("*.dcm")}
    assert ids == {internal_pseudonym("D", one, bytes(range(32))) for one in ("PAT-00001", "PAT-00002")}


def test_batch_writes_those_it_lists_and_names_the_others(run: Run, studies: Path, tmp_path: Path) -> None:
    batch_file, key_list = tmp_path / "batch.csv", tmp_path / "keys.xlsx"
    batch_file.write_text("PatientID;Pseudonym\nPAT-00001;STUDY-1\nPAT-00009;STUDY-9\n")
    done = run(
        *("deidentify", studies, "--out", tmp_path / "out", "--mode", "batch", "--batch-file", batch_file),
        *("--key-list", key_list),
    )
    assert done.status == 1
    assert "PatientID PAT-00002" in done.err
    assert "line 3: this patient is not among the files" in done.err
    assert {dcmread(path).PatientID for path in (tmp_path / "out").rglob("*.dcm")} == {"STUDY-1"}
    sheet = load_workbook(key_list).active
    assert sheet is not None
    rows = [tuple(row) for row in sheet.iter_rows(values_only=True)]
    assert rows[:2] == [("PatientID", "Pseudonym", "Sent"), ("PAT-00001", "STUDY-1", "4 of 4")]


def test_mistakes_in_a_batch_file_are_all_named_and_nothing_is_written(run: Run, studies: Path, tmp_path: Path) -> None:
    batch_file = tmp_path / "batch.csv"
    batch_file.write_text("PatientID;Pseudonym;Comment\nPAT-00001;\n;B\nPAT-00002;a*\n")
    done = run("deidentify", studies, "--out", tmp_path / "out", "--mode", "batch", "--batch-file", batch_file)
    assert done.status == 1
    assert "4 problems" in done.err
    for place in ("line 1, Comment", "line 2, Pseudonym", "line 3, PatientID", "line 4, Pseudonym"):
        assert place in done.err
    assert not (tmp_path / "out").exists()


def test_fixed_is_for_one_patient(run: Run, studies: Path, tmp_path: Path) -> None:
    done = run("deidentify", studies, "--out", tmp_path / "out", "--mode", "fixed", "--pseudonym", "ONE")
    assert done.status == 1
    assert "more than one PatientID" in done.err
    one = next(path for path in studies.iterdir() if path.is_dir())
    done = run("deidentify", one, "--out", tmp_path / "out", "--mode", "fixed", "--pseudonym", "ONE")
    assert done.status == 0
    assert {str(dcmread(path).PatientName) for path in (tmp_path / "out").rglob("*.dcm")} == {"ONE"}


def test_none_copies_and_says_so(run: Run, studies: Path, tmp_path: Path) -> None:
    done = run("deidentify", studies, "--out", tmp_path / "out", "--mode", "none")
    assert done.status == 0
    assert "the copies name the patients" in done.err
    assert sorted(results(tmp_path / "out").values()) == sorted(path.read_bytes() for path in studies.rglob("*.dcm"))


def test_a_key_list_that_is_there_is_kept_unless_it_says_the_same(run: Run, studies: Path, tmp_path: Path) -> None:
    key_list = tmp_path / "keys.csv"
    options = "--mode", "internal", "--site-key-file", tmp_path / "key", "--key-list", key_list
    run("deidentify", studies, "--out", tmp_path / "1", *options, "--department", "A")
    first = key_list.read_bytes()
    run("deidentify", studies, "--out", tmp_path / "1", *options, "--department", "A")
    assert sorted(path.name for path in tmp_path.glob("keys*")) == ["keys.csv"]
    done = run("deidentify", studies, "--out", tmp_path / "2", *options, "--department", "B")
    assert "keys.1.csv" in done.err
    assert (tmp_path / "keys.1.csv").read_bytes() == first
    assert key_list.read_bytes() != first


def test_a_damaged_file_is_named_and_makes_the_status_1(run: Run, studies: Path, tmp_path: Path) -> None:
    whole = next(studies.rglob("1.dcm"))
    whole.write_bytes(whole.read_bytes()[:-100])
    done = run("deidentify", studies, "--out", tmp_path / "out", "--mode", "internal", "--department", "D")
    assert done.status == 1
    assert str(whole) in done.err
    assert len(results(tmp_path / "out")) == 7


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--mode", "internal"), "--department"),
        (("--mode", "internal", "--department", "  "), "--department"),
        (("--mode", "batch"), "--batch-file"),
        (("--mode", "fixed"), "--pseudonym"),
        (("--mode", "fixed", "--pseudonym", "a*"), "wildcard"),
        (("--mode", "fixed", "--pseudonym", "A", "--department", "D"), "--department belongs to"),
        (("--mode", "none", "--pseudonym", "A"), "--pseudonym belongs to"),
        (("--mode", "none", "--keyed"), "--keyed belongs to"),
        (("--mode", "none", "--lanes", "0"), "1 to 16"),
        (("--mode", "none", "--key-list", "keys.txt"), ".csv or .xlsx"),
        (("--mode", "none", "--report", "no/such/folder/r.json"), "does not exist"),
        (("--mode", "none", "--receipt", "r.pdf"), "print it from a browser"),
        (("--mode", "none", "--receipt", "r.txt"), "must end in .html"),
    ],
)
def test_options_that_do_not_fit_end_with_2(
    run: Run, studies: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = run("deidentify", studies, "--out", tmp_path / "out", *options)
    assert done.status == 2
    assert said in done.err
    assert not (tmp_path / "out").exists()


def test_results_never_go_among_the_originals(run: Run, studies: Path) -> None:
    done = run("deidentify", studies, "--out", studies / "out", "--mode", "internal", "--department", "D")
    assert done.status == 2
    assert "lies within" in done.err


def test_a_folder_without_dicom_is_no_success(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    done = run("deidentify", tmp_path / "in", "--out", tmp_path / "out", "--mode", "internal", "--department", "D")
    assert done.status == 1
    assert "nothing" in done.err.lower()


def test_a_run_that_was_stopped_speaks_of_files_and_of_no_delivery(
    studies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = LocalRun(plan_of(studies), tmp_path / "out")
    stopped.cancel()
    tell_receipt(Terminal(), stopped.run())
    said = capsys.readouterr()
    assert "Stopped. What was written stays" in said.err
    assert "deliver" not in said.out + said.err
    assert "upload" not in said.err
