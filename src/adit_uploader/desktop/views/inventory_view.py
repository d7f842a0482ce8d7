"""The tree of what was found, as people use it: open, ticked, walked through by keys."""

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView

from adit_uploader.desktop.models.inventory_tree import Column, InventoryTree

_WIDTHS = {
    Column.PSEUDONYM: 118,
    Column.MODALITY: 60,
    Column.IMAGES: 62,
    Column.SIZE: 74,
    Column.STATE: 110,
}
EXPAND_ALL_UP_TO = 60  # patients and series; larger trees open at their patients
EXPAND_PATIENTS_UP_TO = 100  # a longer list of them is read more easily closed


class InventoryView(QTreeView):
    """Space ticks and unticks the row that the keyboard is on, in whatever column; Enter looks into it."""

    look_wanted = Signal()

    def __init__(self, model: InventoryTree) -> None:
        super().__init__()
        self._tree = model
        self.setModel(model)
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

    def open_rows(self, place: int = -1) -> None:
        """Opens the tree as far as it stays readable, and puts the keyboard on a row.

        place: where it was, by the model; the first row where that is not shown.
        """
        patients, series = self._tree.shown_counts()
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
