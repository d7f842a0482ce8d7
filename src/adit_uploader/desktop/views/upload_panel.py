"""The right side, visible in every step: who, where to, under which names, and the button that sends."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from adit_uploader.desktop import icons
from adit_uploader.desktop.theme import current_theme
from adit_uploader.desktop.values import DestinationOption, SendBlock, SendState, Totals
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.account_panel import AccountPanel
from adit_uploader.desktop.views.mode_panel import ModePanel
from adit_uploader.desktop.views.profile_box import ProfileBox
from adit_uploader.desktop.words import sending
from adit_uploader.pseudonyms.mode import Mode

WIDTH = 324  # pixels
ROOM_AROUND_TEXT = 100  # margins of the panel, padding and icon of the Send button


class DestinationBox(QWidget):
    """Where to."""

    destination_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = parts.label("section")
        self._combo = QComboBox()
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setMinimumContentsLength(12)
        self._combo.activated.connect(lambda row: self.destination_chosen.emit(self._combo.itemText(row)))
        self._label.setBuddy(self._combo)
        self._locked = False
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        inside.addWidget(self._label)
        inside.addWidget(self._combo)
        self.retranslate()

    def set_destinations(self, options: Sequence[DestinationOption], chosen: str) -> None:
        """chosen: a name among them, or '' for none."""
        self._combo.clear()
        self._combo.addItems([option.name for option in options])
        self._combo.setCurrentIndex(next((row for row, each in enumerate(options) if each.name == chosen), -1))
        self._render()

    def set_locked(self, locked: bool) -> None:
        self._locked = locked
        self._render()

    def retranslate(self) -> None:
        self._label.setText(self.tr("D&estination"))
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _render(self) -> None:
        self._combo.setEnabled(self._combo.count() > 0 and not self._locked)
        self._combo.setPlaceholderText(self.tr("Choose …") if self._combo.count() else self.tr("Known after sign-in"))


class SendBar(QFrame):
    """The button that says what it does, and, when it can't, why."""

    send_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sendBar")
        self._state = SendState(Totals(), None, SendBlock.NOTHING_FOUND)
        self._selection = parts.label("muted", wrap=True)
        self._button = parts.button("primary")
        self._button.setIconSize(QSize(18, 18))
        self._button.setMinimumHeight(42)
        self._button.clicked.connect(self.send_wanted)
        self._why_icon = QLabel()
        self._why_icon.setFixedSize(16, 16)
        self._why = parts.label("muted", wrap=True)
        reason = QHBoxLayout()
        reason.setSpacing(6)
        reason.addWidget(self._why_icon, 0, Qt.AlignmentFlag.AlignTop)
        reason.addWidget(self._why, 1)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(20, 14, 20, 16)
        inside.setSpacing(8)
        inside.addWidget(self._selection)
        inside.addWidget(self._button)
        inside.addLayout(reason)
        self._render()

    def set_state(self, state: SendState) -> None:
        self._state = state
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self._render()
        super().changeEvent(event)

    def _fitted(self, text: str) -> str:
        """The text in one line, or in two where one would be cut (a button can't do that by itself)."""
        self._button.ensurePolished()
        metrics, room = self._button.fontMetrics(), WIDTH - ROOM_AROUND_TEXT
        if metrics.horizontalAdvance(text.replace("&", "")) <= room:
            return text
        words = text.split(" ")
        halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
        return "\n".join(min(halves, key=lambda pair: max(map(metrics.horizontalAdvance, pair))))

    def _render(self) -> None:
        state, theme = self._state, current_theme()
        danger = state.mode is Mode.NONE
        parts.set_tone(self._button, "kind", "danger" if danger else "primary")
        self._button.setText(self._fitted(sending.button(state)))
        self._button.setAccessibleName(sending.button(state).replace("&", ""))
        self._button.setEnabled(state.possible)
        on_colour = theme.on_danger_fill if danger else theme.on_accent
        self._button.setIcon(icons.icon("send", on_colour if state.possible else theme.muted))
        self._selection.setText(sending.selection(state))
        self._selection.setVisible(bool(self._selection.text()))
        why = sending.hint(state)
        self._why.setText(why)
        self._button.setAccessibleDescription(why)
        self._button.setToolTip(why)
        self._why.setVisible(bool(why))
        self._why_icon.setVisible(bool(why))
        self._why_icon.setPixmap(icons.pixmap("info", theme.muted, 16, self.devicePixelRatioF()))


class UploadPanel(QFrame):
    """Account, destination, mode, profile and the Send button, one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self.account = AccountPanel()
        self.destination = DestinationBox()
        self.mode = ModePanel()
        self.profile = ProfileBox()
        self.send = SendBar()
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(20, 18, 20, 18)
        inside.setSpacing(16)
        inside.addWidget(self.account)
        inside.addWidget(parts.rule())
        inside.addWidget(self.destination)
        inside.addWidget(parts.rule())
        inside.addWidget(self.mode)
        inside.addWidget(self.profile)
        inside.addStretch()
        scroll = QScrollArea()
        scroll.setObjectName("panelScroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.setSpacing(0)
        around.addWidget(scroll, 1)
        around.addWidget(self.send)

    def set_locked(self, locked: bool) -> None:
        """While an upload runs: everything readable, nothing to change."""
        self.account.set_locked(locked)
        self.destination.set_locked(locked)
        self.mode.set_locked(locked)
        self.profile.set_locked(locked)
