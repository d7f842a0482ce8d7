"""What the user leaves out: kept over drops and modes, named in as few rows as say it, and never sent."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from adit_uploader.account.settings import Settings
from adit_uploader.demo.receiver import loopback_receiver
from adit_uploader.demo.studies import make_demo_studies
from adit_uploader.desktop.controllers.choosing import ChoosingController, carried_over, named
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.planning import PlanningController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.picture import NothingKept, leave
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.values import RowState, SendBlock
from adit_uploader.desktop.views.inventory_view import InventoryView
from adit_uploader.desktop.wiring import build
from adit_uploader.dicom.inventory import Inventory, Patient, Series, Study
from adit_uploader.pseudonyms.choice import FixedChoice, InternalChoice
from adit_uploader.pseudonyms.mode import Mode
from tests.desktop.parts import TWO, instance, inventory, patient, signed_in
from tests.desktop.room import Room

FIRST, SECOND = "1.2.3.1.1", "1.2.4.1.1"


def made(**studies: dict[str, int]) -> Inventory:
    """Patients by name, with the images of each series by its UID."""
    return Inventory(
        tuple(
            Patient(name, (), (), (), tuple(Study(uid, "", "", (one_series(name, uid, n),)) for uid, n in each.items()))
            for name, each in studies.items()
        )
    )


def one_series(name: str, study: str, images: int) -> Series:
    uid = f"{study}.1"
    return Series(uid, "CT", "", 1, tuple(instance(name, uid, number) for number in range(images)))


@pytest.fixture
def controller(room: Room) -> ChoosingController:
    room.desk.account = signed_in()
    room.desk.destination = "archive"
    room.desk.mode = Mode.INTERNAL
    room.desk.choice, room.desk.choice_block = InternalChoice("Radiology"), None
    choosing = ChoosingController(room.desk, page=room.page)
    PlanningController(
        room.desk, page=room.page, mode=room.mode, button=room.button, gateway=room.gateway, words=room.words
    )
    put(room, TWO)
    return choosing


def put(room: Room, found: Inventory) -> None:
    room.desk.inventory = found
    room.desk.tell(Change.INVENTORY)
    room.gateway.finish()


def test_what_is_left_out_is_not_planned_and_is_named_and_the_button_counts_the_rest(
    room: Room, controller: ChoosingController
) -> None:
    controller.tick(frozenset({FIRST}), False)
    room.gateway.finish()
    plan = room.desk.plan
    assert plan is not None
    assert [one.patient.patient_id for one in plan.patients] == ["0002734"]
    assert (plan.counts.to_send, plan.counts.not_chosen) == (2, 2)
    assert [row.patient_id for row in plan.key_list().rows] == ["0002734"]
    assert room.page.set_outcome.call_args.args[1] == {FIRST: RowState.EXCLUDED, SECOND: RowState.SENT}
    keys, names = room.page.set_excluded.call_args.args
    assert keys == {FIRST}
    assert [(one.rows[-1], one.images) for one in names] == [(TWO.patients[0], 2)]
    state = room.last(room.button.set_state)
    assert (state.totals.patients, state.totals.instances) == (1, 2)  # type: ignore[attr-defined]
    controller.tick(frozenset({FIRST}), True)
    room.gateway.finish()
    assert room.desk.plan is not None
    assert room.desk.plan.counts.to_send == 4


def test_it_stays_left_out_in_another_mode(room: Room, controller: ChoosingController) -> None:
    controller.tick(frozenset({FIRST}), False)
    room.desk.mode, room.desk.choice = Mode.FIXED, FixedChoice("Study-17")
    room.desk.tell(Change.CHOICE)
    room.gateway.finish()
    assert room.desk.plan is not None
    assert [one.patient.patient_id for one in room.desk.plan.patients] == ["0002734"]


def test_only_some_are_sent(room: Room, controller: ChoosingController) -> None:
    controller.only(frozenset({SECOND}))
    room.gateway.finish()
    assert room.desk.excluded == {FIRST}


def test_where_all_is_left_out_nothing_can_be_sent_and_the_reason_is_said(
    room: Room, controller: ChoosingController
) -> None:
    controller.tick(frozenset({FIRST, SECOND}), False)
    room.gateway.finish()
    assert room.desk.plan is None
    assert room.last(room.button.set_state).block is SendBlock.ALL_EXCLUDED  # type: ignore[attr-defined]


def test_nothing_changes_while_an_upload_runs(room: Room, controller: ChoosingController) -> None:
    room.desk.sending = True
    controller.tick(frozenset({FIRST}), False)
    assert not room.desk.excluded


def test_another_drop_keeps_it_and_an_empty_desk_forgets_it(room: Room, controller: ChoosingController) -> None:
    controller.tick(frozenset({FIRST}), False)
    put(room, inventory(*TWO.patients, patient("3", root="1.2.5")))
    assert room.desk.excluded == {FIRST}
    assert room.desk.plan is not None
    assert room.desk.plan.counts.to_send == 4
    put(room, inventory())
    assert not room.desk.excluded
    put(room, TWO)
    assert not room.desk.excluded


def test_what_comes_new_into_a_patient_or_study_that_is_out_whole_is_out_too() -> None:
    before = made(A={"1.1": 1}, B={"2.1": 1, "2.2": 1})
    after = made(A={"1.1": 1, "1.2": 1}, B={"2.1": 2, "2.2": 1, "2.3": 1}, C={"3.1": 1})
    assert carried_over(before, frozenset({"1.1.1", "2.1.1"}), after) == {"1.1.1", "1.2.1", "2.1.1"}


def test_whole_patients_and_studies_are_named_as_one() -> None:
    found = made(A={"1.1": 3, "1.2": 4}, B={"2.1": 5, "2.2": 6})
    names = named(found, frozenset({"1.1.1", "1.2.1", "2.2.1"}))
    assert [(len(one.rows), one.images) for one in names] == [(1, 7), (2, 6)]


def test_what_was_unticked_in_the_window_never_reaches_the_receiver(
    tmp_path: Path,
    no_leaks: None,
    languages: Languages,
    monkeypatch: pytest.MonkeyPatch,
    until: Callable[[Callable[[], bool]], None],
) -> None:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))
    studies = tmp_path / "studies"
    studies.mkdir()
    make_demo_studies(studies)
    services = replace(real_services(Settings()), tokens=NothingKept(), save_settings=leave)
    with loopback_receiver(tmp_path) as receiver:
        program = build(Settings(language="en"), services, languages)
        try:
            program.window.show()
            program.account.sign_in(receiver.url, receiver.token_file.read_text().strip())
            program.add([studies])
            until(lambda: program.background.idle)
            program.naming.choose(Mode.INTERNAL)
            until(lambda: program.background.idle)
            whole = program.desk.plan
            assert whole is not None
            (tree,) = program.window.check.findChildren(InventoryView)
            tree.setCurrentIndex(tree.model().index(0, 2))
            QTest.keyClick(tree, Qt.Key.Key_Space)
            until(lambda: program.background.idle)
            plan = program.desk.plan
            assert plan is not None
            out = [
                one for one in program.desk.inventory.instances() if one.series_instance_uid in program.desk.excluded
            ]
            assert {one.patient_id for one in out} == {program.desk.inventory.patients[0].patient_id}
            program.sending.send()
            until(lambda: program.background.idle)
        finally:
            program.close()
            program.window.set_unsaved(0)  # else it asks for the key list first
            program.window.close()
            program.window.deleteLater()
    arrived = {str(pydicom.dcmread(path).SOPInstanceUID) for path in tmp_path.rglob("delivered/**/*.dcm")}
    assert len(arrived) == plan.counts.to_send
    assert not arrived & {plan.new_uid(one.sop_instance_uid) for one in out}
