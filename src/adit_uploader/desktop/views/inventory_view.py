"""The tree of what was found, as people use it: open, ticked, walked through by keys."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from adit_uploader.desktop.models.inventory_tree import Column, InventoryTree

_WIDTHS = {
    Column.PSEUDONYM: 118,
    Column.MODALITY: 60,
    Column.IMAGES: 66,
    Column.SIZE: 74,
    Column.STATE: 110,
}
_NARROW = 700  # pixels, below which names need the room of the sizes more; their sum stands above the tree
_TEXT = QStyleOptionViewItem.ViewItemFeature.HasDisplay
_TEXT_AND_TICK = _TEXT | QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
_STATES = (Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked)
_AS_NEEDED, _ALWAYS = Qt.ScrollBarPolicy.ScrollBarAsNeeded, Qt.ScrollBarPolicy.ScrollBarAlwaysOn
EXPAND_ALL_UP_TO = 60  # patients and series; larger trees open at their patients
EXPAND_PATIENTS_UP_TO = 100  # a longer list of them is read more easily closed


class _Cell(QStyledItemDelegate):
    """Asks the model once for all that is drawn of a cell; Qt's own asks for seven roles, one by one."""

    def __init__(self, model: InventoryTree, parent: QTreeView) -> None:
        super().__init__(parent)
        self._tree = model

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        text, alignment, tick = self._tree.cell(index)
        option.text = text
        option.displayAlignment = alignment
        if tick < 0:
            option.features = _TEXT
        else:
            option.features = _TEXT_AND_TICK
            option.checkState = _STATES[tick]


class InventoryView(QTreeView):
    """Space ticks and unticks the row that the keyboard is on, in whatever column; Enter looks into it."""

    look_wanted = Signal()

    def __init__(self, model: InventoryTree) -> None:
        super().__init__()
        self._tree = model
        self.setModel(model)
        self.setItemDelegate(_Cell(model, self))
        self.setAlternatingRowColors(True)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIndentation(16)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(44)
        for position, width in _WIDTHS.items():
            self.setColumnWidth(position, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setColumnHidden(Column.SIZE, event.size().width() < _NARROW)
        super().resizeEvent(event)

    def open_rows(self, place: int = -1) -> None:
        """Opens the tree as far as it stays readable, and puts the keyboard on a row.

        place: where it was, by the model; the first row where that is not shown.
        """
        patients, series = self._tree.shown_counts()
        if not self._tree.searching:  # a bar that went and came with a letter would have all laid out and drawn twice
            few = patients + series <= EXPAND_ALL_UP_TO
            self.setVerticalScrollBarPolicy(_AS_NEEDED if few else _ALWAYS)
        if patients + series <= EXPAND_ALL_UP_TO:
            self.expandAll()
        elif patients <= EXPAND_PATIENTS_UP_TO:
            self.expandToDepth(0)
        index = self._tree.index_at(place)
        if not index.isValid():
            index = self._tree.index(0, 0)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def go_to(self, place: int) -> None:
        """Selects a row, if it is shown."""
        index = self._tree.index_at(place)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        """Rows with nothing below have no arrow: Qt would go up to the top from each of them to find that out."""
        if self._tree.hasChildren(index):
            super().drawBranches(painter, rect, index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex().siblingAtColumn(Column.NAME)
        if event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Select} and index.isValid():
            ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
            new = Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked
            self._tree.setData(index, new.value, Qt.ItemDataRole.CheckStateRole)
            return
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and index.isValid():
            self.look_wanted.emit()
            return
        super().keyPressEvent(event)
