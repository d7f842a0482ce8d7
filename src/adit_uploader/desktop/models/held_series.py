"""The series that wait for the user's word: may their pictures show the patient's name?"""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from adit_uploader.desktop.values import HeldChoice
from adit_uploader.desktop.words import reasons
from adit_uploader.desktop.words.counts import COUNTS

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_COLUMNS = 2


class HeldSeriesTable(QAbstractTableModel):
    """One line a series: a tick box "send as it is", and a sentence that says why it is held."""

    released = Signal(str, bool)  # SeriesInstanceUID, send as it is

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choices: Sequence[HeldChoice] = ()

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
            return (self.tr("Series"), self.tr("Why it is held back"))[section]
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
        choice = self._choices[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            return (Qt.CheckState.Checked if choice.release else Qt.CheckState.Unchecked).value
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self._name(choice) if index.column() == 0 else reasons.held(choice)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if index.column() == 0:
                decision = self.tr("send as it is") if choice.release else self.tr("leave out")
                return f"{self._name(choice)}: {decision}"
            return reasons.held(choice)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A tick is the user's word: it is passed on, and shown when the controller has taken it."""
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        self.released.emit(self._choices[index.row()].key, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def _name(self, choice: HeldChoice) -> str:
        what = " ".join(part for part in (choice.modality, choice.description) if part)
        return f"{choice.patient} · {what} ({COUNTS.images(choice.instances)})"
