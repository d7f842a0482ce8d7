"""Drop -> Check -> Send: where the user is, always visible."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from adit_uploader.desktop import icons
from adit_uploader.desktop.theme import current_theme
from adit_uploader.desktop.values import Step
from adit_uploader.desktop.views import parts

CIRCLE = 26  # pixels


class _Mark(QWidget):
    """The circle: a number, or a tick when the step is done. The label beside it says the same in words."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._current = False
        self._done = False
        self.setFixedSize(CIRCLE, CIRCLE)

    def set_state(self, *, current: bool, done: bool) -> None:
        self._current, self._done = current, done
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = self.rect().adjusted(1, 1, -1, -1)
        if self._current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent))
        else:
            painter.setPen(QColor(theme.accent if self._done else theme.field_border))
            painter.setBrush(QColor(theme.accent_ground if self._done else theme.surface))
        painter.drawEllipse(circle)
        if self._done:
            tick = icons.pixmap("check", theme.accent, 16, self.devicePixelRatioF())
            painter.drawPixmap((CIRCLE - 16) // 2, (CIRCLE - 16) // 2, tick)
        else:
            font = self.font()
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(QColor(theme.on_accent if self._current else theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.end()


class StepBar(QWidget):
    """Shows the three steps, and which of them is the current one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._step = Step.DROP
        self._finished = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self._marks: list[_Mark] = []
        self._names = [parts.label() for _ in Step]
        for position, name in enumerate(self._names):
            if position:
                line = parts.rule()
                line.setFixedWidth(36)
                line.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
                row.addWidget(line)
            mark = _Mark(position + 1)
            self._marks.append(mark)
            row.addWidget(mark)
            row.addWidget(name)
        self.retranslate()

    def set_step(self, step: Step, *, finished: bool = False) -> None:
        """finished: the last step is done too."""
        self._step, self._finished = step, finished
        self._render()

    def retranslate(self) -> None:
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _render(self) -> None:
        texts = (self.tr("Drop"), self.tr("Check"), self.tr("Send"))
        now = list(Step).index(self._step)
        for position, (mark, name, text) in enumerate(zip(self._marks, self._names, texts, strict=True)):
            done = position < now or (self._finished and position == now)
            current = position == now and not done
            mark.set_state(current=current, done=done)
            name.setText(text)
            parts.set_tone(name, "tone", "heading" if position == now else "muted")
            said = self.tr("Step {number} of 3: {name}").format(number=position + 1, name=text)
            if done:
                said += ", " + self.tr("done")
            elif current:
                said += ", " + self.tr("you are here")
            name.setAccessibleName(said)
        self.setAccessibleName(self.tr("Steps"))
