"""The search over the tree: whatever a row is known by, by keyboard, and ticks mean what is shown."""

from unittest.mock import Mock

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.models.inventory_tree import Column, InventoryTree
from adit_uploader.desktop.values import Item, RowState, Step, Totals
from adit_uploader.desktop.views import parts as view_parts
from adit_uploader.desktop.views.inventory_view import InventoryView
from adit_uploader.desktop.views.lines import Lines
from adit_uploader.desktop.views.main_window import MainWindow
from tests.desktop.parts import inventory, patient

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
HEAD, ULTRASOUND, OTHER = "1.2.3.1.1", "1.2.3.1.2", "1.2.4.1.1"
FOUND = inventory(
    patient("1001", root="1.2.3", name="Müller^Anna", ultrasound=True), patient("0002734", root="1.2.4", name="Jäger^B")
)
TICK = Qt.ItemDataRole.CheckStateRole


@pytest.fixture
def tree(languages: Languages) -> InventoryTree:
    made = InventoryTree()
    QAbstractItemModelTester(made, FATAL)
    made.set_inventory(FOUND)
    return made


@pytest.mark.parametrize(
    ("text", "series"),
    [
        ("", {HEAD, ULTRASOUND, OTHER}),
        ("MUELLER", {HEAD, ULTRASOUND}),
        ("jager", {OTHER}),
        ("müller us", {ULTRASOUND}),
        ("0002734", {OTHER}),
        ("2024-02-29 us", {ULTRASOUND}),
        ("2/29/2024", {HEAD, ULTRASOUND, OTHER}),
        ("head", {HEAD, ULTRASOUND, OTHER}),
        ("abcdef", {OTHER}),
        ("nobody", set()),
    ],
)
def test_series_are_found_by_all_that_they_and_what_is_around_them_are_known_by(
    tree: InventoryTree, text: str, series: set[str]
) -> None:
    tree.set_outcome({"0002734": "ABCDEF"}, {})
    tree.search(text)
    assert tree.shown_series() == series


@pytest.mark.parametrize("text", ["mueller us", "2024-02-29 us", "1001 head", "0002734 nobody", "jäger  b", "ct"])
def test_what_is_typed_letter_by_letter_is_found_as_what_is_pasted(languages: Languages, text: str) -> None:
    typed = InventoryTree()
    typed.set_inventory(FOUND)
    steps = [text[:end] for end in (*range(len(text) + 1), *range(len(text), -1, -1))]
    for step in (*steps, text, text.replace("e", "é"), text):
        typed.search(step)
        pasted = InventoryTree()
        pasted.set_inventory(FOUND)
        pasted.search(step)
        assert typed.shown_series() == pasted.shown_series(), step
        assert typed.shown_counts() == pasted.shown_counts(), step
        shown = [
            [[index.siblingAtColumn(column).data() for column in Column] for index in rows_of(tree)]
            for tree in (typed, pasted)
        ]
        assert shown[0] == shown[1], step


def rows_of(tree: InventoryTree, above: QModelIndex | None = None) -> list[QModelIndex]:
    """All rows that are shown, from the first to the last."""
    above = above or QModelIndex()
    found: list[QModelIndex] = []
    for row in range(tree.rowCount(above)):
        index = tree.index(row, 0, above)
        found += [index, *rows_of(tree, index)]
    return found


def test_a_search_that_shows_the_same_rows_leaves_the_view_as_it_is(tree: InventoryTree) -> None:
    reset = Mock()
    tree.modelReset.connect(reset)
    assert not tree.search("h")
    assert not tree.search("head")
    assert not reset.called
    assert tree.searching
    assert tree.search("head us")
    assert tree.search("")
    assert reset.call_count == 2


def test_a_new_pseudonym_is_found_though_the_old_one_was_not(tree: InventoryTree) -> None:
    tree.search("ab")
    assert not tree.shown_series()
    tree.set_outcome({"0002734": "ABC"}, {})
    tree.search("abc")
    assert tree.shown_series() == {OTHER}


def test_rows_are_made_ready_for_the_search_little_by_little(tree: InventoryTree) -> None:
    assert [tree.fold(3), tree.fold(3), tree.fold(3)] == [True, True, False]
    assert all(node.found_by for node in tree._nodes)


