"""A whole upload with real lanes: what is written first, what goes on after a cut, what the receipt says."""

import csv
import multiprocessing
import os
import signal
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.messages import Policies
from adit_uploader.transfer.errors import (
    JobRefused,
    JournalUnusable,
    KeyListNotWritten,
    PlanOutdated,
    WrongToken,
)
from adit_uploader.transfer.events import Connected, Event, Finished, InstancesRefused, LaneReplaced, Progress
from adit_uploader.transfer.journal import InstanceState, JobState, Journal
from adit_uploader.transfer.plan import UploadPlan
from adit_uploader.transfer.receipt import Outcome, ReasonCode, RunState
from adit_uploader.transfer.upload import Upload
from tests.transfer.small_receiver import TOKEN, SmallReceiver
from tests.transfer.studies import plan_of, write_instance, write_studies


def upload(plan: UploadPlan, receiver: SmallReceiver, home: Path, **options: Any) -> Upload:
    values: dict[str, Any] = {"journal": home / "journal.sqlite", "lanes": 1} | options
    return Upload(plan, receiver, TOKEN, **values)


def lane_processes() -> list[int]:
    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]


def test_found_is_pseudonymized_is_sent_is_stored_is_delivered(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    events: list[Event] = []
    run = upload(plan_of(folder), receiver, tmp_path / "home", lanes=2, on_event=events.append)
    receipt = run.run()
    counts = receipt.counts
    assert (counts.found, counts.pseudonymized, counts.sent, counts.stored, counts.delivered) == (12,) * 5
    assert receipt.complete
    assert receipt.state is RunState.FINISHED
    assert receipt.items == ()
    assert {uid for _, uid in receiver.kept} == {one.sop_instance_uid for one in plan_of(folder).instances()}
    assert {job.part for job in receiver.jobs.values()} == {"control"}
    assert isinstance(events[-1], Finished)
    assert len([one for one in events if isinstance(one, Progress)]) < 200
    with Journal(tmp_path / "home" / "journal.sqlite") as journal:
        assert journal.counts(run.job) == {InstanceState.DELIVERED: 12}
        assert journal.jobs()[0].state is JobState.FINISHED
    assert not lane_processes()


@pytest.mark.usefixtures("threaded")
def test_the_key_list_is_there_before_the_first_byte(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    seen: list[list[dict[str, str]]] = []
    run = upload(plan_of(folder), receiver, tmp_path / "home")

    def look(event: Event) -> None:
        if isinstance(event, Connected):
            assert run.key_list_path is not None
            assert stat.S_IMODE(run.key_list_path.stat().st_mode) == 0o600
            with run.key_list_path.open(encoding="utf-8-sig", newline="") as file:
                seen.append(list(csv.DictReader(file)))
            assert not receiver.begun

    run._on_event = look
    receipt = run.run()
    assert [row["PatientID"] for row in seen[0]] == ["PAT-00001", "PAT-00002"]
    with Path(receipt.key_list).open(encoding="utf-8-sig", newline="") as file:
        assert [row["Sent"] for row in csv.DictReader(file)] == ["6 of 6", "6 of 6"]


def test_without_a_key_list_nothing_is_sent(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "key_lists").write_text("a file where a folder should be")
    with pytest.raises(KeyListNotWritten):
        upload(plan_of(folder), receiver, home).run()
    assert not receiver.jobs


def test_without_a_journal_nothing_is_sent(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    with pytest.raises(JournalUnusable):
        upload(plan_of(folder), receiver, tmp_path / "home").run()
    assert not receiver.jobs


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"modes": ("batch",)}, JobRefused),
        ({"destinations": ()}, JobRefused),
        ({"profiles": ("basic",)}, JobRefused),
        ({"policies": Policies(single_patient_only=True)}, JobRefused),
        ({"site_key": "ab" * 32}, PlanOutdated),
    ],
)
def test_what_the_receiver_does_not_allow_is_not_begun(
    receiver: SmallReceiver, folder: Path, tmp_path: Path, changes: dict[str, Any], error: type[Exception]
) -> None:
    receiver.welcome_changes = changes
    with pytest.raises(error):
        upload(plan_of(folder), receiver, tmp_path / "home").run()
    assert not receiver.jobs


