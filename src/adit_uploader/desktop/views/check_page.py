"""Step 2: what was found, who becomes whom, and what is not sent."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from adit_uploader.desktop.models.inventory_tree import InventoryTree
from adit_uploader.desktop.values import Excluded, HeldChoice, Item, RowState, Totals
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.details import Details
from adit_uploader.desktop.views.inventory_view import InventoryView
from adit_uploader.desktop.views.search_row import SearchRow
from adit_uploader.desktop.words import formats
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.dicom.growing import SeenSeries
from adit_uploader.dicom.inventory import Inventory, LeftOut
from adit_uploader.dicom.pictures.render import Picture
from adit_uploader.pseudonyms.errors import BatchFileProblem

FOLDED_AT_ONCE = 50  # rows, about a millisecond


class CheckPage(QWidget):
    """The tree with its summary, and below it whatever needs attention."""

    add_wanted = Signal()
    clear_wanted = Signal()
    ticked = Signal(frozenset, bool)  # SeriesInstanceUIDs, and whether they are sent
    look_wanted = Signal(tuple)  # patient, study and series of a row, as far as it goes
    only_wanted = Signal(frozenset)  # SeriesInstanceUIDs of all that are sent

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._totals = Totals()
        self._title = parts.label("heading")
        self._summary = parts.label("muted", wrap=True)
        self._add, self._clear = parts.button(), parts.button("link")
        self._add.clicked.connect(self.add_wanted)
        self._clear.clicked.connect(self.clear_wanted)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._summary)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addLayout(words, 1)
        head.addWidget(self._clear)
        head.addWidget(self._add)
        self.model = InventoryTree(self)
        self._folding = QTimer(self)  # in what time nobody needs
        self._folding.timeout.connect(self._fold)
        self.tree = InventoryView(self.model)
        self.model.ticked.connect(self.ticked)
        self.searching = SearchRow()
        self.searching.search_wanted.connect(self._search)
        self.searching.look_wanted.connect(self._look)
        self.tree.look_wanted.connect(self._look)
        self.searching.go_on_wanted.connect(self.take_focus)
        self.searching.all_wanted.connect(lambda: self.ticked.emit(self.model.shown_series(), True))
        self.searching.none_wanted.connect(lambda: self.ticked.emit(self.model.shown_series(), False))
        self.searching.only_wanted.connect(lambda: self.only_wanted.emit(self.model.shown_series()))
        self.details = Details()
        self.details.leave_out_wanted.connect(lambda series: self.ticked.emit(series, False))
        self.details.patient_wanted.connect(self._go_to_patient)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(10)
        self._split.addWidget(self.tree)
        self._split.addWidget(self.details)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 0)
        self._split.setSizes([1000, 210])
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.setSpacing(10)
        around.addLayout(head)
        around.addWidget(self.searching)
        around.addWidget(self._split, 1)
        self.retranslate()

    def show_inventory(self, inventory: Inventory, totals: Totals) -> None:
        """Another inventory, with its counts."""
        if not inventory.patients:
            self.searching.field.clear()
        self.model.set_inventory(inventory)
        self._totals = totals
        self.searching.set_usable(bool(inventory.patients))
        self._render()
        self.tree.open_rows()
        self._show_count()
        self._folding.start()

    def show_seen(self, series: Sequence[SeenSeries], totals: Totals) -> None:
        """A search goes on: these series are new, or have grown."""
        self.model.grow(series)
        self.searching.set_usable(False)
        self._totals = totals
        self._render()

    def set_outcome(self, pseudonyms: Mapping[str, str], states: Mapping[str, RowState]) -> None:
        """PatientID -> pseudonym, and SeriesInstanceUID -> what happens to the series."""
        self.model.set_outcome(pseudonyms, states)

    def set_excluded(self, series: frozenset[str], named: Sequence[Excluded]) -> None:
        """What the user left out: by SeriesInstanceUID, and as few rows of the tree as say it."""
        self.model.set_excluded(series)
        self.details.set_excluded(named)

    def set_held(self, choices: Sequence[HeldChoice]) -> None:
        self.details.set_held(choices)

    def set_thumbnail(self, key: str, picture: Picture) -> None:
        """The first picture of a held series."""
        self.details.set_thumbnail(key, picture)

    def set_problems(self, problems: Sequence[BatchFileProblem]) -> None:
        self.details.set_problems(problems)

    def set_refused(self, items: Sequence[Item]) -> None:
        self.details.set_refused(items)

    def set_sent_before(self, items: Sequence[Item], series: frozenset[str]) -> None:
        """Studies that were sent before, and the series of all of them."""
        self.details.set_sent_before(items, series)

    def set_warnings(self, items: Sequence[Item]) -> None:
        self.details.set_warnings(items)

    def set_left_out(self, left_out: Sequence[LeftOut]) -> None:
        self.details.set_left_out(left_out)

    def take_focus(self) -> None:
        """Puts the keyboard on the tree."""
        self.tree.setFocus()

    def retranslate(self) -> None:
        self._title.setText(self.tr("Found"))
        self._add.setText(self.tr("&Add more …"))
        self._clear.setText(self.tr("Start &over"))
        self.tree.setAccessibleName(self.tr("What was found: patients, studies, series"))
        self.model.retranslate()
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _render(self) -> None:
        totals = self._totals
        counts = (
            COUNTS.patients(totals.patients),
            COUNTS.studies(totals.studies),
            COUNTS.series(totals.series),
            COUNTS.images(totals.instances),
            formats.size(totals.size).replace(" ", "\u00a0"),  # the line may break elsewhere
        )
        self._summary.setText("  ·  ".join(counts))

    def _search(self, text: str) -> None:
        place = self.model.place_of(self.tree.currentIndex())
        if self.model.search(text):
            self.tree.open_rows(place)
        self._show_count()

    def _fold(self) -> None:
        if not self.model.fold(FOLDED_AT_ONCE):
            self._folding.stop()

    def _go_to_patient(self, patient_id: str) -> None:
        """To the row that a warning is about: there it can be looked into, or left out."""
        place = self.model.place_of_patient(patient_id)
        if not self.model.index_at(place).isValid():
            self.searching.field.clear()
        self.tree.go_to(place)
        self.take_focus()

    def _look(self) -> None:
        rows = self.model.row_of(self.tree.currentIndex())
        if rows and self.searching.usable:
            self.look_wanted.emit(rows)

    def _show_count(self) -> None:
        self.searching.set_shown(self.model.shown_counts() if self.model.searching else None)
