"""The tree patient > study > series of what was found, with each patient's pseudonym."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from adit_uploader.desktop.values import RowState
from adit_uploader.desktop.words import formats
from adit_uploader.dicom.growing import SeenSeries
from adit_uploader.dicom.inventory import Inventory, Patient, Series, Study


class Column(IntEnum):
    NAME = 0
    PSEUDONYM = 1
    MODALITY = 2
    IMAGES = 3
    SIZE = 4
    STATE = 5


@dataclass(slots=True)
class _Node:
    """A row; sums are made once, since a patient may have 100,000 instances."""

    item: Patient | Study | Series
    parent: int  # index in the node list, -1: top level
    row: int
    instances: int = 0
    size: int = 0
    modalities: tuple[str, ...] = ()
    children: list[int] = field(default_factory=list)
    texts: list[str] | None = None  # of each column, made when the row is first seen


Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_COLUMNS = len(Column)
_NUMBERS = (Column.IMAGES, Column.SIZE)
# plain numbers: Qt's own names take longer to look up than most answers
_DISPLAY, _TOOL_TIP = int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.ToolTipRole)
_ALIGNMENT, _ACCESSIBLE = int(Qt.ItemDataRole.TextAlignmentRole), int(Qt.ItemDataRole.AccessibleTextRole)
_ANSWERED = frozenset({_DISPLAY, _TOOL_TIP, _ALIGNMENT, _ACCESSIBLE})
_ALIGNMENTS = tuple(
    (Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
    for column in Column
)


class InventoryTree(QAbstractItemModel):
    """Read-only tree. Pseudonyms and states are set apart from the inventory: they change with the mode."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: list[_Node] = []
        self._top: list[int] = []
        self._growing: dict[tuple[str, ...], int] = {}  # nodes of a search that goes on
        self._pseudonyms: Mapping[str, str] = {}
        self._states: Mapping[str, RowState] = {}

    def set_inventory(self, inventory: Inventory) -> None:
        """Shows another inventory; pseudonyms and states of the last one are forgotten."""
        self.beginResetModel()
        self._nodes, self._top = [], []
        self._pseudonyms, self._states, self._growing = {}, {}, {}
        for patient in inventory.patients:
            at_patient = self._add(patient, -1)
            for study in patient.studies:
                at_study = self._add(study, at_patient)
                for series in study.series:
                    node = self._nodes[self._add(series, at_study)]
                    node.instances, node.size = len(series.instances), series.size
                    node.modalities = (series.modality,) if series.modality else ()
                self._sum_up(at_study)
            self._sum_up(at_patient)
        self.endResetModel()

    def grow(self, seen: Sequence[SeenSeries]) -> None:
        """Adds series that were found, or their further instances; what was shown of another search must be gone."""
        for one in seen:
            names = (one.patient_name,) if one.patient_name else ()
            patient = self._growing_node((one.patient_id,), Patient(one.patient_id, names, (), (), ()), -1)
            made = Study(one.study_instance_uid, one.study_date, one.study_description, ())
            study = self._growing_node((one.patient_id, one.study_instance_uid), made, patient)
            item = Series(one.series_instance_uid, one.modality, one.description, one.number, ())
            series = self._growing_node(one.key, item, study)
            before = self._nodes[series]
            more = (one.instances - before.instances, one.size - before.size)
            for at in (series, study, patient):
                node = self._nodes[at]
                node.instances, node.size = node.instances + more[0], node.size + more[1]
                if one.modality and one.modality not in node.modalities:
                    node.modalities += (one.modality,)
                node.texts = None
                self.dataChanged.emit(
                    self.createIndex(node.row, Column.MODALITY, at), self.createIndex(node.row, Column.SIZE, at)
                )

    def set_outcome(self, pseudonyms: Mapping[str, str], states: Mapping[str, RowState]) -> None:
        """Sets PatientID -> pseudonym, and SeriesInstanceUID -> what happens to the series."""
        self._pseudonyms, self._states = pseudonyms, states
        self._read_again()

    def retranslate(self) -> None:
        """Asks the views to read all texts again."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._read_again()

    # ------------------------------------------------------------ building

    def _add(self, item: Patient | Study | Series, parent: int) -> int:
        siblings = self._top if parent < 0 else self._nodes[parent].children
        self._nodes.append(_Node(item, parent, len(siblings)))
        siblings.append(len(self._nodes) - 1)
        return len(self._nodes) - 1

    def _growing_node(self, key: tuple[str, ...], item: Patient | Study | Series, parent: int) -> int:
        """The node of this key, made if it is new."""
        at = self._growing.get(key)
        if at is None:
            above = QModelIndex() if parent < 0 else self.createIndex(self._nodes[parent].row, 0, parent)
            row = len(self._top if parent < 0 else self._nodes[parent].children)
            self.beginInsertRows(above, row, row)
            at = self._growing[key] = self._add(item, parent)
            self.endInsertRows()
        return at

    def _sum_up(self, at: int) -> None:
        node = self._nodes[at]
        children = [self._nodes[child] for child in node.children]
        node.instances = sum(child.instances for child in children)
        node.size = sum(child.size for child in children)
        node.modalities = tuple(dict.fromkeys(name for child in children for name in child.modalities))

    def _read_again(self) -> None:
        """All texts are others now."""
        for node in self._nodes:
            node.texts = None
        self._announce(self._top)

    def _announce(self, rows: list[int]) -> None:
        if not rows:
            return
        first = self.createIndex(0, 0, rows[0])
        last = self.createIndex(len(rows) - 1, len(Column) - 1, rows[-1])
        self.dataChanged.emit(first, last)
        for at in rows:
            self._announce(self._nodes[at].children)

    # ------------------------------------------------------------ QAbstractItemModel

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        siblings = self._children(parent)
        if 0 <= row < len(siblings) and 0 <= column < _COLUMNS:
            return self.createIndex(row, column, siblings[row])
        return QModelIndex()

    def parent(self, child: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]  # Qt overloads this name
        if not child.isValid():
            return QModelIndex()
        above = self._nodes[child.internalId()].parent
        return QModelIndex() if above < 0 else self.createIndex(self._nodes[above].row, 0, above)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return len(self._children(parent))

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return _COLUMNS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                self.tr("Patient, study, series"),
                self.tr("Becomes"),
                self.tr("Type"),
                self.tr("Images"),
                self.tr("Size"),
                self.tr("Sending"),
            )[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENTS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        # a view asks for ten roles of each cell in each frame: what is not answered must cost nothing
        if role not in _ANSWERED or not index.isValid():
            return None
        column = index.column()
        if role == _ALIGNMENT:
            return _ALIGNMENTS[column]
        node = self._nodes[index.internalId()]
        if role == _DISPLAY:
            if node.texts is None:
                node.texts = [self._text(node, each) for each in Column]
            return node.texts[column]
        if role == _TOOL_TIP:
            return self._full_text(node, column)
        # an empty cell would be a nameless thing to a screen reader
        return self._full_text(node, column) or self.tr("no value")

    # ------------------------------------------------------------ texts

    def state_of(self, index: Index) -> RowState:
        """What happens to this row; that of all its series, the worst first."""
        return self._state(self._nodes[index.internalId()])

    def _children(self, parent: Index) -> list[int]:
        if not parent.isValid():
            return self._top
        return self._nodes[parent.internalId()].children if parent.column() == 0 else []

    def _state(self, node: _Node) -> RowState:
        if isinstance(node.item, Series):
            return self._states.get(node.item.series_instance_uid, RowState.UNDECIDED)
        found = {self._state(self._nodes[child]) for child in node.children}
        return found.pop() if len(found) == 1 else RowState.UNDECIDED

    def _counts(self, node: _Node) -> dict[RowState, int]:
        if isinstance(node.item, Series):
            return {self._state(node): 1}
        counts: dict[RowState, int] = {}
        for child in node.children:
            for state, count in self._counts(self._nodes[child]).items():
                counts[state] = counts.get(state, 0) + count
        return counts

    def _text(self, node: _Node, column: int) -> str:
        match column:
            case Column.NAME:
                text = self._name(node)
            case Column.PSEUDONYM:
                pseudonym = self._pseudonym(node)
                text = f"⇒ {formats.shortened(pseudonym)}" if pseudonym else ""
            case Column.MODALITY:
                text = ", ".join(node.modalities)
            case Column.IMAGES:
                text = formats.number(node.instances)
            case Column.SIZE:
                text = formats.size(node.size)
            case _:
                text = self._state_text(node)
        return text

    def _full_text(self, node: _Node, column: int) -> str:
        if column == Column.PSEUDONYM and isinstance(node.item, Patient):
            pseudonym = self._pseudonym(node)
            shown = node.item.patient_id or self.tr("(no PatientID)")
            return f"{shown} ⇒ {pseudonym}" if pseudonym else ""
        return self._text(node, column)

    def _pseudonym(self, node: _Node) -> str:
        return self._pseudonyms.get(node.item.patient_id, "") if isinstance(node.item, Patient) else ""

    def _name(self, node: _Node) -> str:
        item = node.item
        if isinstance(item, Patient):
            names = " / ".join(formats.person_name(name) for name in item.names)
            shown = item.patient_id or self.tr("(no PatientID)")
            return f"{shown} · {names}" if names else shown
        if isinstance(item, Study):
            date, described = formats.dicom_date(item.date), item.description or self.tr("Study without a description")
            return f"{date} · {described}" if date else described
        number = "" if item.number is None else f"{item.number} · "
        return number + (item.description or self.tr("Series without a description"))

    def _state_text(self, node: _Node) -> str:
        counts = self._counts(node)
        if not counts or RowState.UNDECIDED in counts:
            return ""
        if len(counts) == 1:
            return self._state_word(next(iter(counts)))
        return self.tr("partly") if RowState.SENT in counts else self.tr("not sent")

    def _state_word(self, state: RowState) -> str:
        return {
            RowState.UNDECIDED: "",
            RowState.SENT: self.tr("will be sent"),
            RowState.HELD: self.tr("held back"),
            RowState.REFUSED: self.tr("not sent"),
            RowState.LEFT_OUT: self.tr("not selected"),
        }[state]
