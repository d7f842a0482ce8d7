"""From the desk to the plan: the first reason why Send can't be pressed, held series, stale plans."""

from dataclasses import replace
from unittest.mock import Mock

import pytest

from adit_uploader.desktop.controllers import planning
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.planning import PlanningController
from adit_uploader.desktop.values import RowState, SendBlock, SendState, Sent
from adit_uploader.protocol.messages import Policies
from adit_uploader.pseudonyms.choice import FixedChoice, InternalChoice, NoneChoice
from adit_uploader.pseudonyms.internal import internal_pseudonym
from adit_uploader.pseudonyms.mode import Mode
from tests.desktop.parts import ONE, TWO, WITH_ULTRASOUND, inventory, patient, signed_in, welcome
from tests.desktop.room import Room

ULTRASOUND = "1.2.3.1.2"


@pytest.fixture
def controller(room: Room) -> PlanningController:
    room.desk.account = signed_in()
    room.desk.destination = "archive"
    room.desk.inventory = TWO
    room.desk.mode = Mode.INTERNAL
    room.desk.choice, room.desk.choice_block = InternalChoice("Radiology"), None
    return PlanningController(
        room.desk, page=room.page, mode=room.mode, button=room.button, gateway=room.gateway, words=room.words
    )


def now(room: Room) -> SendState:
    state = room.last(room.button.set_state)
    assert isinstance(state, SendState)
    return state


def release(room: Room, *series: str) -> None:
    room.desk.released = frozenset(series)
    room.desk.tell(Change.RELEASED)


def test_a_plan_is_shown_and_can_be_sent(room: Room, controller: PlanningController) -> None:
    room.desk.tell(Change.CHOICE)
    assert now(room).block is SendBlock.PLANNING
    room.gateway.finish()
    state = now(room)
    assert state.possible
    assert (state.totals.patients, state.totals.studies, state.totals.instances) == (2, 2, 4)
    pseudonyms, states = room.page.set_outcome.call_args.args
    assert pseudonyms["1001"] == internal_pseudonym("Radiology", "1001")
    assert set(states.values()) == {RowState.SENT}


@pytest.mark.parametrize(
    ("missing", "block"),
    [
        ("inventory", SendBlock.NOTHING_FOUND),
        ("account", SendBlock.SIGNED_OUT),
        ("destination", SendBlock.NO_DESTINATION),
        ("choice", SendBlock.NO_MODE),
        ("idle", SendBlock.SENDING),
        ("found", SendBlock.SCANNING),
    ],
)
def test_the_first_thing_that_is_missing_is_named(
    room: Room, controller: PlanningController, missing: str, block: SendBlock
) -> None:
    desk = room.desk
    match missing:
        case "inventory":
            desk.inventory = inventory()
        case "account":
            desk.account = None
        case "destination":
            desk.destination = ""
        case "choice":
            desk.choice, desk.choice_block = None, SendBlock.NO_MODE
        case "idle":
            desk.sending = True
        case "found":
            desk.scanning = True
    desk.tell(Change.CHOICE)
    room.gateway.finish()
    assert now(room).block is block


def test_a_held_series_waits_for_a_word_and_is_sent_after_it(room: Room, controller: PlanningController) -> None:
    room.desk.inventory = WITH_ULTRASOUND
    room.desk.tell(Change.INVENTORY)
    room.gateway.finish()
    (held,) = room.last(room.page.set_held)
    assert (held.key, held.release, held.forbidden) == (ULTRASOUND, False, False)
    assert now(room).totals.instances == 2
    release(room, ULTRASOUND)
    room.gateway.finish()
    (released,) = room.last(room.page.set_held)
    assert released.release
    assert now(room).totals.instances == 3
    release(room)
    room.gateway.finish()
    assert now(room).totals.instances == 2


def test_a_server_that_never_takes_held_series_is_obeyed(room: Room, controller: PlanningController) -> None:
    room.desk.account = signed_in(welcome(policies=Policies(burned_in="never")))
    room.desk.inventory = WITH_ULTRASOUND
    release(room, ULTRASOUND)
    room.gateway.finish()
    (held,) = room.last(room.page.set_held)
    assert held.forbidden
    assert not held.release
    assert now(room).totals.instances == 2


def test_a_mode_that_does_not_fit_says_why_and_blocks(room: Room, controller: PlanningController) -> None:
    room.desk.mode, room.desk.choice = Mode.FIXED, FixedChoice("P1")
    room.desk.tell(Change.CHOICE)
    room.gateway.finish()
    assert room.last(room.mode.set_wrong).title == "A fixed pseudonym is for one patient only"
    assert now(room).block is SendBlock.CHOICE_REFUSED


