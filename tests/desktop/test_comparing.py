"""Before and after in the window: the newest instance counts, the table finds and filters, the whole way is real."""

from pathlib import Path
from unittest.mock import Mock

import pydicom
import pytest
from PySide6.QtCore import QCoreApplication, QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from adit_uploader.deid.comparison import Basis, Fate, Line, Rule, Why
from adit_uploader.deid.element_text import Value
from adit_uploader.demo.studies import make_demo_studies
from adit_uploader.desktop.controllers.choosing import ChoosingController
from adit_uploader.desktop.controllers.comparing import ComparingController
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.planning import PlanningController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.models.comparison_table import ComparisonTable, Show
from adit_uploader.desktop.values import RowState
from adit_uploader.desktop.views.comparison import Comparison
from adit_uploader.desktop.views.inventory_view import InventoryView
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.words import rules
from adit_uploader.dicom.scan import scan
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.pseudonyms.mode import Mode
from tests.desktop.parts import signed_in
from tests.desktop.room import Room
from tests.desktop.states.checking import checking, comparing
from tests.desktop.states.made_up import FOUND

# the platform without a screen says that it cannot pass sizes on to a window manager
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.fixture
def view() -> Mock:
    return Mock(spec=Comparison)


@pytest.fixture
def controller(room: Room, view: Mock, tmp_path: Path) -> ComparingController:
    make_demo_studies(tmp_path)
    desk = room.desk
    desk.account, desk.destination, desk.mode = signed_in(), "archive", Mode.INTERNAL
    desk.choice, desk.choice_block = InternalChoice("Radiology"), None
    ChoosingController(desk, page=room.page)
    PlanningController(desk, page=room.page, mode=room.mode, button=room.button, gateway=room.gateway, words=room.words)
    made = ComparingController(
        desk, view=view, gateway=room.gateway, render=Mock(return_value="picture"), words=room.words
    )
    desk.inventory = scan([tmp_path])
    desk.tell(Change.INVENTORY)
    room.gateway.finish()
    return made


def test_a_row_opens_its_first_image_with_the_real_new_values(
    room: Room, view: Mock, controller: ComparingController
) -> None:
    patient = room.desk.inventory.patients[0]
    controller.look_at((patient,))
    room.gateway.finish()
    state = view.show_comparison.call_args.args[0]
    assert (state.rows[0], state.rows[2], state.place) == (patient, patient.studies[0].series[0], 0)
    compared = view.set_lines.call_args.args[0]
    name = next(one for one in compared.lines if one.keyword == "PatientName")
    source = pydicom.dcmread(state.rows[2].instances[0].location.path)
    plan = room.desk.plan
    assert plan is not None
    assert (name.before.text, name.after.text) == (str(source.PatientName), plan.patients[0].pseudonym)
    view.set_picture.assert_called_with("picture", "")


def test_whoever_slides_fast_sees_the_place_where_they_stopped(
    room: Room, view: Mock, controller: ComparingController
) -> None:
    series = room.desk.inventory.patients[0].studies[0].series[0]
    controller.look_at((room.desk.inventory.patients[0],))
    for place in range(1, len(series.instances)):
        controller.show(place)
    assert len(room.gateway.waiting) == 2  # one instance and one picture under way, however many were passed
    room.gateway.finish()
    (compared,) = [call.args[0] for call in view.set_lines.call_args_list]
    number = next(one for one in compared.lines if one.keyword == "SOPInstanceUID")
    assert number.before.text == series.instances[-1].sop_instance_uid


def test_a_change_of_the_plan_is_seen_at_once_and_nothing_is_shown_after_closing(
    room: Room, view: Mock, controller: ComparingController
) -> None:
    patient = room.desk.inventory.patients[0]
    controller.look_at((patient,))
    room.gateway.finish()
    view.reset_mock()
    room.desk.excluded = frozenset({patient.studies[0].series[0].series_instance_uid})
    room.desk.tell(Change.EXCLUDED)
    room.gateway.finish()
    assert view.show_comparison.call_args.args[0].fate is RowState.EXCLUDED
    assert view.set_lines.call_args.args[0].lines
    controller.close()
    view.reset_mock()
    room.desk.tell(Change.CHOICE)
    room.gateway.finish()
    assert not view.mock_calls


