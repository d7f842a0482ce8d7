"""The series that wait for the user's word: may their pictures show the patient's name?"""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from adit_uploader.desktop.values import HeldChoice, HeldDecision
from adit_uploader.desktop.words import held_series, reasons

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_COLUMNS = 3
THUMBNAIL = 48  # pixels, the longer side
_TEXTS = (held_series.name, held_series.decision, reasons.held)  # of the columns


class HeldSeriesTable(QAbstractTableModel):
    """One line a series: its picture, a tick box "send it", why it is held, and what happens to it."""

    released = Signal(str, bool)  # SeriesInstanceUID, send as it is

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choices: Sequence[HeldChoice] = ()
        self._thumbnails: dict[str, QPixmap] = {}

    def set_thumbnail(self, key: str, image: QImage) -> None:
        """A series' first picture."""
        size = QSize(THUMBNAIL, THUMBNAIL)
        ratio, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        self._thumbnails[key] = QPixmap.fromImage(image.scaled(size, ratio, smooth))
        self.set_choices(self._choices)

    def key(self, row: int) -> str:
        """SeriesInstanceUID of a row."""
        return self._choices[row].key

    def set_choices(self, choices: Sequence[HeldChoice]) -> None:
        """Shows these series; where only their ticks changed, the selection and the place stay."""
        same = [choice.key for choice in choices] == [choice.key for choice in self._choices]
        if same:
            self._choices = choices
            if choices:
                self.dataChanged.emit(self.index(0, 0), self.index(len(choices) - 1, _COLUMNS - 1))
            return
        self.beginResetModel()
        self._choices = choices
        self.endResetModel()

    def retranslate(self) -> None:
        """Asks the views to read all texts again."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, _COLUMNS - 1)
        self.set_choices(self._choices)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._choices)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else _COLUMNS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("Series"), self.tr("What happens"), self.tr("Why it is held back"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        found = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if index.column() == 0 and not self._choices[index.row()].forbidden:
            found |= Qt.ItemFlag.ItemIsUserCheckable
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        choice, column = self._choices[index.row()], index.column()
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return _TEXTS[column](choice)
        if role == Qt.ItemDataRole.AccessibleTextRole and column:
            return _TEXTS[column](choice)
        return self._of_series(choice, role) if column == 0 else None

    def _of_series(self, choice: HeldChoice, role: int) -> object:
        """What stands before the name: the tick, the picture, and both for those who don't see them."""
        if role == Qt.ItemDataRole.CheckStateRole:
            sent = choice.decision is not HeldDecision.LEAVE_OUT
            return (Qt.CheckState.Checked if sent else Qt.CheckState.Unchecked).value
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnails.get(choice.key)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{held_series.name(choice)}: {held_series.decision(choice)}"
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A tick is the user's word: it is passed on, and shown when the controller has taken it."""
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        self.released.emit(self._choices[index.row()].key, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True
