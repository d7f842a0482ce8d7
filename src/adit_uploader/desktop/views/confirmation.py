"""Questions that need an answer before something is done. Opened with ``open``: no loop of their own."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from adit_uploader.desktop import icons
from adit_uploader.desktop.theme import current_theme
from adit_uploader.desktop.values import Explanation
from adit_uploader.desktop.views import parts

_TEXT_WIDTH = 430  # pixels


class Confirmation(QDialog):
    """``accepted`` is emitted only when the user presses the button that names the deed; Enter and Escape go back."""

    second_chosen = Signal()

    def __init__(
        self, parent: QWidget | None, text: Explanation, *, go: str, back: str, also: str = "", guide: str = ""
    ) -> None:
        """also: a second deed, '' for none; it emits ``second_chosen``. guide: the page that tells more."""
        super().__init__(parent)
        self.guide_page = guide
        self.addActions(parent.actions() if parent else ())  # F1 opens the guide here too
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(text.title)
        self.setMinimumWidth(460)
        self._sign = QLabel()
        self._paint_sign()
        title = parts.label("heading", wrap=True)
        title.setText(text.title)
        message = parts.label(wrap=True)
        message.setText(text.message)
        confirm, return_ = parts.button("danger"), parts.button()
        confirm.setText(go)
        return_.setText(back)
        return_.setDefault(True)
        confirm.clicked.connect(self.accept)
        return_.clicked.connect(self.reject)
        self.setAccessibleDescription(text.message)
        self._texts = (title, message)
        for label in self._texts:
            label.setFixedWidth(_TEXT_WIDTH)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(title)
        words.addWidget(message)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch()
        buttons.addWidget(confirm)
        if also:
            second = parts.button()
            second.setText(also)
            second.clicked.connect(self._choose_second)
            buttons.addWidget(second)
        buttons.addWidget(return_)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(24, 22, 24, 20)
        inside.setSpacing(20)
        inside.addLayout(top)
        inside.addLayout(buttons)
        return_.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """As high as its sentences need: a dialog does not ask text that wraps for its height by itself."""
        for label in self._texts:
            label.ensurePolished()
            label.setMinimumHeight(label.heightForWidth(_TEXT_WIDTH))
        self.adjustSize()
        super().showEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_sign()
        super().changeEvent(event)

    def _paint_sign(self) -> None:
        self._sign.setPixmap(icons.pixmap("warning", current_theme().danger, 40, self.devicePixelRatioF()))

    def _choose_second(self) -> None:
        self.second_chosen.emit()
        self.reject()
