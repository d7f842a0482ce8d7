"""Patients with their series, and how far each is: a table in which a patient's series follow the patient."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from adit_uploader.desktop.upload_values import SeriesLine
from adit_uploader.desktop.words import formats
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.transfer.events import SeriesCount

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_INDENT = "      "


@dataclass(slots=True)
class _Row:
    """line: of the series, of a patient that of the first series. patient: row of the patient, -1 for patients."""

    line: SeriesLine
    patient: int
    images: int
    stored: int = 0
    refused: int = 0

    @property
    def ended(self) -> int:
        return self.stored + self.refused


class SentSeries(QAbstractTableModel):
    """One row a patient and a series. Counts come in small portions, and touch only the rows concerned."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._row_of: list[int] = []  # of each series, by its position in the plan

    def set_series(self, lines: Sequence[SeriesLine]) -> None:
        """Starts anew; series of one patient follow each other."""
        self.beginResetModel()
        self._rows, self._row_of = [], []
        patient = -1
        for line in lines:
            if patient < 0 or self._rows[patient].line.patient != line.patient:
                patient = len(self._rows)
                self._rows.append(_Row(line, -1, 0))
            self._rows[patient].images += line.images
            self._row_of.append(len(self._rows))
            self._rows.append(_Row(line, patient, line.images))
        self.endResetModel()

    def set_counts(self, counts: Sequence[SeriesCount]) -> None:
        """How far some series are now."""
        touched: list[int] = []
        for count in counts:
            at = self._row_of[count.position]
            row = self._rows[at]
            patient = self._rows[row.patient]
            patient.stored += count.stored - row.stored
            patient.refused += count.refused - row.refused
            row.stored, row.refused = count.stored, count.refused
            touched += (at, row.patient)
        if touched:
            self.dataChanged.emit(self.index(min(touched), 2), self.index(max(touched), 3))

    def retranslate(self) -> None:
        """Asks the views to read all texts again."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 3)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, 3))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("Patient and series"), self.tr("Pseudonym"), self.tr("Stored"), self.tr("State"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            whole = index.column() == 1 and row.patient < 0
            return row.line.pseudonym if whole else self._cell(row, index.column()).strip()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._cell(row, index.column()).strip() or self.tr("no value")
        return None

    def _cell(self, row: _Row, column: int) -> str:
        if column == 0:
            return row.line.patient if row.patient < 0 else _INDENT + self._name(row.line)
        if column == 1:
            return formats.shortened(row.line.pseudonym) if row.patient < 0 else ""
        if column == 2:
            return f"{formats.number(row.stored)} / {formats.number(row.images)}"
        return self._state(row)

    def _name(self, line: SeriesLine) -> str:
        return " ".join(part for part in (line.modality, line.description) if part) or self.tr("Series")

    def _state(self, row: _Row) -> str:
        if not row.ended:
            return self.tr("waiting")
        state = self.tr("stored") if row.ended >= row.images else self.tr("being sent")
        if not row.refused:
            return state
        return COUNTS.refused(row.refused) if row.ended >= row.images else f"{state}, {COUNTS.refused(row.refused)}"
