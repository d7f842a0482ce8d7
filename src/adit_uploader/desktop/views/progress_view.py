"""While an upload goes on: how far it is as a whole, by patient and series, at the server, and what failed."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QTabWidget, QVBoxLayout, QWidget

from adit_uploader.desktop.models.rows import Rows
from adit_uploader.desktop.models.sent_series import SentSeries
from adit_uploader.desktop.upload_values import Phase, SendProgress, SeriesLine, TaskLine
from adit_uploader.desktop.values import Item
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.figure import Figure
from adit_uploader.desktop.views.lines import Lines
from adit_uploader.desktop.words import formats, receivers, sending
from adit_uploader.transfer.events import SeriesCount

_PAUSABLE = frozenset({Phase.PREPARING, Phase.SENDING, Phase.RECONNECTING})
_STOPPABLE = _PAUSABLE | {Phase.PAUSED, Phase.PROCESSING, Phase.LAST_STUDIES}
_STEPS = 1000  # of the bar


class ProgressView(QWidget):
    """Pause and go on, cancel; the bar is full only when all is delivered."""

    pause_wanted = Signal()
    go_on_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._progress = SendProgress()
        self._destination = ""
        self._title = parts.label("title", wrap=True)
        self._detail = parts.label("muted", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._pause, self._cancel = parts.button(), parts.button()
        self._pause.clicked.connect(self._pause_or_go_on)
        self._cancel.clicked.connect(self.cancel_wanted)
        self._figures = [Figure() for _ in range(4)]
        figures = QHBoxLayout()
        figures.setSpacing(10)
        for figure in self._figures:
            figures.addWidget(figure, 1)
        self._series = SentSeries(self)
        self._tasks: Rows[TaskLine] = Rows(self._task_headers, self._task_cell, self)
        self._problems: Rows[Item] = Rows(self._problem_headers, self._problem_cell, self)
        self._failed: list[Item] = []
        self._tables = [Lines(model) for model in (self._series, self._tasks, self._problems)]
        for table, widths in zip(self._tables, ((230, 130, 110), (230, 130, 110), (270,)), strict=True):
            for position, width in enumerate(widths):
                table.setColumnWidth(position, width)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        parts.focus_on_bar(self._tabs)
        self._tabs.tabBar().setDrawBase(False)
        self._tabs.tabBar().setExpanding(False)
        for table in self._tables:
            page = QWidget()
            around = QVBoxLayout(page)
            around.setContentsMargins(0, 8, 0, 0)
            around.addWidget(table)
            self._tabs.addTab(page, "")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._title, 1)
        head.addWidget(self._pause, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignTop)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(12)
        inside.addLayout(head)
        inside.addWidget(self._bar)
        inside.addWidget(self._detail)
        inside.addLayout(figures)
        inside.addWidget(self._tabs, 1)
        self.retranslate()

    def start(self, destination: str, series: Sequence[SeriesLine]) -> None:
        """Another upload."""
        self._destination = destination
        self._series.set_series(series)
        self._tasks.set_rows(())
        self._failed = []
        self._problems.set_rows(())
        self._tabs.setCurrentIndex(0)
        self.set_progress(SendProgress())

    def set_progress(self, progress: SendProgress) -> None:
        before, self._progress = self._progress.phase, progress
        if progress.phase is not before:
            parts.announce(self._title, sending.phase(progress.phase, self._destination))
            if progress.phase is Phase.PROCESSING and self._tabs.currentIndex() == 0:
                self._tabs.setCurrentIndex(1)
        self._render()

    def set_series(self, counts: Sequence[SeriesCount]) -> None:
        self._series.set_counts(counts)

    def set_tasks(self, tasks: Sequence[TaskLine]) -> None:
        self._tasks.set_rows(tasks)
        self._render_tabs()

    def add_problems(self, items: Sequence[Item]) -> None:
        """What did not go through, told once, and then shown until the end."""
        self.set_problems((*self._failed, *items))

    def set_problems(self, items: Sequence[Item]) -> None:
        """All of it, in other words."""
        self._failed = list(items)
        self._problems.set_rows(self._failed)
        self._render_tabs()

    def take_focus(self) -> None:
        """Puts the keyboard on what can be done."""
        (self._pause if self._pause.isEnabled() else self._cancel).setFocus()

    def retranslate(self) -> None:
        self._cancel.setText(self.tr("&Cancel upload …"))
        self._bar.setAccessibleName(self.tr("Progress of the upload"))
        names = (self.tr("Patients and series"), self.tr("Studies on their way"), self.tr("What failed, and why"))
        for table, name in zip(self._tables, names, strict=True):
            table.setAccessibleName(name)
        for model in (self._series, self._tasks, self._problems):
            model.retranslate()
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _pause_or_go_on(self) -> None:
        (self.go_on_wanted if self._progress.phase is Phase.PAUSED else self.pause_wanted).emit()

    def _render(self) -> None:
        now = self._progress
        self._title.setText(sending.phase(now.phase, self._destination))
        self._pause.setText(self.tr("Go o&n") if now.phase is Phase.PAUSED else self.tr("Pa&use"))
        self._pause.setEnabled(now.phase in _PAUSABLE or now.phase is Phase.PAUSED)
        self._cancel.setEnabled(now.phase in _STOPPABLE)
        self._render_bar(now)
        done = self.tr("{done} of {all}").format(done=formats.size(now.bytes_done), all=formats.size(now.bytes_total))
        speed = formats.rate(now.rate) if now.rate and now.phase is not Phase.PROCESSING else ""
        left = sending.time_left(now.seconds_left) if now.phase is Phase.SENDING else ""
        self._detail.setText("  ·  ".join(part for part in (done, speed, left) if part))
        for figure, name, value in zip(
            self._figures[:3],
            (self.tr("sent"), self.tr("stored"), self.tr("delivered")),
            (now.sent, now.stored, now.delivered),
            strict=True,
        ):
            figure.set(name, f"{formats.number(value)} / {formats.number(now.total)}")
        self._figures[3].set(self.tr("refused"), formats.number(now.failed), "figure-short" if now.failed else "figure")
        self._render_tabs()

    def _render_bar(self, now: SendProgress) -> None:
        """While only the server works, the bar says how much of it is delivered."""
        done, whole = (
            (now.delivered, now.stored) if now.phase is Phase.PROCESSING else (now.bytes_done, now.bytes_total)
        )
        self._bar.setRange(0, _STEPS)
        self._bar.setValue(min(_STEPS, done * _STEPS // whole) if whole else 0)

    def _render_tabs(self) -> None:
        titles = (self.tr("Patients and series"), self.tr("At the server ({count})"), self.tr("Problems ({count})"))
        for position, (table, title) in enumerate(zip(self._tables, titles, strict=True)):
            count = table.model().rowCount()
            name = title.format(count=formats.number(count))
            parts.show_tab(self._tabs, position, name, visible=position == 0 or count > 0)

    def _task_headers(self) -> tuple[str, ...]:
        return (self.tr("Pseudonym"), self.tr("State"), self.tr("Delivered"), self.tr("Message"))

    def _task_cell(self, task: TaskLine, column: int) -> str:
        if column == 0:
            return formats.shortened(task.pseudonym)
        if column == 1:
            return sending.task_state(task.state)
        if column == 2:
            return f"{formats.number(task.delivered)} / {formats.number(task.stored)}"
        return receivers.said(task.message)

    def _problem_headers(self) -> tuple[str, ...]:
        return (self.tr("What"), self.tr("Why"))

    def _problem_cell(self, item: Item, column: int) -> str:
        return (item.what, item.why)[column]
