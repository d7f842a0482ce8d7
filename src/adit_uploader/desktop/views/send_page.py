"""Step 3: how far it is, and at the end what became of everything."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from adit_uploader.desktop import icons
from adit_uploader.desktop.models.rows import Rows
from adit_uploader.desktop.theme import current_theme
from adit_uploader.desktop.values import Item, Outcome, ReceiptView, SendProgress, Severity, TaskLine
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.lines import Lines
from adit_uploader.desktop.views.messages import severity_colour
from adit_uploader.desktop.words import formats, sending
from adit_uploader.desktop.words.counts import COUNTS

_SEVERITY = {
    Outcome.COMPLETE: Severity.SUCCESS,
    Outcome.PARTIAL: Severity.WARNING,
    Outcome.UNDELIVERED: Severity.WARNING,
    Outcome.FAILED: Severity.ERROR,
    Outcome.CANCELLED: Severity.WARNING,
}
_ICONS = {Severity.SUCCESS: "success", Severity.WARNING: "warning", Severity.ERROR: "error"}


class Figure(QFrame):
    """A number with its name, on a card of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._value = parts.label("figure")
        self._name = parts.label("muted")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(14, 10, 14, 10)
        inside.setSpacing(0)
        inside.addWidget(self._value)
        inside.addWidget(self._name)

    def set(self, name: str, value: str, tone: str = "figure") -> None:
        """tone: of the number."""
        self._name.setText(name)
        self._value.setText(value)
        parts.set_tone(self._value, "tone", tone)
        self._value.setAccessibleName(f"{name}: {value}")


