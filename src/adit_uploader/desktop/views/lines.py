"""Read-only lists: what on the left, why on the right."""

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

_AROUND_TEXT = 10  # pixels above and below the text of a row, together
_BESIDE_TEXT = 16  # pixels left and right of it, together
_MOST_LINES = 3
_SAMPLE = 200  # rows that are measured: sentences repeat


class _MiddleElided(QStyledItemDelegate):
    """What doesn't fit loses its middle: at the end of a path stands the file's name."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle
        option.features &= ~QStyleOptionViewItem.ViewItemFeature.WrapText


class Lines(QTableView):
    """The last column's sentences are never cut: rows are as high as the longest of them needs."""

    def __init__(self, model: QAbstractItemModel, *, picture: int = 0) -> None:
        """picture: room for one in the first column, width and height in pixels."""
        super().__init__()
        self._picture = picture
        self.setIconSize(QSize(picture, picture))
        self.setModel(model)
        self.verticalHeader().setVisible(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(True)
        self.setItemDelegateForColumn(0, _MiddleElided(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().sectionResized.connect(self._column_resized)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        model.modelReset.connect(self._fit)
        model.dataChanged.connect(self._rows_changed)
        self._measured: set[str] = set()
        self._unfit = False  # rows changed while nobody saw them
        self._fit()

    def copy(self, *, whole: bool = False) -> None:
        """Puts rows into the clipboard, a line each, cells apart by tabs. whole: all rows, else those selected."""
        model = self.model()
        chosen = {index.row() for index in self.selectionModel().selectedRows()}
        rows = range(model.rowCount()) if whole else sorted(chosen)
        columns = range(model.columnCount())
        lines = ("\t".join(str(model.data(model.index(row, column)) or "") for column in columns) for row in rows)
        QGuiApplication.clipboard().setText("\n".join(lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        if self._unfit:
            self._fit()
        super().showEvent(event)

    def _rows_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        """Makes room for sentences that were not there before; the rows are lower again after the next reset."""
        if last.column() < self.model().columnCount() - 1:
            return
        if not self.isVisible():
            self._unfit = True
        elif not self._sentences(range(first.row(), min(last.row() + 1, _SAMPLE))) <= self._measured:
            self._fit()

    def _column_resized(self, column: int, _: int, width: int) -> None:
        if column == self.model().columnCount() - 1:
            self._fit_into(width)  # at this moment ``columnWidth`` still tells the old one

    def _fit(self) -> None:
        if not self.isVisible():
            self._unfit = True
            return
        self._fit_into(self.columnWidth(self.model().columnCount() - 1))

    def _fit_into(self, width: int) -> None:
        metrics = self.fontMetrics()
        room = QRect(0, 0, width - _BESIDE_TEXT, 10_000)
        self._unfit = False
        self._measured = self._sentences(range(min(self.model().rowCount(), _SAMPLE)))
        heights = [metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text).height() for text in self._measured]
        height = min(max(heights, default=0), _MOST_LINES * metrics.lineSpacing())
        self.verticalHeader().setDefaultSectionSize(max(height, metrics.height(), self._picture) + _AROUND_TEXT)

    def _sentences(self, rows: range) -> set[str]:
        """What the last column says in them."""
        model = self.model()
        column = model.columnCount() - 1
        return {str(model.data(model.index(row, column)) or "") for row in rows}