def test_a_wrong_token_is_told_and_nothing_is_sent(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    receiver.close_with = CloseCode.TOKEN
    with pytest.raises(WrongToken):
        upload(plan_of(folder), receiver, tmp_path / "home").run()


def test_nothing_to_send_is_told_without_a_connection(receiver: SmallReceiver, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("no image")
    receipt = upload(plan_of(tmp_path / "in"), receiver, tmp_path / "home").run()
    assert not receipt.complete
    assert receipt.problem is not None
    assert receiver.connections == 0


@pytest.mark.usefixtures("threaded")
def test_a_paused_upload_goes_on_under_the_same_job(receiver: SmallReceiver, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", instances=40)
    run = upload(plan_of(folder), receiver, tmp_path / "home")
    receiver.on_store = lambda uid: run.pause()
    paused = run.run()
    assert paused.state is RunState.PAUSED
    assert not paused.complete
    assert paused.counts.stored < 160
    not_sent = [item for item in paused.items if item.outcome is Outcome.NOT_SENT]
    assert sum(item.count for item in not_sent) == 160 - paused.counts.stored

    receiver.on_store = lambda uid: None
    begun = len(receiver.begun)
    again = upload(plan_of(folder), receiver, tmp_path / "home")
    receipt = again.run()
    assert receipt.complete
    assert receipt.resumed
    assert again.job == run.job
    assert len(receiver.begun) - begun <= 160 - paused.counts.stored
    assert receipt.manifest_sha256 == upload(plan_of(folder), receiver, tmp_path / "other").run().manifest_sha256


@pytest.mark.usefixtures("threaded")
def test_sending_a_finished_one_again_is_a_new_job_with_the_same_bytes(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    first = upload(plan_of(folder), receiver, tmp_path / "home").run()
    second = upload(plan_of(folder), receiver, tmp_path / "home").run()
    assert second.complete
    assert first.job != second.job
    one, two = receiver.stored(first.job), receiver.stored(second.job)
    assert {uid: kept.data for uid, kept in one.items()} == {uid: kept.data for uid, kept in two.items()}
    assert first.manifest_sha256 == second.manifest_sha256


@pytest.mark.usefixtures("threaded")
def test_a_job_that_the_receiver_has_ended_begins_anew(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    run = upload(plan_of(folder), receiver, tmp_path / "home")
    receiver.on_store = lambda uid: run.pause()
    run.run()
    receiver.on_store = lambda uid: None
    receiver.canceled.add(run.job)
    again = upload(plan_of(folder), receiver, tmp_path / "home")
    assert again.run().complete
    assert again.job != run.job


@pytest.mark.usefixtures("threaded")
def test_cancel_ends_soon_and_tells_the_receiver(receiver: SmallReceiver, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", instances=40)
    run = upload(plan_of(folder), receiver, tmp_path / "home")
    receiver.on_store = lambda uid: run.cancel()
    receipt = run.run()
    assert receipt.state is RunState.CANCELED
    assert receiver.canceled == {run.job}
    assert not receipt.complete
    assert not lane_processes()


def test_a_lane_that_is_killed_is_replaced_and_nothing_is_missing(receiver: SmallReceiver, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", instances=30)
    events: list[Event] = []
    killed = threading.Event()

    def kill(uid: str) -> None:
        if len(receiver.kept) == 20 and not killed.is_set():
            killed.set()
            os.kill(lane_processes()[0], signal.SIGKILL)

    receiver.on_store = kill
    receipt = upload(plan_of(folder), receiver, tmp_path / "home", on_event=events.append).run()
    assert killed.is_set()
    assert [one for one in events if isinstance(one, LaneReplaced)]
    assert receipt.complete
    assert receipt.counts.stored == 120 == len(receiver.kept)


def test_an_instance_over_which_two_lanes_end_is_refused_with_its_name(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    bad = write_instance(folder / "large.dcm", patient=1, series=5, rows=512)
    plan = plan_of(folder)
    uid = next(one.sop_instance_uid for one in plan.instances() if one.instance.location.path == bad)
    receiver.credit = 128 * 1024
    receiver.withhold.add(uid)
    kills: list[int] = []
    events: list[Event] = []

    def kill(event: Event) -> None:
        events.append(event)
        begun = [begin.sop_instance_uid for begin in receiver.begun].count(uid)
        # the lane waits for credit in the middle of it
        if isinstance(event, Progress) and begun > len(kills) and (pids := lane_processes()):
            kills.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    receipt = upload(plan, receiver, tmp_path / "home", on_event=kill).run()
    assert len(kills) == 2
    assert [(item.code, item.path) for item in receipt.items] == [(ReasonCode.CRASHED, str(bad))]
    assert receipt.counts.stored == 12
    assert not receipt.complete


@pytest.mark.usefixtures("threaded")
def test_refused_by_the_receiver_is_named_and_makes_it_incomplete(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    plan = plan_of(folder)
    first = next(plan.instances())
    receiver.refuse[first.sop_instance_uid] = (RefusalCode.PSEUDONYM_MISMATCH, 9)
    events: list[Event] = []
    receipt = upload(plan, receiver, tmp_path / "home", on_event=events.append).run()
    assert not receipt.complete
    assert receipt.state is RunState.FINISHED
    assert (receipt.counts.stored, receipt.counts.refused, receipt.counts.delivered) == (11, 1, 11)
    assert [(item.code, item.path) for item in receipt.items] == [
        ("pseudonym-mismatch", str(first.instance.location.path))
    ]
    assert [item for one in events if isinstance(one, InstancesRefused) for item in one.items] == list(receipt.items)
    told = receiver.finished[receipt.job].counts
    assert (told.found, told.sent, told.stored, told.refused) == (12, 12, 11, 1)


@pytest.mark.usefixtures("threaded")
def test_a_destination_that_does_not_answer_does_not_block(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    receiver.deliver = False
    receiver.task_message = "The destination does not answer; it is tried again."
    receipt = upload(plan_of(folder), receiver, tmp_path / "home", patience=0.3).run()
    assert receipt.waiting
    assert not receipt.complete
    assert (receipt.counts.stored, receipt.counts.delivered) == (12, 0)
    assert "waiting for the destination" in receipt.sentence


@pytest.mark.usefixtures("threaded")
def test_one_that_ended_before_its_delivery_goes_on_watching_and_sends_nothing_twice(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    receiver.deliver = False
    first = upload(plan_of(folder), receiver, tmp_path / "home", wait_for_delivery=False).run()
    begun = len(receiver.begun)
    receiver.deliver = True
    second = upload(plan_of(folder), receiver, tmp_path / "home").run()
    assert second.complete
    assert second.job == first.job
    assert len(receiver.begun) == begun
    third = upload(plan_of(folder), receiver, tmp_path / "home").run()
    assert third.job != first.job


@pytest.mark.usefixtures("threaded")
def test_what_was_refused_goes_with_a_new_job(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    uid = next(plan_of(folder).instances()).sop_instance_uid
    receiver.refuse[uid] = (RefusalCode.FORBIDDEN_ELEMENT, 1)
    first = upload(plan_of(folder), receiver, tmp_path / "home", wait_for_delivery=False).run()
    assert first.counts.refused == 1
    second = upload(plan_of(folder), receiver, tmp_path / "home").run()
    assert second.complete
    assert second.job != first.job


@pytest.mark.usefixtures("threaded")
def test_a_delivery_that_stands_still_without_a_word_does_not_block(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    receiver.deliver = False
    receipt = upload(plan_of(folder), receiver, tmp_path / "home", patience=0.02).run()
    assert receipt.waiting


@pytest.mark.usefixtures("threaded")
def test_who_does_not_want_to_wait_does_not(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    receiver.deliver = False
    receipt = upload(plan_of(folder), receiver, tmp_path / "home", wait_for_delivery=False).run()
    assert not receipt.complete
    assert receipt.state is RunState.FINISHED


@pytest.mark.usefixtures("threaded")
def test_a_source_that_changed_since_the_scan_is_refused(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    plan = plan_of(folder)
    paths = [one.instance.location.path for one in plan.instances()]
    paths[0].unlink()
    os.utime(paths[1], ns=(1, 1))
    receipt = upload(plan, receiver, tmp_path / "home").run()
    assert {item.path: item.code for item in receipt.items} == {
        str(paths[0]): ReasonCode.VANISHED,
        str(paths[1]): ReasonCode.CHANGED,
    }
    assert receipt.counts.stored == 10