def test_patients_without_an_id_are_named_and_block_if_nobody_is_left(
    room: Room, controller: PlanningController
) -> None:
    room.desk.inventory = inventory(patient("", root="1.2.3"))
    room.desk.tell(Change.INVENTORY)
    room.gateway.finish()
    (refused,) = room.last(room.page.set_refused)
    assert refused.what == "(no PatientID)"
    assert now(room).block is SendBlock.ALL_REFUSED


def test_a_plan_for_what_is_no_longer_there_is_dropped(room: Room, controller: PlanningController) -> None:
    room.desk.tell(Change.CHOICE)
    room.desk.inventory = ONE
    room.desk.tell(Change.INVENTORY)
    room.gateway.finish_one()
    assert room.desk.plan is None
    assert now(room).block is SendBlock.PLANNING
    room.gateway.finish()
    assert room.desk.plan is not None
    assert room.desk.plan.counts.patients == 1


def test_a_plan_under_way_is_not_shown_after_signing_out(room: Room, controller: PlanningController) -> None:
    room.desk.tell(Change.CHOICE)
    room.desk.account = None
    room.desk.tell(Change.ACCOUNT)
    room.gateway.finish()
    assert room.desk.plan is None
    assert now(room).block is SendBlock.SIGNED_OUT


def test_a_fault_in_planning_is_explained_without_values(
    room: Room, controller: PlanningController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "make_plan", Mock(side_effect=LookupError("Müller^Anna")))
    room.desk.tell(Change.CHOICE)
    room.gateway.finish()
    wrong = room.last(room.mode.set_wrong)
    assert "LookupError" in wrong.message
    assert "Müller" not in wrong.title + wrong.message
    assert not now(room).possible


def test_in_mode_none_the_pseudonym_is_the_patient_id(room: Room, controller: PlanningController) -> None:
    room.desk.mode, room.desk.choice = Mode.NONE, NoneChoice()
    room.desk.tell(Change.CHOICE)
    room.gateway.finish()
    assert room.page.set_outcome.call_args.args[0] == {"1001": "1001", "0002734": "0002734"}
    assert now(room).mode is Mode.NONE


def test_what_was_sent_is_not_offered_again_until_something_changes(room: Room, controller: PlanningController) -> None:
    room.desk.tell(Change.CHOICE)
    room.gateway.finish()
    room.desk.sent = Sent.WHOLE
    room.desk.tell(Change.SENDING)
    assert now(room).block is SendBlock.SENT
    assert now(room).totals.studies == 0
    room.desk.sent = Sent.PARTLY
    room.desk.tell(Change.SENDING)
    assert now(room).possible
    assert now(room).again
    room.desk.tell(Change.CHOICE)
    room.gateway.finish()
    assert now(room).possible
    assert not now(room).again


def test_two_names_under_one_id_are_a_warning_and_no_obstacle(room: Room, controller: PlanningController) -> None:
    mixed = patient("1001", root="1.2.3", name="Müller^Anna")
    room.desk.inventory = inventory(replace(mixed, names=("Müller^Anna", "Jäger^Bernd")))
    room.desk.tell(Change.INVENTORY)
    room.gateway.finish()
    (warning,) = room.last(room.page.set_warnings)
    assert warning.what == "1001"
    assert warning.why.startswith("Different names under this PatientID")
    assert now(room).possible


def test_one_person_under_two_ids_and_what_was_pseudonymized_before_are_said(
    room: Room, controller: PlanningController
) -> None:
    first, other = (
        replace(patient(key, root=root, name="Müller^Anna"), birth_dates=("19700101",))
        for key, root in (("1001", "1.2.3"), ("2002", "1.2.4"))
    )
    (study,) = other.studies
    (series,) = study.series
    done = tuple(replace(one, patient_identity_removed="YES") for one in series.instances)
    other = replace(other, studies=(replace(study, series=(replace(series, instances=done),)),))
    room.desk.inventory = inventory(first, other)
    room.desk.tell(Change.INVENTORY)
    room.gateway.finish()
    same, before = room.last(room.page.set_warnings)
    assert (same.what, same.patient) == ("1001, 2002", "1001")
    assert "several PatientIDs" in same.why
    assert (before.what, before.patient) == ("2002", "2002")
    assert before.why.startswith("Already pseudonymized")
    assert now(room).possible
    room.desk.excluded = frozenset({"1.2.4.1.1"})
    room.desk.tell(Change.EXCLUDED)
    room.gateway.finish()
    assert not room.last(room.page.set_warnings)
