"""The tree of what was found, as people use it: open, ticked, walked through by keys."""

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QHideEvent, QIcon, QKeyEvent, QPainter, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from adit_uploader.desktop.models.inventory_tree import Column, InventoryTree
from adit_uploader.desktop.views.picture_canvas import image_of
from adit_uploader.dicom.inventory import Series
from adit_uploader.dicom.pictures.render import Picture

_WIDTHS = {
    Column.PSEUDONYM: 118,
    Column.MODALITY: 60,
    Column.IMAGES: 66,
    Column.SIZE: 74,
    Column.STATE: 110,
}
_NARROW = 700  # pixels, below which names need the room of the sizes more; their sum stands above the tree
STILL = 150  # milliseconds that the rows stand where they are, before it is said which are seen
_GAP = 1  # pixels above and below a thumbnail
_HIGH = 30  # pixels of a row at least: in a smaller picture nothing can be told apart
_TEXT = QStyleOptionViewItem.ViewItemFeature.HasDisplay
_TEXT_AND_TICK = _TEXT | QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
_TEXT_AND_PICTURE = _TEXT | QStyleOptionViewItem.ViewItemFeature.HasDecoration
_ALL_THREE = _TEXT_AND_TICK | QStyleOptionViewItem.ViewItemFeature.HasDecoration
_STATES = (Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked)
_AS_NEEDED, _ALWAYS = Qt.ScrollBarPolicy.ScrollBarAsNeeded, Qt.ScrollBarPolicy.ScrollBarAlwaysOn
EXPAND_ALL_UP_TO = 60  # patients and series; larger trees open at their patients
EXPAND_PATIENTS_UP_TO = 100  # a longer list of them is read more easily closed


class _Cell(QStyledItemDelegate):
    """Asks the model once for all that is drawn of a cell; Qt's own asks for seven roles, one by one."""

    def __init__(self, model: InventoryTree, parent: QTreeView) -> None:
        super().__init__(parent)
        self._tree = model
        self.thumbnails: dict[int, QIcon] = {}  # by place, as they are drawn
        self._nothing = QIcon()

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        text, alignment, tick, pictured = self._tree.cell(index)
        option.text = text
        option.displayAlignment = alignment
        if tick < 0:
            option.features = _TEXT_AND_PICTURE if pictured else _TEXT
        else:
            option.features = _ALL_THREE if pictured else _TEXT_AND_TICK
            option.checkState = _STATES[tick]
        if pictured:  # there is room for it from the beginning: no text moves when it comes
            side = option.rect.height() - 2 * _GAP
            option.decorationSize = QSize(side, side)
            option.icon = self.thumbnails.get(index.internalId(), self._nothing)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index).expandedTo(QSize(0, _HIGH))


class InventoryView(QTreeView):
    """Space ticks and unticks the row that the keyboard is on, in whatever column; Enter looks into it."""

    look_wanted = Signal()
    moved = Signal()  # other rows will be seen
    series_seen = Signal(object, int)  # place -> series of the rows that are seen, and the pixels of a thumbnail's side

    def __init__(self, model: InventoryTree) -> None:
        super().__init__()
        self._tree = model
        self._cell = _Cell(model, self)
        self._side = 0
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(STILL)
        self._still.timeout.connect(self._tell_seen)
        self.setModel(model)
        self.setItemDelegate(self._cell)
        model.modelReset.connect(self._move)
        self.verticalScrollBar().valueChanged.connect(self._move)
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

    def updateGeometries(self) -> None:
        """Rows have opened, closed or come, or there is room for more of them."""
        super().updateGeometries()
        self._move()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._move()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._still.stop()
        self.series_seen.emit({}, self._measured())

    # ------------------------------------------------------------ thumbnails

    def set_thumbnail(self, place: int, picture: Picture) -> None:
        """The picture before the text of a row; made to fit here, once, and not when it is drawn."""
        image, side = image_of(picture), self._measured()
        if max(image.width(), image.height()) > side:
            ratio, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.scaled(side, side, ratio, smooth)
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        icon = QIcon(pixmap)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)  # else Qt would tint it
        self._cell.thumbnails[place] = icon
        self.viewport().update(self.visualRect(self._tree.index_at(place)))

    def drop_thumbnail(self, place: int) -> None:
        """Forgets that of a row, which is not seen."""
        del self._cell.thumbnails[place]

    def drop_thumbnails(self) -> None:
        """Forgets all of them."""
        self._cell.thumbnails.clear()
        self.viewport().update()

    def _move(self) -> None:
        if not self.isVisible():
            return
        if not self._still.isActive():
            self.moved.emit()
        self._still.start()

    def _tell_seen(self) -> None:
        seen: dict[int, Series] = {}
        index, end = self.indexAt(QPoint(0, 0)), self.viewport().height()
        while index.isValid() and self.visualRect(index).top() < end:
            item = self._tree.row_of(index)[-1]
            if isinstance(item, Series) and item.instances:  # while a search goes on there are none
                seen[self._tree.place_of(index)] = item
            index = self.indexBelow(index)
        self.series_seen.emit(seen, self._measured())

    def _measured(self) -> int:
        """Pixels of the screen that a thumbnail is high and wide; as before while a search shows no row at all."""
        first = self._tree.index(0, 0)  # all rows are of one height
        if first.isValid():
            self._side = round((self.visualRect(first).height() - 2 * _GAP) * self.devicePixelRatioF())
        return self._side

    # ------------------------------------------------------------ rows and keys

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
