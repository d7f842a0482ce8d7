"""De-identification into a folder, without a server."""

import csv
import errno
import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.uid import UltrasoundImageStorage

from adit_uploader.deid.engine import Blanking, Rectangle
from adit_uploader.dicom.scan import scan
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.transfer.errors import KeyListNotWritten, OutputNotWritable
from adit_uploader.transfer.local_run import LocalRun
from adit_uploader.transfer.plan import UploadPlan, make_plan
from adit_uploader.transfer.ready_lanes import ReadyLanes
from adit_uploader.transfer.receipt import ReasonCode, RunState
from adit_uploader.transfer.upload import Upload
from tests.transfer.small_receiver import SITE_KEY, TOKEN, SmallReceiver
from tests.transfer.studies import ROOT, plan_of, write_instance


def written(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def local(plan: UploadPlan, out: Path, **options: Any) -> LocalRun:
    return LocalRun(plan, out, lanes=1, **options)


@pytest.mark.usefixtures("threaded")
def test_files_are_named_by_their_new_uids_and_nothing_else_is_left(folder: Path, tmp_path: Path) -> None:
    plan = plan_of(folder)
    receipt = local(plan, tmp_path / "out").run()
    assert receipt.complete
    assert (receipt.counts.found, receipt.counts.pseudonymized, receipt.counts.stored) == (12, 12, 12)
    assert (receipt.counts.sent, receipt.counts.delivered) == (0, 0)
    expected = {
        f"{one.study_instance_uid}/{one.series_instance_uid}/{one.sop_instance_uid}.dcm" for one in plan.instances()
    }
    assert set(written(tmp_path / "out")) == expected
    for name in expected:
        dataset = pydicom.dcmread(tmp_path / "out" / name)
        assert name == f"{dataset.StudyInstanceUID}/{dataset.SeriesInstanceUID}/{dataset.SOPInstanceUID}.dcm"
        assert dataset.PatientIdentityRemoved == "YES"


@pytest.mark.usefixtures("threaded")
def test_a_local_run_and_an_upload_make_the_same_bytes(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    here = local(plan_of(folder), tmp_path / "out").run()
    there = Upload(plan_of(folder), receiver, TOKEN, journal=tmp_path / "home" / "j", lanes=1).run()
    assert {Path(name).stem: data for name, data in written(tmp_path / "out").items()} == {
        uid: kept.data for uid, kept in receiver.stored().items()
    }
    assert (here.manifest_sha256, here.manifest_instances) == (there.manifest_sha256, 12)


@pytest.mark.usefixtures("threaded")
def test_without_digests_the_files_are_the_same(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local(plan_of(folder), tmp_path / "hashed").run()
    receipt = local(plan_of(folder), tmp_path / "copied", digests=False).run()
    assert receipt.complete
    assert receipt.manifest_instances == 0
    assert written(tmp_path / "copied") == written(tmp_path / "hashed")

    def refuse(*_: object) -> int:
        raise OSError

    monkeypatch.setattr(os, "copy_file_range", refuse, raising=False)  # as some network file systems do
    local(plan_of(folder), tmp_path / "read", digests=False).run()
    assert written(tmp_path / "read") == written(tmp_path / "hashed")


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system sets no room aside")
@pytest.mark.usefixtures("threaded")
@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EINVAL])
def test_where_no_room_can_be_set_aside_the_files_are_the_same(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    local(plan_of(folder), tmp_path / "reserved", digests=False).run()

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    assert local(plan_of(folder), tmp_path / "grown", digests=False).run().complete
    assert written(tmp_path / "grown") == written(tmp_path / "reserved")


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system sets no room aside")
@pytest.mark.usefixtures("threaded")
def test_a_file_for_which_there_is_no_room_is_not_begun(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    receipt = local(plan_of(folder), tmp_path / "out", digests=False).run()
    assert receipt.state is RunState.INTERRUPTED
    assert receipt.problem is not None
    assert receipt.problem.title == OutputNotWritable.title
    assert written(tmp_path / "out") == {}


def test_lanes_that_were_started_early_do_the_work(folder: Path, tmp_path: Path) -> None:
    with ReadyLanes(2) as ready:
        receipt = local(plan_of(folder), tmp_path / "out", ready=ready).run()
        left = ready.take()
    assert receipt.complete
    assert left is not None
    left.commands.close()
    left.process.join(120)
    assert left.process.exitcode == 0


def test_lanes_that_nobody_needs_end() -> None:
    with ReadyLanes(1):
        before = multiprocessing.active_children()
    assert before
    assert not set(before) & set(multiprocessing.active_children())


@pytest.mark.usefixtures("threaded")
def test_the_same_again_changes_nothing_and_other_bytes_are_refused_and_left(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    local(plan_of(folder), out).run()
    before = written(out)
    assert local(plan_of(folder), out).run().complete
    assert written(out) == before
    name = sorted(before)[0]
    (out / name).write_bytes(b"something else")
    receipt = local(plan_of(folder), out).run()
    assert not receipt.complete
    assert [item.code for item in receipt.items] == [ReasonCode.OTHER_BYTES]
    assert written(out) == before | {name: b"something else"}


@pytest.mark.usefixtures("threaded")
def test_the_key_list_is_written_first(folder: Path, tmp_path: Path) -> None:
    key_list = tmp_path / "keys.csv"
    receipt = local(plan_of(folder), tmp_path / "out", key_list=key_list).run()
    with key_list.open(encoding="utf-8-sig", newline="") as file:
        assert [(row["PatientID"], row["Sent"]) for row in csv.DictReader(file)] == [
            ("PAT-00001", "6 of 6"),
            ("PAT-00002", "6 of 6"),
        ]
    assert receipt.key_list == str(key_list)
    with pytest.raises(KeyListNotWritten):
        local(plan_of(folder), tmp_path / "other", key_list=tmp_path / "no" / "such" / "folder.csv").run()
    assert not written(tmp_path / "other")


def test_an_output_folder_that_can_not_be_made_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputNotWritable):
        local(plan_of(folder), tmp_path / "out").run()


@pytest.mark.usefixtures("threaded")
def test_an_output_folder_that_fills_with_files_in_the_way_ends_the_run(folder: Path, tmp_path: Path) -> None:
    plan = plan_of(folder)
    study = next(plan.instances()).study_instance_uid
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / study).write_text("a file where a folder should be")
    receipt = local(plan, tmp_path / "out").run()
    assert receipt.state is RunState.INTERRUPTED
    assert receipt.problem is not None
    assert not receipt.complete


@pytest.mark.usefixtures("threaded")
def test_a_cut_file_is_named_and_not_written(folder: Path, tmp_path: Path) -> None:
    plan = plan_of(folder)
    victim = next(plan.instances()).instance
    status = victim.location.path.stat()
    data = victim.location.path.read_bytes()
    # the same size and time, but damaged: the scan saw it whole
    victim.location.path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    os.utime(victim.location.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    receipt = local(plan, tmp_path / "out").run()
    assert receipt.counts.stored + receipt.counts.refused == 12


@pytest.mark.usefixtures("threaded")
def test_a_file_that_became_another_patients_is_refused(folder: Path, tmp_path: Path) -> None:
    plan = plan_of(folder)
    victim = next(plan.instances()).instance.location.path
    status = victim.stat()
    write_instance(victim, patient=7, study=7)
    assert victim.stat().st_size == status.st_size
    os.utime(victim, ns=(status.st_atime_ns, status.st_mtime_ns))
    receipt = local(plan, tmp_path / "out").run()
    assert [(item.code, item.path) for item in receipt.items] == [(ReasonCode.CHANGED, str(victim))]


@pytest.mark.usefixtures("threaded")
def test_the_report_names_files_only_if_wanted_and_patients_only_if_asked(folder: Path, tmp_path: Path) -> None:
    (folder / "Möhrenfeld1" / "notes.txt").write_text("no image")
    plan = plan_of(folder)
    next(plan.instances()).instance.location.path.unlink()
    receipt = local(plan, tmp_path / "out", key_list=tmp_path / "keys.csv").run()
    assert "PAT-0000" not in receipt.to_json()
    assert "PAT-00001" in receipt.to_json(include_patient_ids=True)
    assert "notes.txt" in receipt.to_json()
    bare = receipt.to_json(include_paths=False)
    for word in ("Möhrenfeld", "notes.txt", "keys.csv", str(tmp_path)):
        assert word not in bare
    report = json.loads(bare)
    assert {item["code"] for item in report["items"]} == {"source-vanished", "not-dicom"}
    assert report["counts"]["left_out"] == 1
    assert report["complete"] is False


@pytest.mark.usefixtures("threaded")
def test_a_file_that_may_be_an_image_stands_before_those_that_are_none(folder: Path, tmp_path: Path) -> None:
    for name in ("a.dll", "b.dll"):
        (folder / name).write_text("no image")
    damaged = folder / "z.dcm"
    whole = next(folder.rglob("*.dcm")).read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    receipt = local(plan_of(folder), tmp_path / "out").run()
    assert [item.code for item in receipt.items] == ["damaged", "not-dicom", "not-dicom"]


@pytest.mark.usefixtures("threaded")
def test_held_blanked_released_and_left_out_series_are_in_the_receipt(folder: Path, tmp_path: Path) -> None:
    for series in (6, 7, 8, 9):
        write_instance(folder / f"us{series}.dcm", series=series, sop_class=UltrasoundImageStorage)
    write_instance(folder / "us_large.dcm", series=7, number=2, rows=20, sop_class=UltrasoundImageStorage)
    uid = f"{ROOT}.1.1."
    plan = make_plan(
        scan([folder]),
        InternalChoice("Radiology"),
        profile="research",
        site_key=SITE_KEY,
        released_series=frozenset({uid + "8"}),
        blanked_series={uid + "7": Blanking(16, 16, (Rectangle(2, 0, 9, 3),))},
        excluded_series=frozenset({uid + "9"}),
    )
    receipt = local(plan, tmp_path / "out").run()
    told = {
        (one.decision, one.series_instance_uid, one.count, one.stored, one.size, one.rectangles)
        for one in receipt.pictures
    }
    assert told == {
        ("held", plan.new_uid(uid + "6"), 1, 0, "", ()),
        ("held", plan.new_uid(uid + "7"), 1, 0, "", ()),
        ("blanked", plan.new_uid(uid + "7"), 1, 1, "16x16", ((2, 0, 9, 3),)),
        ("released", plan.new_uid(uid + "8"), 1, 1, "", ()),
        ("left-out", plan.new_uid(uid + "9"), 1, 0, "", ()),
    }
    assert not receipt.complete
    blanked = [path for path in (tmp_path / "out").rglob("*.dcm") if b"113101" in path.read_bytes()]
    (dataset,) = (pydicom.dcmread(path) for path in blanked)
    assert not dataset.pixel_array[0:3, 2:11].any()
    assert dataset.pixel_array[3:].any()
    report = json.loads(receipt.to_json())
    assert "patient_id" not in report["pictures"][0]


@pytest.mark.usefixtures("threaded")
def test_a_picture_that_can_not_be_blanked_after_all_is_refused(folder: Path, tmp_path: Path) -> None:
    path = write_instance(folder / "us.dcm", series=9, sop_class=UltrasoundImageStorage)
    dataset = pydicom.dcmread(path)
    dataset.PhotometricInterpretation = "HSV"
    dataset.save_as(path)
    plan = make_plan(
        scan([folder]),
        InternalChoice("Radiology"),
        profile="research",
        site_key=SITE_KEY,
        blanked_series={f"{ROOT}.1.1.9": Blanking(16, 16, (Rectangle(2, 0, 9, 3),))},
    )
    receipt = local(plan, tmp_path / "out").run()
    assert [item.code for item in receipt.items] == [ReasonCode.NOT_BLANKABLE]
    assert receipt.counts.stored == receipt.counts.found - 1


def test_lanes_that_blank_no_compressed_picture_import_neither_numpy_nor_pydicom() -> None:
    program = (
        "import sys; import adit_uploader.transfer.wire_lane, adit_uploader.transfer.folder_lane, "
        "adit_uploader.transfer.gate, adit_uploader.deid.blanking.pixels, adit_uploader.dicom.pictures.render; "
        "print([name for name in ('numpy', 'pydicom') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
