"""An upload that was cut, and what to do with it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from adit_uploader.desktop import icons
from adit_uploader.desktop.job_values import UnfinishedState
from adit_uploader.desktop.theme import current_theme
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words import jobs


class UnfinishedBox(QFrame):
    """Stands above the pages until it is answered."""

    go_on_wanted = Signal()
    leave_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setProperty("severity", "WARNING")
        self._state: UnfinishedState | None = None
        self._icon = QLabel()
        self._icon.setFixedSize(22, 22)
        self._title = parts.label("section", wrap=True)
        self._detail = parts.label(wrap=True, selectable=True)
        self._why = parts.label("muted", wrap=True)
        self._go_on, self._leave, self._delete = parts.button("primary"), parts.button(), parts.button()
        self._go_on.clicked.connect(self.go_on_wanted)
        self._leave.clicked.connect(self.leave_wanted)
        self._delete.clicked.connect(self.delete_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        for button in (self._go_on, self._leave, self._delete):
            buttons.addWidget(button)
        buttons.addStretch()
        words = QVBoxLayout()
        words.setSpacing(6)
        for label in (self._title, self._detail, self._why):
            words.addWidget(label)
        words.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 12)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.setVisible(False)
        self.retranslate()

    def show_unfinished(self, state: UnfinishedState | None) -> None:
        """None: there is none."""
        new = state is not None and self._state is None
        self._state = state
        self._render()
        if new:
            parts.announce(self._title, f"{self._title.text()}. {self._detail.text()}")

    def retranslate(self) -> None:
        self._go_on.setText(self.tr("Go on &with it"))
        self._leave.setText(self.tr("&Not now"))
        self._delete.setText(self.tr("Delete local tra&ces …"))
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._render()
        super().changeEvent(event)

    def _render(self) -> None:
        state = self._state
        self.setVisible(state is not None)
        if state is None:
            return
        self._icon.setPixmap(icons.pixmap("warning", current_theme().warning, 22, self.devicePixelRatioF()))
        self._title.setText(jobs.unfinished(state))
        self._detail.setText(jobs.unfinished_detail(state))
        why = jobs.unfinished_block(state)
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self._go_on.setEnabled(not why)
        self._go_on.setAccessibleDescription(why)
        self.setAccessibleName(self._title.text())
