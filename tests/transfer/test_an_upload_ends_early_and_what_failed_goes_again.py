"""Studies under way come whole when the user wants nothing more; what did not arrive is planned again as it was."""

import threading
from pathlib import Path
from typing import Any

import pytest

from adit_uploader.transfer.events import Connected, Event, SeriesMoved
from adit_uploader.transfer.handout import HandOut, PlanIndex
from adit_uploader.transfer.journal import JobState, Journal
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.plan import UploadPlan
from adit_uploader.transfer.receipt import Outcome, ReasonCode, RunState
from adit_uploader.transfer.upload import Upload
from tests.transfer.small_receiver import TOKEN, SmallReceiver
from tests.transfer.studies import plan_of, write_studies

pytestmark = pytest.mark.usefixtures("threaded")


def upload(plan: UploadPlan, receiver: SmallReceiver, home: Path, **options: Any) -> Upload:
    values: dict[str, Any] = {"journal": home / "journal.sqlite", "lanes": 1} | options
    return Upload(plan, receiver, TOKEN, **values)


def test_only_studies_that_were_begun_are_handed_out_to_their_end(folder: Path) -> None:
    index = PlanIndex(plan_of(folder))
    handout = HandOut(index)
    first = handout.next(0, 1)
    assert first is not None
    study = index.study(first.items[0].number)
    handout.only_begun()
    given = [item.number for item in first.items]
    while (work := handout.next(0)) is not None:
        given += [item.number for item in work.items]
    assert {index.study(number) for number in given} == {study}
    assert len(given) == sum(index.study(number) == study for number in range(index.count))
    assert len(given) < index.count
    for number in given:
        assert not handout.done
        handout.settled(0, number)
    assert handout.done


def test_what_an_earlier_run_began_is_not_left_half(folder: Path) -> None:
    index = PlanIndex(plan_of(folder))
    handout = HandOut(index, begun=(index.count - 1,))
    handout.only_begun()
    given: list[int] = []
    while (work := handout.next(0)) is not None:
        given += [item.number for item in work.items]
    assert {index.study(number) for number in given} == {index.study(index.count - 1)}


def test_the_studies_under_way_are_finished_and_delivered_and_the_rest_is_said(
    receiver: SmallReceiver, tmp_path: Path
) -> None:
    plan = plan_of(write_studies(tmp_path / "studies", patients=30, instances=4))
    home = tmp_path / "home"

    def end_soon(event: Event) -> None:
        if isinstance(event, SeriesMoved):
            run.finish_current()

    run = upload(plan, receiver, home, on_event=end_soon, line=Line(rate=100_000))
    receipt = run.run()
    assert receipt.state is RunState.FINISHED
    assert receipt.problem is None
    assert 0 < receipt.counts.stored < receipt.counts.found
    assert receipt.counts.delivered == receipt.counts.stored
    assert not receipt.complete
    assert {item.code for item in receipt.items} == {ReasonCode.STOPPED}
    assert {item.outcome for item in receipt.items} == {Outcome.NOT_SENT}
    kept = {uid for _, uid in receiver.kept}
    by_study: dict[str, list[bool]] = {}
    for one in plan.instances():
        by_study.setdefault(one.study_instance_uid, []).append(one.sop_instance_uid in kept)
    assert all(len(set(arrived)) == 1 for arrived in by_study.values())  # each whole, or not at all
    with Journal(home / "journal.sqlite") as journal:
        assert journal.jobs()[0].state is JobState.FINISHED
    again = upload(plan, receiver, home)
    assert again.run().complete


def test_nothing_begun_and_nothing_wanted_is_a_cancelled_job(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    run = upload(plan_of(folder), receiver, tmp_path / "home")

    def end_at_once(event: Event) -> None:
        if isinstance(event, Connected):
            run.finish_current()

    run._on_event = end_at_once
    receipt = run.run()
    assert receipt.state is RunState.CANCELED
    assert receipt.counts.stored == 0
    assert not receiver.kept


def test_each_series_is_told_to_its_end(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    plan = plan_of(folder)
    upload(plan, receiver, tmp_path / "home", on_event=events.append).run()
    seen: dict[int, tuple[int, int]] = {}
    for event in events:
        if isinstance(event, SeriesMoved):
            seen |= {one.position: (one.stored, one.refused) for one in event.series}
    lengths = [
        len(series.instances)
        for planned in plan.patients
        for study in planned.patient.studies
        for series in study.series
    ]
    assert seen == {position: (length, 0) for position, length in enumerate(lengths)}


def test_a_part_of_a_plan_keeps_names_uids_and_what_is_searched_for(folder: Path) -> None:
    plan = plan_of(folder)
    one = list(plan.instances())[-1]
    part = plan.only(lambda instance: instance is one.instance)
    assert list(part.instances()) == [one]
    assert (part.counts.to_send, part.counts.patients, part.counts.found) == (1, 1, 1)
    assert part.counts.bytes_to_send == one.instance.size
    assert part.patients[0].secrets is plan.patients[-1].secrets
    assert part.fingerprint("server") != plan.fingerprint("server")


def test_a_pause_ends_the_run_and_the_same_plan_goes_on(receiver: SmallReceiver, folder: Path, tmp_path: Path) -> None:
    told = threading.Event()
    run = upload(plan_of(folder), receiver, tmp_path / "home")

    def pause(event: Event) -> None:
        if isinstance(event, Connected):
            told.set()
            run.pause()

    run._on_event = pause
    assert run.run().state is RunState.PAUSED
    assert told.is_set()
    again = upload(plan_of(folder), receiver, tmp_path / "home")
    receipt = again.run()
    assert receipt.complete
    assert again.job == run.job
