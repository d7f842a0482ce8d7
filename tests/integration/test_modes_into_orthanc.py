"""The main job, in all four modes: a folder, the command line, the receiver, a real PACS."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from adit_uploader.pseudonyms.internal import internal_pseudonym
from tests.parts.orthanc import Orthanc, start_orthanc
from tests.parts.program import Machine
from tests.parts.receiver import Receiver, running_receiver
from tests.parts.tables import Tables

DEPARTMENT = "Radiology"


@dataclass(frozen=True)
class Site:
    """A receiver, the PACS behind it, and a folder of studies with what they hold."""

    receiver: Receiver
    orthanc: Orthanc
    studies: Path
    pixels: dict[str, "Counter[str]"]  # digests of the pixel data, by PatientID
    token: Path

    @property
    def patient_ids(self) -> list[str]:
        return sorted(self.pixels)

    def upload(self, machine: Machine, report: Path, *arguments: str | Path, token: Path | None = None) -> Any:
        """Uploads all studies; returns the finished process and the report, if one was written."""
        done = machine.run(
            *("upload", self.studies, "--server", self.receiver.url, "--insecure-loopback", "--destination", "PACS"),
            *("--token-file", token or self.token, "--report", report, *arguments),
        )
        return done, json.loads(report.read_text()) if report.exists() else None


def pixel_digest(dataset: Any) -> str:
    return hashlib.sha256(dataset.get("PixelData", b"")).hexdigest()


@pytest.fixture(scope="module")
def site(studies: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    pixels: dict[str, Counter[str]] = {}
    for path in studies.rglob("*"):
        if path.is_file():
            try:
                dataset = dcmread(path)
            except InvalidDicomError:
                continue
            if "SOPInstanceUID" in dataset:
                pixels.setdefault(str(dataset.PatientID), Counter())[pixel_digest(dataset)] += 1
    with start_orthanc(folder / "orthanc") as orthanc, running_receiver(folder / "receiver") as receiver:
        receiver.destination("PACS", "--dicom", orthanc.address)
        token = receiver.user("anna", department=DEPARTMENT, destinations=("PACS",))
        yield Site(receiver, orthanc, studies, pixels, token)


@pytest.fixture
def empty_pacs(site: Site) -> Site:
    site.orthanc.delete_all()
    return site


def arrived(orthanc: Orthanc) -> dict[str, "Counter[str]"]:
    """Digests of the pixel data in the PACS, by PatientID."""
    found: dict[str, Counter[str]] = {}
    for key in orthanc.instances():
        dataset = orthanc.dataset(key)
        assert str(dataset.PatientID) == str(dataset.PatientName)
        found.setdefault(str(dataset.PatientID), Counter())[pixel_digest(dataset)] += 1
    return found


def stored_digests(receiver: Receiver) -> set[tuple[str, str]]:
    """SOPInstanceUID and SHA-256 of everything that the receiver ever stored."""
    rows = Tables(receiver).run("SELECT sop_instance_uid, digest FROM adit_receiver_storedinstance")
    return {(uid, sha256) for uid, sha256 in rows}


def total(counters: dict[str, "Counter[str]"]) -> int:
    return sum(counter.total() for counter in counters.values())


def test_internal_arrives_whole_under_the_published_pseudonyms_and_nothing_twice(
    empty_pacs: Site, tmp_path: Path
) -> None:
    site, key_list = empty_pacs, tmp_path / "keys.csv"
    done, report = site.upload(
        Machine(tmp_path / "home"), tmp_path / "1.json", "--mode", "internal", "--key-list", key_list
    )
    assert done.returncode == 0, done.stderr
    expected = {internal_pseudonym(DEPARTMENT, patient_id): site.pixels[patient_id] for patient_id in site.patient_ids}
    assert arrived(site.orthanc) == expected
    counts = report["counts"]
    assert {counts[step] for step in ("found", "pseudonymized", "sent", "stored", "delivered")} == {total(expected)}
    with key_list.open(encoding="utf-8-sig", newline="") as stream:
        rows = [(row["PatientID"], row["Pseudonym"]) for row in csv.DictReader(stream)]
    assert sorted(rows) == [(one, internal_pseudonym(DEPARTMENT, one)) for one in site.patient_ids]
    assert "LIESMICH.TXT: no DICOM file" in done.stderr

    uids, digests, received = site.orthanc.sop_instance_uids(), stored_digests(site.receiver), site.orthanc.received()
    done, report = site.upload(Machine(tmp_path / "home"), tmp_path / "2.json", "--mode", "internal")
    assert done.returncode == 0, done.stderr
    assert report["complete"]
    assert site.orthanc.sop_instance_uids() == uids
    assert site.orthanc.received() == received

    token = site.receiver.user("anna", department=DEPARTMENT, destinations=("PACS",))
    done, report = site.upload(Machine(tmp_path / "elsewhere"), tmp_path / "3.json", "--mode", "internal", token=token)
    assert done.returncode == 0, done.stderr
    assert stored_digests(site.receiver) == digests
    assert site.orthanc.received() == received


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_batch_file_sends_those_it_lists_and_names_the_others(empty_pacs: Site, tmp_path: Path, ending: str) -> None:
    listed, unlisted = empty_pacs.patient_ids
    batch_file = tmp_path / f"batch.{ending}"
    if ending == "csv":
        batch_file.write_text(f"PatientID,Pseudonym\n{listed},STUDY-{ending}\n")
    else:
        workbook = Workbook()
        workbook.active.append(["PatientID", "Pseudonym"])
        workbook.active.append([listed, f"STUDY-{ending}"])
        workbook.save(batch_file)
    done, report = empty_pacs.upload(
        Machine(tmp_path / "home"), tmp_path / "report.json", "--mode", "batch", "--batch-file", batch_file
    )
    assert done.returncode == 1
    assert unlisted in done.stdout + done.stderr
    assert arrived(empty_pacs.orthanc) == {f"STUDY-{ending}": empty_pacs.pixels[listed]}
    assert not report["complete"]


def test_a_batch_file_with_mistakes_sends_nothing_and_names_each_line(empty_pacs: Site, tmp_path: Path) -> None:
    batch_file = tmp_path / "batch.csv"
    lines = [
        "PatientID,Pseudonym,Comment",  # 1: unknown column
        "A1,",  # 2: empty cell
        ",P2",  # 3: empty cell
        "A3,P3",
        "A3,P4",  # 5: two pseudonyms
        "A5,P3",  # 6: two patients
        "A6," + "x" * 65,  # 7: too long
        "A7,back\\slash",  # 8
        "A8,wild*card",  # 9
        "A9, spaced",  # 10
        "A10,tab\x07bell",  # 11
    ]
    batch_file.write_text("\n".join(lines) + "\n")
    done, _ = empty_pacs.upload(
        Machine(tmp_path / "home"), tmp_path / "report.json", "--mode", "batch", "--batch-file", batch_file
    )
    assert done.returncode != 0
    for line in (1, 2, 3, 5, 6, 7, 8, 9, 10, 11):
        assert f"ine {line}" in done.stderr, f"line {line} is not named:\n{done.stderr}"
    assert empty_pacs.orthanc.count() == 0


def test_fixed_refuses_two_patients_and_sends_one(empty_pacs: Site, tmp_path: Path) -> None:
    done, _ = empty_pacs.upload(
        Machine(tmp_path / "home"), tmp_path / "report.json", "--mode", "fixed", "--pseudonym", "ONE"
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert empty_pacs.orthanc.count() == 0

    first = next(path for path in sorted(empty_pacs.studies.iterdir()) if path.is_dir())
    one = Site(empty_pacs.receiver, empty_pacs.orthanc, first, empty_pacs.pixels, empty_pacs.token)
    done, _ = one.upload(Machine(tmp_path / "home"), tmp_path / "one.json", "--mode", "fixed", "--pseudonym", "ONE")
    assert done.returncode == 0, done.stderr
    assert set(arrived(empty_pacs.orthanc)) == {"ONE"}
    assert arrived(empty_pacs.orthanc)["ONE"] in empty_pacs.pixels.values()


def test_none_needs_the_permission_and_the_confirmation(empty_pacs: Site, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home")
    done, _ = empty_pacs.upload(machine, tmp_path / "1.json", "--mode", "none", "--yes-send-identified")
    assert done.returncode == 1
    assert "permi" in done.stderr.lower() or "allow" in done.stderr.lower()
    assert empty_pacs.orthanc.count() == 0

    token = empty_pacs.receiver.user("chief", permit="none", destinations=("PACS",))
    done, _ = empty_pacs.upload(machine, tmp_path / "2.json", "--mode", "none", token=token)
    assert done.returncode != 0
    assert empty_pacs.orthanc.count() == 0

    done, _ = empty_pacs.upload(machine, tmp_path / "3.json", "--mode", "none", "--yes-send-identified", token=token)
    assert done.returncode == 0, done.stderr
    assert empty_pacs.orthanc.patient_ids() == set(empty_pacs.patient_ids)
    assert empty_pacs.orthanc.count() == total(empty_pacs.pixels)


def test_a_stopped_pacs_is_said_and_gets_everything_when_it_is_back(empty_pacs: Site, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home")
    empty_pacs.orthanc.stop()
    batch_file = tmp_path / "batch.csv"
    rows = [f"{patient_id},LATER-{number}" for number, patient_id in enumerate(empty_pacs.patient_ids)]
    batch_file.write_text("\n".join(["PatientID,Pseudonym", *rows]) + "\n")
    try:
        done, report = empty_pacs.upload(machine, tmp_path / "1.json", "--mode", "batch", "--batch-file", batch_file)
    finally:
        empty_pacs.orthanc.start()
    assert done.returncode == 1
    assert "waiting" in (done.stdout + done.stderr).lower()
    assert report["waiting"]
    assert report["counts"]["stored"] == total(empty_pacs.pixels)
    assert report["counts"]["delivered"] == 0

    for _ in range(4):  # the receiver's next try may be due later than the program waits
        done, report = empty_pacs.upload(machine, tmp_path / "2.json", "--mode", "batch", "--batch-file", batch_file)
        if not report["waiting"]:
            break
    assert done.returncode == 0, done.stderr
    assert set(arrived(empty_pacs.orthanc)) == {"LATER-0", "LATER-1"}
    assert empty_pacs.orthanc.count() == total(empty_pacs.pixels)
