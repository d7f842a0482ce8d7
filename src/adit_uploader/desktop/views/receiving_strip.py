"""Whether this computer receives from workstations, and what is coming."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from adit_uploader.desktop.values import ReceivingState
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words.counts import COUNTS


class ReceivingStrip(QFrame):
    """Visible as long as it is switched on: nobody shall listen without knowing."""

    settings_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._state: ReceivingState | None = None
        self._text = parts.label(wrap=True)
        self._settings = parts.button("link")
        self._settings.clicked.connect(self.settings_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 6)
        row.setSpacing(14)
        row.addWidget(self._text, 1)
        row.addWidget(self._settings)
        self.setVisible(False)
        self.retranslate()

    def set_receiving(self, state: ReceivingState | None) -> None:
        """None: it is switched off."""
        self.setVisible(state is not None)
        self._state = state
        self._render()

    @property
    def text(self) -> str:
        """What stands there."""
        return self._text.text()

    def retranslate(self) -> None:
        self._settings.setText(self.tr("Settings …"))
        self._settings.setAccessibleName(self.tr("Settings of receiving"))
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _render(self) -> None:
        state = self._state
        if state is None:
            return
        if state.callers:
            callers = ", ".join(
                self.tr("{images} from {workstation}").format(images=COUNTS.images(one.images), workstation=one.name)
                for one in state.callers
            )
            text = self.tr("Receiving: {callers}").format(callers=callers)
        elif state.port:
            text = self.tr("Ready to receive from workstations: {title}, {address}, port {port}").format(
                title=state.ae_title, address=state.address, port=state.port
            )
        else:
            text = self.tr("Getting ready to receive …")
        if state.waiting:
            waiting = self.tr("Received for the next upload: {images}.").format(images=COUNTS.images(state.waiting))
            text = f"{text}. {waiting}"
        self._text.setText(text)