def test_without_a_pseudonym_it_is_said_why_nothing_is_compared(
    room: Room, view: Mock, controller: ComparingController
) -> None:
    room.desk.account = None
    room.desk.tell(Change.ACCOUNT)
    controller.look_at((room.desk.inventory.patients[0],))
    room.gateway.finish()
    assert view.set_lines.call_args.args[0] is None
    assert "nothing to compare" in view.set_lines.call_args.args[1]


def test_a_file_that_is_gone_is_explained(room: Room, view: Mock, controller: ComparingController) -> None:
    for one in room.desk.inventory.instances():
        one.location.path.unlink()
    controller.look_at((room.desk.inventory.patients[0],))
    room.gateway.finish()
    lines, text = view.set_lines.call_args.args
    assert lines is None
    assert "no longer there" in text


KEPT, GONE = Value("kept", whole="kept"), Value("Müller", whole="x")
LINES = (
    Line(0x00081140, "SQ", 0, -1, 0, Value(items=1), Value(items=1), Fate.CHANGED, Rule(Why.ITEMS)),
    Line(0x00080100, "SH", 1, 0, 1, KEPT, KEPT, Fate.KEPT, Rule(Why.KEEP, Basis.TABLE, "K")),
    Line(0x00100010, "PN", 0, -1, 0, GONE, None, Fate.REMOVED, Rule(Why.REMOVE, Basis.TABLE, "X")),
)


def shown(table: ComparisonTable) -> list[str]:
    return [str(table.index(row, 0).data()).strip() for row in range(table.rowCount())]


def test_elements_are_found_with_the_sequences_around_them(languages: Languages) -> None:
    table = ComparisonTable()
    QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    table.set_lines(LINES, 3)
    nested = ["ReferencedImageSequence", "1 › CodeValue"]
    assert shown(table) == [*nested, "PatientName"]
    table.set_wanted(Show.KEPT, "")
    assert shown(table) == nested
    table.set_wanted(Show.CHANGED, "")
    assert shown(table) == ["ReferencedImageSequence", "PatientName"]
    table.set_wanted(Show.ALL, "müller X")
    assert shown(table) == ["PatientName"]
    table.set_wanted(Show.ALL, "0010,0010")
    assert shown(table) == ["PatientName"]
    table.set_wanted(Show.ALL, "nobody")
    assert not shown(table)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_rule_and_every_fate_has_its_words(languages: Languages, language: str) -> None:
    languages.use(language)
    assert len(set(rules.whys().values())) == len(Why)
    assert set(rules.bases()) == set(Basis)
    assert set(rules.fates(5)) == set(Fate)
    assert rules.fates(-5)[Fate.MOVED] == {"en": "5 days earlier", "de": "5 Tage früher"}[language]
    assert rules.fates(1)[Fate.MOVED] == {"en": "1 day later", "de": "1 Tag später"}[language]


def test_the_keyboard_opens_and_searches_and_closing_forgets_everything(window: MainWindow) -> None:
    checking(window)
    window.show()
    wanted = Mock()
    window.check.look_wanted.connect(wanted)
    (tree,) = window.check.findChildren(InventoryView)
    tree.setCurrentIndex(window.check.model.index(0, 1))
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert wanted.call_args.args[0] == (FOUND.patients[0],)
    comparing(window)
    dialog = window.comparison
    QTest.keyClicks(dialog.field, "birth")
    assert dialog.model.rowCount(QModelIndex()) == 1
    QTest.keyClick(dialog.field, Qt.Key.Key_Escape)
    assert dialog.model.rowCount(QModelIndex()) == 8
    dialog.accept()
    QCoreApplication.processEvents()
    assert dialog.model.rowCount(QModelIndex()) == 0
