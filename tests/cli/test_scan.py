"""scan: what lies there, and what of it can't be sent."""

import json
from pathlib import Path

from pydicom.uid import UltrasoundImageStorage

from tests.transfer.studies import write_instance

from .conftest import Run


def test_patients_and_what_is_left_out_are_shown(run: Run, studies: Path) -> None:
    done = run("scan", studies)
    assert done.status == 0  # a text file beside the images is no loss
    assert "PAT-00001" in done.out
    assert "Möhrenfeld2^Änne" in done.out
    assert "2 patients, 2 studies, 4 series, 8 instances" in done.out
    assert f"{studies / 'README.txt'}: no DICOM file" in done.err


def test_a_cut_file_is_named_and_makes_the_status_1(run: Run, studies: Path) -> None:
    whole = next(studies.rglob("1.dcm"))
    whole.write_bytes(whole.read_bytes()[:-100])
    done = run("scan", studies)
    assert done.status == 1
    assert f"{whole}: damaged" in done.err


def test_pictures_that_may_name_the_patient_are_counted_as_held(run: Run, studies: Path) -> None:
    write_instance(studies / "us.dcm", patient=3, sop_class=UltrasoundImageStorage)
    done = run("scan", studies)
    assert "1 instance would be held" in done.out


def test_json_tells_everything_to_programs(run: Run, studies: Path) -> None:
    write_instance(studies / "us.dcm", patient=3, sop_class=UltrasoundImageStorage)
    done = run("scan", studies, "--json")
    report = json.loads(done.out)
    assert report["schema"] == "adit-uploader/scan/1"
    counts = report["counts"]
    assert (counts["patients"], counts["studies"], counts["series"], counts["instances"]) == (3, 3, 5, 9)
    assert counts["left_out"] == 1
    assert [patient["patient_id"] for patient in report["patients"]] == ["PAT-00001", "PAT-00002", "PAT-00003"]
    (series,) = report["patients"][2]["studies"][0]["series"]
    assert (series["modality"], series["instances"], series["held"]) == ("US", 1, 1)
    (left_out,) = report["left_out"]
    assert (left_out["path"], left_out["reason"]) == (str(studies / "README.txt"), "not-dicom")


def test_json_is_what_the_document_says(run: Run, studies: Path) -> None:
    document = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    example = document.partition("```json\n")[2].partition("```")[0]

    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {name: shape(part) for name, part in value.items()}
        if isinstance(value, list):
            return [shape(value[0])] if value else []
        return None

    assert shape(json.loads(example)) == shape(json.loads(run("scan", studies, "--json").out))
