"""Whether this computer receives from workstations, and what is coming."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from adit_uploader.desktop.values import Caller, ReceivingState
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words.counts import COUNTS

_QUIET = 1000  # milliseconds; a workstation that connects for each image is heard once


class ReceivingStrip(QFrame):
    """Visible as long as it is switched on: nobody shall listen without knowing. A screen reader says what changes."""

    settings_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._state: ReceivingState | None = None
        self._received: dict[str, int] = {}  # images by workstation, not yet said
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET)
        self._quiet.timeout.connect(self._say_received)
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
        before, self._state = self._state, state
        self.setVisible(state is not None)
        self._render()
        self._say(before)

    def add_received(self, caller: Caller) -> None:
        """A workstation has ended. caller: how many images it has sent."""
        self._received[caller.name] = self._received.get(caller.name, 0) + caller.images
        self._quiet.start()

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
            text = self.tr("Receiving: {callers}").format(callers=self._names(state.callers))
        elif state.port:
            text = self.tr("Ready to receive from workstations: {title}, {address}, port {port}").format(
                title=state.ae_title, address=state.address, port=state.port
            )
        else:
            text = self.tr("Getting ready to receive …")
        self._text.setText(self._with_waiting(text))

    def _names(self, callers: Iterable[Caller]) -> str:
        return ", ".join(
            self.tr("{images} from {workstation}").format(images=COUNTS.images(one.images), workstation=one.name)
            for one in callers
        )

    def _with_waiting(self, text: str) -> str:
        if self._state is None or not self._state.waiting:
            return text
        waiting = self.tr("Received for the next upload: {images}.").format(images=COUNTS.images(self._state.waiting))
        return f"{text}. {waiting}"

    # ------------------------------------------------------------ for a screen reader

    def _say(self, before: ReceivingState | None) -> None:
        """That it listens, or no longer does, and that something comes; each once."""
        state = self._state
        if state is None:
            if before is not None:
                parts.announce(self, self.tr("Nothing is received from workstations any more"))
            return
        listens = bool(state.port) and not (before and before.port)
        comes = bool(state.callers) and not (before and before.callers) and not self._received
        if listens or comes:
            parts.announce(self, self._text.text())

    def _say_received(self) -> None:
        received = [Caller(name, images) for name, images in self._received.items()]
        self._received = {}
        text = self.tr("Received: {callers}").format(callers=self._names(received))
        parts.announce(self, self._with_waiting(text))
