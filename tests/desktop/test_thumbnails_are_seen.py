"""Thumbnails in the tree: which rows are said to be seen, how a picture stands in one, and real files."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from pydicom.data.data_manager import DATA_ROOT
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QApplication

from adit_uploader.account.settings import Settings
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.models.inventory_tree import InventoryTree
from adit_uploader.desktop.picture import NothingKept, leave
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.values import Totals
from adit_uploader.desktop.views.inventory_view import InventoryView
from adit_uploader.desktop.wiring import Program, build
from adit_uploader.dicom.growing import SeenSeries
from adit_uploader.dicom.inventory import Inventory, Series
from adit_uploader.dicom.pictures.render import Picture
from tests.desktop.parts import inventory, patient

# the platform without a screen says that it can't pass sizes on to a window manager
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

PATIENTS = 40
WHITE = Picture(64, 64, True, b"\xff" * 64 * 64, columns=512, rows=512, frames=1)
RED = Picture(64, 32, False, b"\xff\x00\x00" * 64 * 32, columns=512, rows=256, frames=1)


@pytest.fixture
def view(no_leaks: None, languages: Languages) -> Iterator[InventoryView]:
    """A tree with more rows than there is room for, all of them open, before it is seen."""
    tree = InventoryTree()
    tree.set_inventory(inventory(*(patient(f"{n:04}", root=f"1.2.{n}", ultrasound=True) for n in range(PATIENTS))))
    made = InventoryView(tree)
    tree.setParent(made)
    made.resize(700, 300)
    made.ensurePolished()  # rows are as high as they will be seen
    made.expandAll()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def shown(view: InventoryView) -> InventoryView:
    """It is seen, with its look."""
    view.show()
    QApplication.processEvents()
    return view


@pytest.fixture
def told(view: InventoryView) -> Mock:
    """What the view said of rows that are seen."""
    made = Mock()
    view.series_seen.connect(made)
    return made


def seen(told: Mock) -> list[str]:
    """SeriesInstanceUIDs of what was said last."""
    return [series.series_instance_uid for series in told.call_args.args[0].values()]


def series_row(view: InventoryView) -> QModelIndex:
    """The first row of a series."""
    model = view.model()
    return model.index(0, 0, model.index(0, 0, model.index(0, 0)))


def place_of(view: InventoryView, index: QModelIndex) -> int:
    model = view.model()
    assert isinstance(model, InventoryTree)
    return model.place_of(index)


def grab(view: InventoryView, index: QModelIndex) -> QImage:
    return view.viewport().grab(view.visualRect(index)).toImage()


def test_only_rows_of_series_that_are_really_seen_are_told(
    view: InventoryView, told: Mock, until: Callable[[Callable[[], bool]], None]
) -> None:
    view.show()
    until(lambda: told.called)
    height = view.visualRect(view.model().index(0, 0)).height()
    rows = -(-view.viewport().height() // height)
    expected = [f"1.2.{n}.1.{each}" for n in range(PATIENTS) for each in (1, 2)]
    below = [at for at in range(rows) if at % 4 >= 2]  # each patient: itself, the study, two series
    assert seen(told) == expected[: len(below)]
    assert told.call_args.args[1] == round((height - 2) * view.devicePixelRatioF())
    model = view.model()
    assert isinstance(model, InventoryTree)
    for place, series in told.call_args.args[0].items():
        assert isinstance(series, Series)
        assert model.row_of(model.index_at(place))[-1] is series


def test_what_is_folded_or_not_found_is_not_seen(
    view: InventoryView, told: Mock, until: Callable[[Callable[[], bool]], None]
) -> None:
    view.show()
    view.collapseAll()
    until(lambda: told.called)
    assert not seen(told)
    told.reset_mock()
    view.expandRecursively(view.model().index(3, 0))
    until(lambda: told.called)
    assert seen(told) == ["1.2.3.1.1", "1.2.3.1.2"]
    told.reset_mock()
    model = view.model()
    assert isinstance(model, InventoryTree)
    model.search("0007 us")
    view.expandAll()
    until(lambda: told.called)
    assert seen(told) == ["1.2.7.1.2"]


def test_a_search_that_finds_nothing_loses_no_picture(
    view: InventoryView, told: Mock, until: Callable[[Callable[[], bool]], None]
) -> None:
    view.show()
    until(lambda: told.called)
    side = told.call_args.args[1]
    told.reset_mock()
    model = view.model()
    assert isinstance(model, InventoryTree)
    model.search("nobody")
    until(lambda: told.called)
    told.assert_called_once_with({}, side)
    view.set_thumbnail(2, WHITE)  # it was under way
    assert view._cell.thumbnails[2].availableSizes() == [QSize(side, side)]


def test_scrolling_says_at_once_that_rows_move_and_only_after_it_what_is_seen(
    view: InventoryView, told: Mock, until: Callable[[Callable[[], bool]], None]
) -> None:
    view.show()
    until(lambda: told.called)
    told.reset_mock()
    moved = Mock()
    view.moved.connect(moved)
    bar = view.verticalScrollBar()
    for step in range(100):
        bar.setValue(bar.maximum() * step // 99)
    moved.assert_called_once_with()
    told.assert_not_called()
    until(lambda: told.called)
    told.assert_called_once()
    assert seen(told)[-1] == f"1.2.{PATIENTS - 1}.1.2"
    moved.assert_called_once_with()


def test_a_tree_that_is_hidden_shows_no_rows(
    view: InventoryView, told: Mock, until: Callable[[Callable[[], bool]], None]
) -> None:
    view.show()
    until(lambda: told.called)
    view.hide()
    assert not seen(told)
    moved = Mock()
    view.moved.connect(moved)
    view.verticalScrollBar().setValue(10)
    view.collapseAll()
    moved.assert_not_called()
    told.reset_mock()
    view.show()
    moved.assert_called_once_with()
    until(lambda: told.called)


def test_while_a_search_for_files_goes_on_there_is_nothing_to_be_made_a_picture_of(
    view: InventoryView, told: Mock, until: Callable[[Callable[[], bool]], None]
) -> None:
    model = view.model()
    assert isinstance(model, InventoryTree)
    view.show()
    model.set_inventory(Inventory())
    model.grow([SeenSeries("1001", "Müller^Anna", "1.2.3", "", "", "1.2.3.1", "CT", "Head", 1, 3, 1500)])
    view.expandAll()
    until(lambda: told.called)
    assert not seen(told)


def test_a_picture_comes_without_moving_its_text_and_goes_again(shown: InventoryView) -> None:
    row = series_row(shown)
    others = [grab(shown, row.parent()), grab(shown, shown.indexBelow(row))]
    before, height = grab(shown, row), shown.visualRect(row).height()
    shown.set_thumbnail(place_of(shown, row), RED)
    after = grab(shown, row)
    assert shown.visualRect(row).height() == height
    changed = [
        (x, y)
        for x in range(before.width())
        for y in range(before.height())
        if before.pixelColor(x, y) != after.pixelColor(x, y)
    ]
    left, right = min(x for x, _ in changed), max(x for x, _ in changed)
    top, bottom = min(y for _, y in changed), max(y for _, y in changed)
    side = height - 2
    assert (right - left + 1, bottom - top + 1) == (side, side // 2)  # it keeps its proportions
    assert [grab(shown, row.parent()), grab(shown, shown.indexBelow(row))] == others
    shown.drop_thumbnail(place_of(shown, row))
    assert grab(shown, row) == before
    shown.set_thumbnail(place_of(shown, row), RED)
    shown.drop_thumbnails()
    assert grab(shown, row) == before


def test_a_picture_is_not_tinted_in_a_row_that_is_chosen(shown: InventoryView) -> None:
    row = series_row(shown)
    shown.set_thumbnail(place_of(shown, row), WHITE)
    rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    shown.selectionModel().select(row, rows)  # not the row of the keyboard, which Qt's frame lies over
    picture = grab(shown, row)
    middle = picture.height() // 2
    white = [x for x in range(picture.width()) if picture.pixelColor(x, middle) == QColor("#ffffff")]
    assert len(white) >= shown.visualRect(row).height() - 2


def test_a_picture_is_made_to_fit_once(shown: InventoryView, monkeypatch: pytest.MonkeyPatch) -> None:
    row = series_row(shown)
    side = shown.visualRect(row).height() - 2
    shown.set_thumbnail(place_of(shown, row), WHITE)
    (icon,) = shown._cell.thumbnails.values()
    assert icon.availableSizes() == [QSize(side, side)]
    monkeypatch.setattr(QPixmap, "fromImage", Mock(side_effect=AssertionError("made anew")))
    key = icon.cacheKey()
    for _ in range(3):
        shown.grab()
    assert shown._cell.thumbnails[place_of(shown, row)].cacheKey() == key


def test_screen_readers_hear_of_no_picture(shown: InventoryView) -> None:
    row = series_row(shown)
    before = {role: row.data(role) for role in Qt.ItemDataRole}
    shown.set_thumbnail(place_of(shown, row), WHITE)
    assert {role: row.data(role) for role in Qt.ItemDataRole} == before
    assert before[Qt.ItemDataRole.DecorationRole] is None


@pytest.fixture
def program(no_leaks: None, languages: Languages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """The program itself, with the process that makes pictures."""
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))
    services = replace(real_services(Settings()), tokens=NothingKept(), save_settings=leave)
    made = build(Settings(language="en"), services, languages)
    made.window.show()
    yield made
    made.close()
    made.window.close()
    made.window.deleteLater()


def test_real_series_get_real_pictures_and_a_report_none(
    program: Program, tmp_path: Path, until: Callable[[Callable[[], bool]], None]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("CT_small.dcm", "MR_small.dcm", "reportsi.dcm"):
        shutil.copy(next(Path(DATA_ROOT).rglob(name)), folder)
    program.add([folder])
    until(lambda: program.idle)
    tree, model = program.window.check.tree, program.window.check.model
    pictured = {model.row_of(model.index_at(place))[-1] for place in tree._cell.thumbnails}
    assert sorted(series.modality for series in pictured if isinstance(series, Series)) == ["CT", "MR"]
    for place in tree._cell.thumbnails:
        cell = QRect(tree.visualRect(model.index_at(place)))
        picture = tree.viewport().grab(cell).toImage()
        colours = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
        assert len(colours) > 100  # shades of a slice, and not only those of letters
    program.finding.clear()
    assert not tree._cell.thumbnails
    until(lambda: program.idle)
    assert not tree._cell.thumbnails


def test_a_window_that_is_closed_while_rows_move_asks_for_nothing(program: Program) -> None:
    page = program.window.check
    page.show_inventory(inventory(patient("1", root="1.2")), Totals())
    program.close()
    page.tree.series_seen.emit({1: Mock(spec=Series)}, 20)  # a timer that was under way
    QApplication.processEvents()
    assert program.background.idle
