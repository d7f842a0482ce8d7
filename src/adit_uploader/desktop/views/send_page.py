"""Step 3: how far it is, and at the end what became of everything."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from adit_uploader.desktop import icons
from adit_uploader.desktop.models.rows import Rows
from adit_uploader.desktop.theme import current_theme
from adit_uploader.desktop.upload_values import Outcome, ReceiptView, SendProgress, SeriesLine, TaskLine
from adit_uploader.desktop.values import Item, Severity
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.figure import Figure
from adit_uploader.desktop.views.lines import Lines
from adit_uploader.desktop.views.messages import severity_colour
from adit_uploader.desktop.views.progress_view import ProgressView
from adit_uploader.desktop.words import formats, sending
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.transfer.events import SeriesCount

_SEVERITY = {
    Outcome.COMPLETE: Severity.SUCCESS,
    Outcome.PARTIAL: Severity.WARNING,
    Outcome.UNDELIVERED: Severity.WARNING,
    Outcome.FAILED: Severity.ERROR,
    Outcome.CANCELLED: Severity.WARNING,
    Outcome.ENDED: Severity.WARNING,
    Outcome.INTERRUPTED: Severity.WARNING,
}
_ICONS = {Severity.SUCCESS: "success", Severity.WARNING: "warning", Severity.ERROR: "error"}


class ReceiptPage(QWidget):
    """The end: never green while something is missing."""

    key_list_wanted = Signal()
    report_wanted = Signal()
    new_wanted = Signal()
    go_on_wanted = Signal()
    retry_wanted = Signal(list)  # rows; none: all

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
        self._go_on, self._retry_all, self._retry, self._copy = (parts.button() for _ in range(4))
        self._connect()
        about_items = _row(self._go_on, self._retry_all, self._retry, self._copy)
        about_items.addStretch()
        buttons = _row(self._key_list, self._report)
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
        inside.addLayout(about_items)
        inside.addLayout(buttons)
        self.retranslate()

    def _connect(self) -> None:
        self._go_on.clicked.connect(self.go_on_wanted)
        self._retry_all.clicked.connect(lambda: self.retry_wanted.emit([]))
        self._retry.clicked.connect(lambda: self.retry_wanted.emit(self._chosen()))
        self._copy.clicked.connect(lambda: self._table.copy(whole=True))
        self._table.selectionModel().selectionChanged.connect(self._render_retry)
        self._key_list.clicked.connect(self.key_list_wanted)
        self._report.clicked.connect(self.report_wanted)
        self._new.clicked.connect(self.new_wanted)

    def set_receipt(self, receipt: ReceiptView) -> None:
        self._receipt = receipt
        self._items.set_rows(receipt.items)
        self._render()
        parts.announce(self._title, sending.outcome(receipt))

    def take_focus(self) -> None:
        """Puts the keyboard on what most people do next."""
        first = next(each for each in (self._go_on, self._retry_all, self._key_list) if each.isVisibleTo(self))
        first.setFocus()

    def retranslate(self) -> None:
        self._key_list.setText(self.tr("Sa&ve key list …"))
        self._report.setText(self.tr("Save &receipt …"))
        self._new.setText(self.tr("Ne&w upload"))
        self._table.setAccessibleName(self.tr("What did not arrive, and why"))
        self._go_on.setText(self.tr("Go o&n sending"))
        self._retry.setText(self.tr("Retr&y the chosen ones"))
        self._copy.setText(self.tr("&Copy the list"))
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
        if receipt.not_chosen:
            others.append(COUNTS.not_chosen(receipt.not_chosen))
        self._counts.setText("  ·  ".join(others))
        self._counts.setVisible(bool(others))
        self._table.setVisible(bool(receipt.items))
        self._space.setVisible(not receipt.items)
        self._copy.setVisible(bool(receipt.items))
        self._go_on.setVisible(receipt.outcome is Outcome.INTERRUPTED)
        self._render_retry()

    def _chosen(self) -> list[int]:
        """Rows that are selected and can be sent once more."""
        receipt = self._receipt
        rows = {index.row() for index in self._table.selectionModel().selectedRows()}
        return sorted(row for row in rows if receipt is not None and receipt.items[row].retriable)

    def _render_retry(self) -> None:
        retriable = sum(item.retriable for item in self._receipt.items) if self._receipt else 0
        self._retry_all.setText(COUNTS.retry(retriable))
        self._retry_all.setVisible(retriable > 0)
        self._retry.setVisible(retriable > 1)
        self._retry.setEnabled(bool(self._chosen()))

    def _headers(self) -> tuple[str, ...]:
        return (self.tr("What"), self.tr("Why"))

    def _cell(self, item: Item, column: int) -> str:
        return (item.what, item.why)[column]


def _row(*widgets: QWidget) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(10)
    for widget in widgets:
        made.addWidget(widget)
    return made


class SendPage(QStackedWidget):
    """Progress, then the receipt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.progress = ProgressView()
        self.receipt = ReceiptPage()
        self.addWidget(self.progress)
        self.addWidget(self.receipt)

    def take_focus(self) -> None:
        """Puts the keyboard on what most people do next."""
        (self.receipt if self.currentWidget() is self.receipt else self.progress).take_focus()

    def set_progress(self, progress: SendProgress) -> None:
        self.progress.set_progress(progress)

    def set_series(self, counts: Sequence[SeriesCount]) -> None:
        self.progress.set_series(counts)

    def add_problems(self, items: Sequence[Item]) -> None:
        self.progress.add_problems(items)

    def set_problems(self, items: Sequence[Item]) -> None:
        self.progress.set_problems(items)

    def set_tasks(self, tasks: Sequence[TaskLine]) -> None:
        self.progress.set_tasks(tasks)

    def show_progress(self, destination: str, series: Sequence[SeriesLine] = ()) -> None:
        """Starts anew."""
        self.progress.start(destination, series)
        self.setCurrentWidget(self.progress)

    def show_receipt(self, receipt: ReceiptView) -> None:
        self.receipt.set_receipt(receipt)
        self.setCurrentWidget(self.receipt)