class ProgressView(QWidget):
    """While it goes on: sent, stored, delivered, and the studies on their way."""

    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._progress = SendProgress()
        self._destination = ""
        self._title = parts.label("title", wrap=True)
        self._detail = parts.label("muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._cancel = parts.button()
        self._cancel.clicked.connect(self.cancel_wanted)
        self._figures = [Figure() for _ in range(4)]
        figures = QHBoxLayout()
        figures.setSpacing(10)
        for figure in self._figures:
            figures.addWidget(figure, 1)
        self._tasks: Rows[TaskLine] = Rows(self._headers, self._cell, self)
        self._table = Lines(self._tasks)
        for position, width in enumerate((230, 130, 110)):
            self._table.setColumnWidth(position, width)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignTop)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(12)
        inside.addLayout(head)
        inside.addWidget(self._bar)
        inside.addWidget(self._detail)
        inside.addLayout(figures)
        inside.addWidget(self._table, 1)
        self.retranslate()

    def set_destination(self, destination: str) -> None:
        self._destination = destination
        self._render()

    def set_progress(self, progress: SendProgress) -> None:
        if progress.phase is not self._progress.phase:
            parts.announce(self._title, sending.phase(progress.phase, self._destination))
        self._progress = progress
        self._render()

    def set_tasks(self, tasks: Sequence[TaskLine]) -> None:
        self._tasks.set_rows(tasks)

    def retranslate(self) -> None:
        self._cancel.setText(self.tr("&Cancel upload"))
        self._bar.setAccessibleName(self.tr("Progress of the upload"))
        self._table.setAccessibleName(self.tr("Studies on their way"))
        self._tasks.retranslate()
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _render(self) -> None:
        now = self._progress
        self._title.setText(sending.phase(now.phase, self._destination))
        self._bar.setRange(0, max(now.bytes_total, 1) // 1024 + 1)
        self._bar.setValue(min(now.bytes_done, now.bytes_total) // 1024)
        done = self.tr("{done} of {all}").format(done=formats.size(now.bytes_done), all=formats.size(now.bytes_total))
        self._detail.setText(f"{done}  ·  {formats.rate(now.rate)}" if now.rate else done)
        for figure, name, value in zip(
            self._figures[:3],
            (self.tr("sent"), self.tr("stored"), self.tr("delivered")),
            (now.sent, now.stored, now.delivered),
            strict=True,
        ):
            figure.set(name, f"{formats.number(value)} / {formats.number(now.total)}")
        self._figures[3].set(self.tr("refused"), formats.number(now.failed), "figure-short" if now.failed else "figure")

    def _headers(self) -> tuple[str, ...]:
        return (self.tr("Pseudonym"), self.tr("State"), self.tr("Delivered"), self.tr("Message"))

    def _cell(self, task: TaskLine, column: int) -> str:
        if column == 0:
            return formats.shortened(task.pseudonym)
        if column == 1:
            return sending.task_state(task.state)
        if column == 2:
            return f"{formats.number(task.delivered)} / {formats.number(task.stored)}"
        return task.message


class ReceiptPage(QWidget):
    """The end: never green while something is missing."""

    key_list_wanted = Signal()
    report_wanted = Signal()
    new_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._receipt: ReceiptView | None = None
        self._icon = QLabel()
        self._icon.setFixedSize(40, 40)
        self._title = parts.label("title", wrap=True, selectable=True)
        self._detail = parts.label("muted", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        self._figures = [Figure() for _ in range(5)]
        figures = QHBoxLayout()
        figures.setSpacing(8)
        for figure in self._figures:
            figures.addWidget(figure, 1)
        self._counts = parts.label(wrap=True, selectable=True)
        self._items: Rows[Item] = Rows(self._headers, self._cell, self)
        self._table = Lines(self._items)
        self._table.setColumnWidth(0, 270)
        self._key_list, self._report, self._new = parts.button("primary"), parts.button(), parts.button()
        self._key_list.clicked.connect(self.key_list_wanted)
        self._report.clicked.connect(self.report_wanted)
        self._new.clicked.connect(self.new_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addWidget(self._key_list)
        buttons.addWidget(self._report)
        buttons.addStretch()
        buttons.addWidget(self._new)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(14)
        inside.addLayout(head)
        inside.addLayout(figures)
        inside.addWidget(self._counts)
        inside.addWidget(self._table, 1)
        self._space = QWidget()
        inside.addWidget(self._space, 1)
        inside.addLayout(buttons)
        self.retranslate()

    def set_receipt(self, receipt: ReceiptView) -> None:
        self._receipt = receipt
        self._items.set_rows(receipt.items)
        self._render()
        parts.announce(self._title, sending.outcome(receipt))

    def take_focus(self) -> None:
        """Puts the keyboard on what most people do next."""
        self._key_list.setFocus()

    def retranslate(self) -> None:
        self._key_list.setText(self.tr("Sa&ve key list …"))
        self._report.setText(self.tr("Save &report …"))
        self._new.setText(self.tr("Ne&w upload"))
        self._table.setAccessibleName(self.tr("What did not arrive, and why"))
        self._items.retranslate()
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._render()
        super().changeEvent(event)

    def _render(self) -> None:
        receipt = self._receipt
        if receipt is None:
            return
        severity = _SEVERITY[receipt.outcome]
        colour = severity_colour(current_theme(), severity)
        self._icon.setPixmap(icons.pixmap(_ICONS[severity], colour, 40, self.devicePixelRatioF()))
        self._title.setText(sending.outcome(receipt))
        self._detail.setText(sending.outcome_detail(receipt))
        names = (
            self.tr("found"),
            self.tr("pseudonymized"),
            self.tr("sent"),
            self.tr("stored"),
            self.tr("delivered"),
        )
        values = (receipt.found, receipt.pseudonymized, receipt.sent, receipt.stored, receipt.delivered)
        for figure, name, value in zip(self._figures, names, values, strict=True):
            figure.set(name, formats.number(value), "figure" if value == receipt.found else "figure-short")
        others = []
        if receipt.held:
            others.append(COUNTS.held_back(receipt.held))
        if receipt.refused:
            others.append(COUNTS.refused(receipt.refused))
        if receipt.left_out:
            others.append(COUNTS.left_out(receipt.left_out))
        self._counts.setText("  ·  ".join(others))
        self._counts.setVisible(bool(others))
        self._table.setVisible(bool(receipt.items))
        self._space.setVisible(not receipt.items)

    def _headers(self) -> tuple[str, ...]:
        return (self.tr("What"), self.tr("Why"))

    def _cell(self, item: Item, column: int) -> str:
        return (item.what, item.why)[column]


class SendPage(QStackedWidget):
    """Progress, then the receipt."""

    def take_focus(self) -> None:
        """Puts the keyboard on what most people do next."""
        if self.currentWidget() is self.receipt:
            self.receipt.take_focus()
        else:
            self.progress.setFocus()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.progress = ProgressView()
        self.receipt = ReceiptPage()
        self.addWidget(self.progress)
        self.addWidget(self.receipt)

    def set_progress(self, progress: SendProgress) -> None:
        self.progress.set_progress(progress)

    def set_tasks(self, tasks: Sequence[TaskLine]) -> None:
        self.progress.set_tasks(tasks)

    def show_progress(self, destination: str) -> None:
        """Starts anew."""
        self.progress.set_tasks(())
        self.progress.set_destination(destination)
        self.progress.set_progress(SendProgress())
        self.setCurrentWidget(self.progress)

    def show_receipt(self, receipt: ReceiptView) -> None:
        self.receipt.set_receipt(receipt)
        self.setCurrentWidget(self.receipt)
