"""Trees and tables: consistent to Qt, with a text for every cell, made only when asked for."""

from dataclasses import replace
from unittest.mock import Mock

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.models.held_series import HeldSeriesTable
from adit_uploader.desktop.models.inventory_tree import Column, InventoryTree
from adit_uploader.desktop.models.rows import Rows
from adit_uploader.desktop.values import HeldChoice, RowState
from adit_uploader.dicom.growing import SeenSeries
from tests.desktop.parts import ONE, TWO, inventory

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
PSEUDONYM = "6590ebba1234567890abcdef11b3a5"


def test_the_tree_shows_patients_studies_series_with_sums(languages: Languages) -> None:
    tree = InventoryTree()
    QAbstractItemModelTester(tree, FATAL)
    tree.set_inventory(TWO)
    first = tree.index(0, 0)
    study = tree.index(0, 0, first)
    series = tree.index(0, 0, study)
    assert tree.rowCount() == 2
    assert first.data() == "1001 · Müller, Anna"
    assert study.data() == "2/29/2024 · Head CT"
    assert series.data() == "1 · Head"
    assert [first.siblingAtColumn(column).data() for column in (Column.MODALITY, Column.IMAGES, Column.SIZE)] == [
        "CT",
        "2",
        "2 kB",
    ]
    assert tree.parent(series) == study


def test_the_tree_grows_while_a_search_goes_on(languages: Languages) -> None:
    tree = InventoryTree()
    QAbstractItemModelTester(tree, FATAL)
    first = SeenSeries("1001", "Müller^Anna", "1.2.3", "20240229", "Head CT", "1.2.3.1", "CT", "Head", 1, 3, 1500)
    tree.grow([first, replace(first, series_instance_uid="1.2.3.2", modality="MR", instances=1, size=10)])
    patient = tree.index(0, 0)
    assert tree.index(0, Column.IMAGES).data() == "4"
    assert tree.index(0, Column.MODALITY).data() == "CT, MR"
    tree.grow([replace(first, instances=1000, size=9000), replace(first, patient_id="1002", study_instance_uid="1.4")])
    study = tree.index(0, 0, patient)
    assert tree.rowCount() == 2
    assert tree.rowCount(study) == 2
    assert [tree.index(0, Column.IMAGES, parent).data() for parent in (QModelIndex(), patient, study)] == [
        *("1,001", "1,001", "1,000")
    ]
    tree.set_inventory(TWO)
    assert tree.index(0, Column.IMAGES).data() == "2"
    tree.set_inventory(inventory())
    tree.grow([first])
    assert tree.index(0, Column.IMAGES).data() == "3"


def test_pseudonyms_and_states_are_told_and_change_without_losing_the_place(languages: Languages) -> None:
    tree = InventoryTree()
    QAbstractItemModelTester(tree, FATAL)
    tree.set_inventory(TWO)
    reset, changed = Mock(), Mock()
    tree.modelReset.connect(reset)
    tree.dataChanged.connect(changed)
    tree.set_outcome({"1001": PSEUDONYM}, {"1.2.3.1.1": RowState.SENT, "1.2.4.1.1": RowState.REFUSED})
    becomes = tree.index(0, Column.PSEUDONYM)
    assert becomes.data() == "⇒ 6590eb…b3a5"
    assert becomes.data(Qt.ItemDataRole.ToolTipRole) == f"1001 ⇒ {PSEUDONYM}"
    assert tree.index(0, Column.STATE).data() == "will be sent"
    assert tree.index(1, Column.STATE).data() == "not sent"
    assert tree.index(1, Column.PSEUDONYM).data() == ""
    assert not reset.called
    assert changed.called


def test_no_cell_is_nameless_to_a_screen_reader(languages: Languages) -> None:
    tree = InventoryTree()
    tree.set_inventory(inventory(*ONE.patients))

    def walk(parent: QModelIndex) -> None:
        for row in range(tree.rowCount(parent)):
            for column in range(tree.columnCount(parent)):
                assert tree.index(row, column, parent).data(Qt.ItemDataRole.AccessibleTextRole)
            walk(tree.index(row, 0, parent))

    walk(QModelIndex())


def test_a_table_makes_texts_only_for_what_is_asked(languages: Languages) -> None:
    asked = Mock(return_value="text")
    table: Rows[int] = Rows(lambda: ("a", "b"), asked)
    QAbstractItemModelTester(table, FATAL)
    table.set_rows(range(100_000))
    asked.reset_mock()
    assert table.index(99_999, 1).data() == "text"
    asked.assert_called_once_with(99_999, 1)


def test_a_tick_on_a_held_series_is_passed_on_and_shown_only_when_taken(languages: Languages) -> None:
    table = HeldSeriesTable()
    QAbstractItemModelTester(table, FATAL)
    choice = HeldChoice("1.2", "1001", "US", "", 12, BurnedInReason.ULTRASOUND)
    table.set_choices((choice,))
    heard = Mock()
    table.released.connect(heard)
    cell = table.index(0, 0)
    assert table.setData(cell, Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    heard.assert_called_once_with("1.2", True)
    assert Qt.CheckState(cell.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Unchecked
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == "1001 · US (12 images): left out"


def test_a_series_that_the_server_never_takes_has_no_tick(languages: Languages) -> None:
    table = HeldSeriesTable()
    table.set_choices((HeldChoice("1.2", "1001", "US", "", 1, BurnedInReason.ULTRASOUND, forbidden=True),))
    assert not table.flags(table.index(0, 0)) & Qt.ItemFlag.ItemIsUserCheckable
    assert "The server does not accept such series." in table.index(0, 2).data()