class WithRoom(QStyledItemDelegate):
    """Qt's own, with the room that series have for their thumbnails, and rows high enough for them."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index).expandedTo(QSize(0, 30))

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if not index.column() and not index.model().hasChildren(index):
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(option.rect.height() - 2, option.rect.height() - 2)


def test_a_row_is_drawn_as_qt_itself_draws_it(no_leaks: None, languages: Languages) -> None:
    tree = InventoryTree()
    tree.set_inventory(FOUND)
    tree.set_outcome({"1001": "ABC"}, {HEAD: RowState.SENT, ULTRASOUND: RowState.HELD})
    tree.set_excluded(frozenset({ULTRASOUND}))
    ours, qts = InventoryView(tree), InventoryView(tree)
    qts.setItemDelegate(WithRoom(qts))
    pictures = []
    for view in (ours, qts):
        view.resize(700, 300)
        view.open_rows()
        view.setCurrentIndex(tree.index(0, 0))
        pictures.append(view.grab().toImage())
        view.deleteLater()
    assert pictures[0] == pictures[1]


def test_the_rows_of_a_long_tree_keep_their_width_whatever_is_found(no_leaks: None, languages: Languages) -> None:
    tree = InventoryTree()
    tree.set_inventory(inventory(*(patient(f"{1000 + at}", root=f"1.2.{at}") for at in range(70))))
    view = InventoryView(tree)
    view.resize(700, 120)
    view.show()
    view.open_rows()
    long = view.viewport().width()
    for text in ("1001", "nobody", ""):
        tree.search(text)
        view.open_rows()
        view.executeDelayedItemsLayout()
        assert view.viewport().width() == long
    tree.set_inventory(FOUND)
    view.open_rows()
    assert view.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAsNeeded
    view.deleteLater()


def test_sums_and_ticks_are_of_what_is_shown(tree: InventoryTree) -> None:
    heard = Mock()
    tree.ticked.connect(heard)
    tree.search("us")
    first = tree.index(0, 0)
    assert tree.rowCount() == 1
    assert first.siblingAtColumn(Column.IMAGES).data() == "1"
    assert tree.setData(first, Qt.CheckState.Unchecked.value, TICK)
    heard.assert_called_once_with(frozenset({ULTRASOUND}), False)
    assert first.data(TICK) == Qt.CheckState.Checked.value  # until the controller has taken it
    tree.set_excluded(frozenset({ULTRASOUND}))
    assert first.data(TICK) == Qt.CheckState.Unchecked.value
    assert first.data(Qt.ItemDataRole.AccessibleTextRole) == "1001 · Müller, Anna: left out"
    tree.search("")
    first = tree.index(0, 0)
    assert first.siblingAtColumn(Column.IMAGES).data() == "3"
    assert first.data(TICK) == Qt.CheckState.PartiallyChecked.value
    assert first.data(Qt.ItemDataRole.AccessibleTextRole) == "1001 · Müller, Anna: left out in part"
    assert tree.index(1, 0).data(TICK) == Qt.CheckState.Checked.value


def test_another_language_writes_dates_another_way(tree: InventoryTree, languages: Languages) -> None:
    tree.search("29.02.2024")
    assert not tree.shown_series()
    languages.use("de")
    tree.retranslate()
    tree.search("29.02.2024 us")
    assert tree.shown_series() == {ULTRASOUND}


def test_a_place_is_found_again_if_it_is_shown(tree: InventoryTree) -> None:
    place = tree.place_of(tree.index(1, 0))
    assert tree.place_of_patient("0002734") == place
    tree.search("jäger")
    assert tree.index_at(place).row() == 0
    tree.search("müller")
    assert not tree.index_at(place).isValid()
    assert not tree.index_at(-1).isValid()


@pytest.fixture
def shown(window: MainWindow) -> MainWindow:
    window.check.show_inventory(FOUND, Totals(2, 2, 3, 5, 5000))
    window.show_step(Step.CHECK)
    window.show()
    return window


def test_the_keyboard_reaches_everything(shown: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    said = Mock()
    monkeypatch.setattr(view_parts, "announce", said)
    page, field = shown.check, shown.check.searching.field
    (view,) = page.findChildren(InventoryView)
    QTest.keyClick(shown, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert shown.focusWidget() is field
    QTest.keyClicks(field, "jager")
    assert page.model.rowCount() == 1
    assert said.call_args.args[1] == "1 series found"
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert shown.focusWidget() is view
    ticked = Mock()
    page.ticked.connect(ticked)
    view.setCurrentIndex(page.model.index(0, Column.IMAGES))
    QTest.keyClick(view, Qt.Key.Key_Space)
    ticked.assert_called_once_with(frozenset({OTHER}), False)
    page.set_excluded(frozenset({OTHER}), ())
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert ticked.call_args.args == (frozenset({OTHER}), True)
    field.take_focus()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.text()
    assert page.model.rowCount() == 2
    assert view.currentIndex().data() == "0002734 · Jäger, B"  # the place is kept


def test_many_are_ticked_at_once_and_only_what_is_shown(shown: MainWindow) -> None:
    page = shown.check
    ticked, only = Mock(), Mock()
    page.ticked.connect(ticked)
    page.only_wanted.connect(only)
    row = page.searching
    assert not row._only.isEnabled()
    row._none.click()
    assert ticked.call_args.args == (frozenset({HEAD, ULTRASOUND, OTHER}), False)
    row.field.setText("us")
    row._all.click()
    assert ticked.call_args.args == (frozenset({ULTRASOUND}), True)
    row._only.click()
    only.assert_called_once_with(frozenset({ULTRASOUND}))
    row.field.setText("nobody")
    assert not row._only.isEnabled()


def test_a_tree_that_still_grows_can_neither_be_searched_nor_ticked(window: MainWindow) -> None:
    from tests.desktop.test_finding import seen  # noqa: PLC0415 - made the same way there

    page = window.check
    page.show_seen((seen("1.2.3.1", 3),), Totals(1, 1, 1, 3, 500))
    assert not page.searching.field.isEnabled()
    first = page.model.index(0, 0, QModelIndex())
    assert first.data(TICK) is None
    assert not page.model.setData(first, Qt.CheckState.Unchecked.value, TICK)
    page.show_inventory(FOUND, Totals(2, 2, 3, 5, 5000))
    assert page.searching.field.isEnabled()


def test_a_warning_leads_to_its_patient_even_if_the_search_hides_it(shown: MainWindow) -> None:
    page = shown.check
    page.set_warnings((Item("0002734", "Why.", "0002734"), Item("line 2", "Why.")))
    page.searching.field.setText("müller")
    (view,) = page.findChildren(InventoryView)
    table = next(one for one in page.details.findChildren(Lines) if one.isVisible())
    table.activated.emit(table.model().index(1, 0))
    assert page.searching.field.text()
    table.activated.emit(table.model().index(0, 0))
    assert view.currentIndex().data() == "0002734 · Jäger, B"
    assert shown.focusWidget() is view
