"""The receipt of a job's latest run stays in the journal, and can be brought up to date."""

from dataclasses import replace
from pathlib import Path

import pytest

from adit_uploader.protocol.messages import TaskInfo
from adit_uploader.transfer.journal import Journal
from adit_uploader.transfer.receipt import Decision, Item, Outcome, PictureSeries, Problem, RunState
from adit_uploader.transfer.receipt_file import receipt_of, receipt_text, with_tasks
from adit_uploader.transfer.run_record import Ending, RunRecord, ignore
from adit_uploader.transfer.upload import Upload
from tests.transfer.small_receiver import TOKEN, SmallReceiver
from tests.transfer.studies import plan_of


@pytest.mark.usefixtures("threaded")
def test_what_the_journal_keeps_is_the_receipt_and_who_and_what_was_sent(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "journal.sqlite3"
    plan = plan_of(folder)
    receipt = Upload(plan, receiver, TOKEN, journal=path).run()
    with Journal(path) as journal:
        assert receipt_of(journal.receipt(receipt.job)) == receipt
        assert journal.jobs()[0].has_receipt
        studies = journal.studies_sent(receiver.key, "ada")
        assert set(studies) == {one.study_instance_uid for one in plan.instances()}
        assert journal.studies_sent(receiver.key, "somebody else") == {}
        assert journal.studies_sent("wss://elsewhere:443", "ada") == {}
        (study, *_) = studies
        failed = journal.failed(receipt.job, [study])
        assert {path for path, _ in failed} == {
            str(one.instance.location.path) for one in plan.instances() if one.study_instance_uid == study
        }
        first, last = journal.bounds(receipt.job)
        assert Path(first).is_relative_to(folder)
        assert first < last


def test_everything_that_a_receipt_can_hold_comes_back(folder: Path) -> None:
    plain = RunRecord("upload", plan_of(folder), ignore).receipt(Ending(RunState.INTERRUPTED))
    full = replace(
        plain,
        items=(Item(Outcome.HELD, "us", "held", path="/made-up/\udcff.dcm", patient_id="1"),),
        problem=Problem("a", "b"),
        tasks=(TaskInfo("1.2", "p", "FA", 3, 2, 1, 4, "why"),),
        pictures=(PictureSeries(Decision.BLANKED, "r", "m", 1, 1, "3x4", ((1, 2, 3, 4),), "1.2", "1"),),
    )
    assert receipt_of(receipt_text(full)) == full
    for strange in (
        "",
        "{",
        "{}",
        "[]",
        "null",
        receipt_text(full).replace('"outcome": "held"', '"outcome": "of another version"'),
    ):
        assert receipt_of(strange) is None


@pytest.mark.usefixtures("threaded")
def test_a_delivery_that_went_on_after_the_run_completes_the_receipt(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    receiver.deliver = False
    run = Upload(plan_of(folder), receiver, TOKEN, journal=tmp_path / "j.sqlite3", wait_for_delivery=False)
    receipt = run.run()
    assert not receipt.complete
    now = tuple(
        TaskInfo(task.study_instance_uid, task.patient_id, "SU", task.stored, task.stored)
        for task in receiver.tasks(receipt.job).tasks
    )
    done = with_tasks(receipt, now)
    assert done.complete
    assert done.counts.delivered == receipt.counts.found
    assert not done.waiting
    lost = replace(receipt, items=(Item(Outcome.LEFT_OUT, "damaged", ""),))
    assert not with_tasks(lost, now).complete
    assert not with_tasks(receipt, now[:1]).complete
