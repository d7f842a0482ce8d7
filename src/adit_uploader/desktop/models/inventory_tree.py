"""The tree patient > study > series of what was found, with each patient's pseudonym."""

from collections.abc import Mapping, Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from adit_uploader.desktop.models.inventory_nodes import Choice, Node
from adit_uploader.desktop.models.search import Words, left_over, narrows, text_of, words_of
from adit_uploader.desktop.values import RowState
from adit_uploader.desktop.words import formats, rows
from adit_uploader.dicom.growing import SeenSeries
from adit_uploader.dicom.inventory import Inventory, Patient, Series, Study


class Column(IntEnum):
    NAME = 0
    PSEUDONYM = 1
    MODALITY = 2
    IMAGES = 3
    SIZE = 4
    STATE = 5


Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_COLUMNS = len(Column)
_NUMBERS = (Column.IMAGES, Column.SIZE)
# plain numbers: Qt's own names take longer to look up than most answers
_DISPLAY, _TOOL_TIP = int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.ToolTipRole)
_ALIGNMENT, _ACCESSIBLE = int(Qt.ItemDataRole.TextAlignmentRole), int(Qt.ItemDataRole.AccessibleTextRole)
_CHECK = int(Qt.ItemDataRole.CheckStateRole)
_ANSWERED = frozenset({_DISPLAY, _TOOL_TIP, _ALIGNMENT, _ACCESSIBLE, _CHECK})
_TICKED, _UNTICKED = int(Qt.CheckState.Checked.value), int(Qt.CheckState.Unchecked.value)
_PARTLY = int(Qt.CheckState.PartiallyChecked.value)
_PLAIN = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
_TICKABLE = _PLAIN | Qt.ItemFlag.ItemIsUserCheckable
_ALIGNMENTS = tuple(
    (Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
    for column in Column
)


class InventoryTree(QAbstractItemModel):
    """The tree, with a tick on each row: is it sent? Pseudonyms and states change with the mode, and are set apart.

    A search shows the series in which, or in whose study and patient, all its words are. What is ticked, summed up and
    counted in a row is what is shown of it.
    """

    ticked = Signal(frozenset, bool)  # SeriesInstanceUIDs, and whether they are sent

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: list[Node] = []
        self._every: list[int] = []  # patients
        self._top: list[int] = []  # those that the search shows
        self._words: Words = ()
        self._found = 0  # series that are shown
        self._dates: dict[str, str] = {}
        self._excluded: frozenset[str] = frozenset()
        self._fits = True  # whether what is shown was found by what the rows say now
        self._folded = 0  # nodes of which it is known by what they are found
        self._growing: dict[tuple[str, ...], int] = {}  # nodes of a search that goes on
        self._pseudonyms: Mapping[str, str] = {}
        self._states: Mapping[str, RowState] = {}

    def set_inventory(self, inventory: Inventory) -> None:
        """Shows another inventory; pseudonyms and states of the last one are forgotten, the search goes on."""
        self.beginResetModel()
        self._nodes, self._every, self._top = [], [], []
        self._pseudonyms, self._states, self._growing = {}, {}, {}
        for patient in inventory.patients:
            at_patient = self._add(patient, -1)
            for study in patient.studies:
                at_study = self._add(study, at_patient)
                for series in study.series:
                    node = self._nodes[self._add(series, at_study)]
                    node.instances, node.size = len(series.instances), series.size
                    node.modalities = (series.modality,) if series.modality else ()
        self._folded = 0
        self._show(self._chosen(False))
        self.endResetModel()

    def search(self, text: str) -> bool:
        """Shows only what has all these words; '' shows everything. Returns whether that are other rows than before."""
        words = words_of(text)
        if words == self._words:
            return False
        narrower = self._fits and narrows(self._words, words)
        self._words, self._fits = words, True
        choice = self._chosen(narrower)
        if choice.top == self._top and all(self._nodes[at].children == below for at, below in choice.below.items()):
            return False
        self.beginResetModel()
        self._show(choice)
        self.endResetModel()
        return True

    def set_excluded(self, excluded: frozenset[str]) -> None:
        """Unticks these series, by SeriesInstanceUID, and ticks all others."""
        self._excluded = excluded
        for node in self._nodes:
            node.unticked = -1
        self._read_again()

    @property
    def searching(self) -> bool:
        """Whether not everything is shown."""
        return bool(self._words)

    def shown_series(self) -> frozenset[str]:
        """SeriesInstanceUIDs of what is shown."""
        return frozenset().union(*map(self._series_below, self._top))

    def shown_counts(self) -> tuple[int, int]:
        """Patients and series that are shown."""
        return len(self._top), self._found

    def place_of(self, index: Index) -> int:
        """What a row is found by again after another search, -1 of none."""
        return int(index.internalId()) if index.isValid() else -1

    def index_at(self, place: int) -> QModelIndex:
        """The row of a place, if it is shown."""
        if not 0 <= place < len(self._nodes):
            return QModelIndex()
        above = self._nodes[place].parent
        siblings = self._top if above < 0 else self._nodes[above].children
        row = self._nodes[place].row
        shown = row < len(siblings) and siblings[row] == place
        return self.createIndex(row, 0, place) if shown else QModelIndex()

    def row_of(self, index: Index) -> tuple[Patient | Study | Series, ...]:
        """The patient, study and series that a row stands for, outermost first."""
        at, found = self.place_of(index), []
        while at >= 0:
            found.append(self._nodes[at].item)
            at = self._nodes[at].parent
        return tuple(reversed(found))

    def place_of_patient(self, patient_id: str) -> int:
        """Where a patient is, -1 if nowhere."""
        return next((at for at in self._every if _id_of(self._nodes[at].item) == patient_id), -1)

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
                _sums_change(node)
                self.dataChanged.emit(
                    self.createIndex(node.row, Column.MODALITY, at), self.createIndex(node.row, Column.SIZE, at)
                )

    def set_outcome(self, pseudonyms: Mapping[str, str], states: Mapping[str, RowState]) -> None:
        """Sets PatientID -> pseudonym, and SeriesInstanceUID -> what happens to the series."""
        renamed = pseudonyms != self._pseudonyms
        self._pseudonyms, self._states = pseudonyms, states
        if renamed:
            self._fits = False
            for at in self._every:
                self._nodes[at].found_by = None
        self._read_again()

    def retranslate(self) -> None:
        """Asks the views to read all texts again."""
        self._dates.clear()
        self._fits = False
        for node in self._nodes:
            node.found_by = None
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._read_again()

    # ------------------------------------------------------------ building

    def _add(self, item: Patient | Study | Series, parent: int) -> int:
        siblings = self._every if parent < 0 else self._nodes[parent].every
        self._nodes.append(Node(item, parent, len(siblings)))
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
            (self._top if parent < 0 else self._nodes[parent].children).append(at)
            self.endInsertRows()
        return at

    def _chosen(self, narrower: bool) -> Choice:
        """What the search shows. narrower: nothing that was not shown before."""
        choice = Choice()
        choice.top = self._fitting(self._top if narrower else self._every, self._words, choice, narrower)
        return choice

    def _fitting(self, among: list[int], words: Words, choice: Choice, narrower: bool) -> list[int]:
        """Those of some rows of one parent that have these words, or are around what has them."""
        fitting: list[int] = []
        nodes = self._nodes
        for at in among:
            node = nodes[at]
            rest = left_over(words, node.found_by or self._found_by(node)) if words else words
            if node.every:
                below = self._fitting(node.children if narrower else node.every, rest, choice, narrower)
                if not below:
                    continue
                choice.below[at] = below
            elif rest:
                continue
            fitting.append(at)
        return fitting

    def _show(self, choice: Choice) -> None:
        nodes = self._nodes
        self._top = choice.top
        for row, at in enumerate(choice.top):
            nodes[at].row = row
        self._found = 0
        for at, below in choice.below.items():
            node = nodes[at]
            if not nodes[below[0]].every:
                self._found += len(below)
            if node.children == below and node.series >= 0:
                continue
            node.children, node.series, node.unticked = below, -1, -1
            _sums_change(node)
            above = node.parent
            while above >= 0:
                nodes[above].series = nodes[above].unticked = -1
                _sums_change(nodes[above])
                above = nodes[above].parent
            for row, child in enumerate(below):
                nodes[child].row = row

    def fold(self, limit: int) -> bool:
        """Makes ready by what so many rows are found, before anybody looks for them; returns whether more are left."""
        end = min(self._folded + limit, len(self._nodes))
        for node in self._nodes[self._folded : end]:
            self._found_by(node)
        self._folded = end
        return end < len(self._nodes)

    def _found_by(self, node: Node) -> str:
        if node.found_by is None:
            node.found_by = text_of(node.item, self._pseudonym(node), self._dates)
        return node.found_by

    def _sum_up(self, node: Node) -> None:
        """Counts what is shown of a row, if nobody has."""
        if node.series >= 0 or self._growing:
            return
        if isinstance(node.item, Series):
            node.series = 1
            return
        children = [self._nodes[child] for child in node.children]
        for child in children:
            self._sum_up(child)
        node.instances = sum(child.instances for child in children)
        node.size = sum(child.size for child in children)
        node.modalities = tuple(dict.fromkeys(name for child in children for name in child.modalities))
        node.series = sum(child.series for child in children)

    def _unticked(self, node: Node) -> int:
        """How many series of a row are left out."""
        if node.unticked < 0:
            if isinstance(node.item, Series):
                node.unticked = int(node.item.series_instance_uid in self._excluded)
            else:
                node.unticked = sum(self._unticked(self._nodes[child]) for child in node.children)
        return node.unticked

    def _series_below(self, at: int) -> frozenset[str]:
        node = self._nodes[at]
        if isinstance(node.item, Series):
            return frozenset({node.item.series_instance_uid})
        return frozenset().union(*map(self._series_below, node.children))

    def _read_again(self) -> None:
        """All texts are others now."""
        for node in self._nodes:
            node.texts.clear()
        if self._top:
            # of the rows below none are told one by one: a view draws all that it shows anew in any case, and looks
            # for each place that it is told among all others first
            last = self.createIndex(len(self._top) - 1, _COLUMNS - 1, self._top[-1])
            self.dataChanged.emit(self.createIndex(0, 0, self._top[0]), last)

    # ------------------------------------------------------------ QAbstractItemModel

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        # a view asks for each cell in each frame
        siblings = self._nodes[parent.internalId()].children if parent.isValid() else self._top
        if 0 <= row < len(siblings) and 0 <= column < _COLUMNS:
            return self.createIndex(row, column, siblings[row])
        return QModelIndex()

    def parent(self, child: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]  # Qt overloads this name
        if not child.isValid():
            return QModelIndex()
        above = self._nodes[child.internalId()].parent
        return QModelIndex() if above < 0 else self.createIndex(self._nodes[above].row, 0, above)

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        return bool(self._children(parent))

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
        if role == _DISPLAY:
            return self.cell(index)[0]
        node = self._nodes[index.internalId()]
        if role == _CHECK:
            return None if column or self._growing else self._tick(node)
        if role == _TOOL_TIP:
            return self._full_text(node, column)
        text = self._full_text(node, column)
        tick = _TICKED if column or self._growing else self._tick(node)
        if tick != _TICKED:
            left_out = self.tr("left out") if tick == _UNTICKED else self.tr("left out in part")
            text = f"{text}: {left_out}"
        # an empty cell would be a nameless thing to a screen reader
        return text or self.tr("no value")

    def cell(self, index: Index) -> tuple[str, Qt.AlignmentFlag, int, bool]:
        """All that is drawn of a cell: text, where that stands, tick (-1: none), whether a picture stands before it."""
        node, column = self._nodes[index.internalId()], index.column()
        if len(node.texts) < _COLUMNS:
            node.texts += [self._text(node, each) for each in range(len(node.texts), _COLUMNS)]
        if column:
            return node.texts[column], _ALIGNMENTS[column], -1, False
        return node.texts[0], _ALIGNMENTS[0], -1 if self._growing else self._tick(node), isinstance(node.item, Series)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _PLAIN if index.column() or self._growing else _TICKABLE

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A tick is the user's word: it is passed on, and shown when the controller has taken it."""
        if role != _CHECK or not index.isValid() or self._growing:
            return False
        series = self._series_below(index.internalId())
        self.ticked.emit(series, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def _tick(self, node: Node) -> int:
        unticked = self._unticked(node) if self._excluded else 0
        if not unticked:
            return _TICKED
        self._sum_up(node)
        return _UNTICKED if unticked == node.series else _PARTLY

    # ------------------------------------------------------------ texts

    def state_of(self, index: Index) -> RowState:
        """What happens to this row; that of all its series, the worst first."""
        return self._state(self._nodes[index.internalId()])

    def _children(self, parent: Index) -> list[int]:
        if not parent.isValid():
            return self._top
        return self._nodes[parent.internalId()].children if parent.column() == 0 else []

    def _state(self, node: Node) -> RowState:
        if isinstance(node.item, Series):
            return self._states.get(node.item.series_instance_uid, RowState.UNDECIDED)
        found = {self._state(self._nodes[child]) for child in node.children}
        return found.pop() if len(found) == 1 else RowState.UNDECIDED

    def _states_in(self, node: Node) -> frozenset[RowState]:
        """Those of all series of a row that are shown."""
        if isinstance(node.item, Series):
            return frozenset((self._state(node),))
        return frozenset().union(*[self._states_in(self._nodes[child]) for child in node.children])

    def _text(self, node: Node, column: int) -> str:
        self._sum_up(node)
        match column:
            case Column.NAME:
                text = rows.name(node.item)
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

    def _full_text(self, node: Node, column: int) -> str:
        if column == Column.PSEUDONYM and isinstance(node.item, Patient):
            pseudonym = self._pseudonym(node)
            return f"{rows.patient_id(node.item)} ⇒ {pseudonym}" if pseudonym else ""
        return self._text(node, column)

    def _pseudonym(self, node: Node) -> str:
        return self._pseudonyms.get(node.item.patient_id, "") if isinstance(node.item, Patient) else ""

    def _state_text(self, node: Node) -> str:
        states = self._states_in(node)
        if not states or RowState.UNDECIDED in states:
            return ""
        if len(states) == 1:
            return self._state_word(next(iter(states)))
        return self.tr("partly") if RowState.SENT in states else self.tr("not sent")

    def _state_word(self, state: RowState) -> str:
        return {
            RowState.UNDECIDED: "",
            RowState.SENT: self.tr("will be sent"),
            RowState.HELD: self.tr("held back"),
            RowState.REFUSED: self.tr("not sent"),
            RowState.LEFT_OUT: self.tr("not selected"),
            RowState.EXCLUDED: self.tr("left out"),
        }[state]


def _id_of(item: Patient | Study | Series) -> str | None:
    return item.patient_id if isinstance(item, Patient) else None


def _sums_change(node: Node) -> None:
    """Its texts from the types on are others now; its name and its pseudonym stay."""
    del node.texts[Column.MODALITY :]
