"""Above the tree: what is looked for in it, how much of it is there, and what is ticked."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words.counts import COUNTS


class SearchField(QLineEdit):
    """Esc empties it, Enter and the arrow down go to what was found."""

    go_on_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.go_on_wanted.emit()
        else:
            super().keyPressEvent(event)

    def take_focus(self) -> None:
        """Puts the keyboard on it, with what it holds selected: typing replaces it."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()


class SearchRow(QWidget):
    """The search field with its count, and ticks for many rows at once."""

    search_wanted = Signal(str)
    go_on_wanted = Signal()
    all_wanted = Signal()
    none_wanted = Signal()
    only_wanted = Signal()
    look_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = SearchField()
        self._count = parts.label("muted")
        self._all, self._none, self._only = parts.button(), parts.button(), parts.button()
        self._look = parts.button()
        self._shown: tuple[int, int] | None = None
        self.field.textChanged.connect(self.search_wanted)
        self.field.go_on_wanted.connect(self.go_on_wanted)
        self._all.clicked.connect(self.all_wanted)
        self._none.clicked.connect(self.none_wanted)
        self._only.clicked.connect(self.only_wanted)
        self._look.clicked.connect(self.look_wanted)
        self._shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        self._shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        self._shortcut.activated.connect(self.field.take_focus)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self.field, 1)
        inside.addWidget(self._count)
        inside.addWidget(self._all)
        inside.addWidget(self._none)
        inside.addWidget(self._only)
        inside.addWidget(self._look)
        self.retranslate()

    def set_shown(self, shown: tuple[int, int] | None) -> None:
        """Patients and series that were found, None while nothing is looked for. A screen reader says it."""
        self._shown = shown
        self._render()
        if shown is not None:
            parts.announce(self._count, self._count.text())

    def set_usable(self, usable: bool) -> None:
        """Whether there is something to look through that no longer grows."""
        for widget in (self.field, self._all, self._none, self._look):
            widget.setEnabled(usable)
        self._render()

    @property
    def usable(self) -> bool:
        """As told by ``set_usable``."""
        return self.field.isEnabled()

    def retranslate(self) -> None:
        self.field.setPlaceholderText(self.tr("Search ({keys})").format(keys=self._keys()))
        self.field.setAccessibleName(self.tr("Search patients, studies and series"))
        self.field.setToolTip(
            self.tr("PatientID, pseudonym, name, description, type or date. Esc shows everything again.")
        )
        self._all.setText(self.tr("A&ll"))
        self._none.setText(self.tr("None"))
        self._only.setText(self.tr("Only these"))
        self._look.setText(self.tr("Befo&re/after …"))
        for button, text in (
            (self._all, self.tr("Ticks everything that is shown.")),
            (self._none, self.tr("Leaves out everything that is shown.")),
            (self._look, self.tr("Shows all elements of the chosen row's images as they are, and as they are sent.")),
            (self._only, self.tr("Ticks what the search shows, and leaves out everything else.")),
        ):
            button.setToolTip(text)
            button.setAccessibleDescription(text)
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _keys(self) -> str:
        return self._shortcut.key().toString(QKeySequence.SequenceFormat.NativeText)

    def _render(self) -> None:
        shown = self._shown
        self._count.setText("" if shown is None else COUNTS.found(shown[1]) if shown[1] else self.tr("Nothing found"))
        self._count.setVisible(shown is not None)
        self._only.setEnabled(bool(shown and shown[1]) and self.field.isEnabled())
