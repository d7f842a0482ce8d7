"""How far the search for images is, with a way to stop it."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from adit_uploader.desktop.values import ScanState
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words.counts import COUNTS


class ScanStrip(QFrame):
    """Visible only while something is looked through."""

    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._state = ScanState()
        self._text = parts.label()
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._stop = parts.button()
        self._stop.clicked.connect(self.stop_wanted)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(self._text)
        words.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(14)
        row.addLayout(words, 1)
        row.addWidget(self._stop)
        self.setVisible(False)
        self.retranslate()

    def set_scan(self, state: ScanState | None) -> None:
        """None: nothing is being looked through."""
        self.setVisible(state is not None)
        self._state = state or ScanState()
        self._render()

    def retranslate(self) -> None:
        self._stop.setText(self.tr("Stop sear&ch"))
        self._bar.setAccessibleName(self.tr("Looking through the files"))
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _render(self) -> None:
        text = self.tr("Looking through the files: {files}, {images} found").format(
            files=COUNTS.files(self._state.files), images=COUNTS.images(self._state.instances)
        )
        self._text.setText(text)
