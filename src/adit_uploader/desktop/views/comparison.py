"""An instance before and after: all elements side by side, with the rule in words, and its picture."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from adit_uploader.desktop.models.comparison_table import ComparisonTable, Show
from adit_uploader.desktop.values import ComparisonState, RowState
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.lines import Lines
from adit_uploader.desktop.views.picture_canvas import PictureCanvas
from adit_uploader.desktop.views.position import Position
from adit_uploader.desktop.views.search_row import SearchField
from adit_uploader.desktop.words import rows
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.dicom.pictures.render import Picture

if TYPE_CHECKING:  # the window starts without the engine
    from adit_uploader.transfer.comparing import Compared

_WIDTHS = (146, 106, 106, 124)  # in the smallest dialog the rules need the rest
_PICTURE = 220  # pixels
_WANTED, _LEAST = (1200, 680), (1000, 640)  # pixels of the dialog, where the screen has them, and where it is small


class Comparison(QDialog):
    """Shows what it is told, and forgets it when it is closed."""

    instance_wanted = Signal(int)  # of the series, from 0 on

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: ComparisonState | None = None
        self._title, self._note = parts.label("heading", wrap=True), parts.label("warning", wrap=True)
        self._count = parts.label("muted")
        self.field = SearchField()
        self._show = QComboBox()
        for each in Show:
            self._show.addItem("", each)
        self.model = ComparisonTable(self)
        self._table = Lines(self.model)
        for column, width in enumerate(_WIDTHS):
            self._table.setColumnWidth(column, width)
        self._problem = parts.label("muted", wrap=True)
        self._problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._table)
        self._pages.addWidget(self._problem)
        self._canvas = PictureCanvas()
        self._canvas.setMinimumSize(_PICTURE, _PICTURE)
        self._image = Position()
        self._close = parts.button("primary")
        self.field.textChanged.connect(self._choose)
        self.field.go_on_wanted.connect(self._table.setFocus)
        self._show.currentIndexChanged.connect(self._choose)
        self._image.moved.connect(self.instance_wanted)
        self._close.clicked.connect(self.accept)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.field.take_focus)
        self.finished.connect(self._forget)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        wanted = QHBoxLayout()
        wanted.setSpacing(8)
        wanted.addWidget(self.field, 1)
        wanted.addWidget(self._count)
        wanted.addWidget(self._show)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(wanted)
        left.addWidget(self._pages, 1)
        side = QWidget()
        side.setFixedWidth(_PICTURE)
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        right.addWidget(self._canvas)
        right.addStretch()
        middle = QHBoxLayout()
        middle.setSpacing(14)
        middle.addLayout(left, 1)
        middle.addWidget(side)
        below = QHBoxLayout()
        below.setSpacing(14)
        below.addWidget(self._image, 1)
        below.addWidget(self._close, 0, Qt.AlignmentFlag.AlignRight)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(20, 18, 20, 16)
        inside.setSpacing(10)
        inside.addWidget(self._title)
        inside.addWidget(self._note)
        inside.addLayout(middle, 1)
        inside.addLayout(below)

    def show_comparison(self, state: ComparisonState) -> None:
        """Another instance; its lines and its picture come when they are made."""
        self._state = state
        self._image.set_place(state.place, state.images)
        self._render()
        if not self.isVisible():
            self.resize(QSize(*_WANTED).boundedTo(self.screen().availableSize()).expandedTo(QSize(*_LEAST)))
            self.show()
            self.field.setFocus()

    def set_lines(self, compared: "Compared | None", text: str = "") -> None:
        """All elements, or why there are none."""
        place = self._table.verticalScrollBar().value()
        self.model.set_lines(() if compared is None else compared.lines, 0 if compared is None else compared.days)
        self._table.verticalScrollBar().setValue(place)
        self._problem.setText(text)
        self._pages.setCurrentWidget(self._table if compared is not None else self._problem)
        self._render()

    def set_picture(self, picture: Picture | None, text: str) -> None:
        """The picture as it is in the file, or why there is none."""
        self._canvas.set_picture(picture, text)

    def _choose(self) -> None:
        self.model.set_wanted(self._show.currentData(), self.field.text())
        self._render()
        parts.announce(self._count, self._count.text())

    def _forget(self) -> None:
        self.model.set_lines((), 0)
        self._canvas.set_picture(None)
        self.field.clear()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._forget()
        super().closeEvent(event)

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Before and after"))
        self.field.setPlaceholderText(self.tr("Search elements, values and rules"))
        self.field.setAccessibleName(self.tr("Search elements, values and rules"))
        names = {
            Show.ALL: self.tr("All elements"),
            Show.CHANGED: self.tr("Only changed"),
            Show.KEPT: self.tr("Only kept"),
        }
        for position, each in enumerate(Show):
            self._show.setItemText(position, names[each])
        self._show.setAccessibleName(self.tr("Which elements are shown"))
        self._table.setAccessibleName(self.tr("Elements before and after"))
        self._canvas.setAccessibleName(self.tr("Picture"))
        self._image.set_name(self.tr("&Image"))
        self._close.setText(self.tr("&Close"))
        self.model.retranslate()
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _render(self) -> None:
        self._count.setText(COUNTS.elements(self.model.rowCount(QModelIndex())))
        state = self._state
        if state is None:
            return
        self._title.setText(rows.path(*state.rows))
        note = {
            RowState.HELD: self.tr("Held back as things stand: this is what would be sent if you release it."),
            RowState.EXCLUDED: self.tr("You left it out: this is what would be sent if you tick it."),
            RowState.LEFT_OUT: self.tr("The batch file does not select it: nothing of it is sent."),
            RowState.REFUSED: self.tr("It can't be sent: see the list below the tree."),
        }.get(state.fate, "")
        self._note.setText(note)
        self._note.setVisible(bool(note))
