"""All uploads, this computer's and the server's: what became of each, and what can be done with it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from adit_uploader.desktop import icons
from adit_uploader.desktop.job_values import JobDeeds, JobLine, ResultLine, ServerLook
from adit_uploader.desktop.models.rows import Rows
from adit_uploader.desktop.theme import current_theme
from adit_uploader.desktop.upload_values import TaskLine
from adit_uploader.desktop.values import Explanation
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.lines import Lines
from adit_uploader.desktop.words import formats, jobs, receivers, sending
from adit_uploader.desktop.words.counts import COUNTS

_WIDTHS = ((132, 96, 110, 96, 112), (116, 184, 84, 116), (130, 130, 110, 92))


class _Reminder(QFrame):
    """Stands there as long as a key list was never saved elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("severity", "WARNING")
        self._icon = QLabel()
        self._icon.setFixedSize(22, 22)
        self._text = parts.label(wrap=True, selectable=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self.setVisible(False)

    def set_text(self, text: str) -> None:
        self._icon.setPixmap(icons.pixmap("warning", current_theme().warning, 22, self.devicePixelRatioF()))
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))


class JobsPage(QWidget):
    """The list above, the chosen job's studies and patients below, and what can be done with it."""

    job_chosen = Signal(str)
    look_wanted = Signal()
    go_on_wanted = Signal()
    retry_wanted = Signal()
    cancel_wanted = Signal()
    delete_wanted = Signal()
    key_list_wanted = Signal()
    receipt_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = ServerLook.SIGNED_OUT
        self._why: Explanation | None = None
        self._unsaved = 0
        self._line: JobLine | None = None
        self._deeds = JobDeeds()
        self._title, self._state = parts.label("heading"), parts.label("muted", wrap=True, selectable=True)
        self._again = parts.button()
        self._again.clicked.connect(self.look_wanted)
        self._reminder = _Reminder()
        self._jobs: Rows[JobLine] = Rows(self._job_headers, self._job_cell, self)
        self._tasks: Rows[TaskLine] = Rows(self._task_headers, self._task_cell, self)
        self._results: Rows[ResultLine] = Rows(self._result_headers, self._result_cell, self)
        self._tables = [Lines(model) for model in (self._jobs, self._tasks, self._results)]
        for table, widths in zip(self._tables, _WIDTHS, strict=True):
            for position, width in enumerate(widths):
                table.setColumnWidth(position, width)
        self._list = self._tables[0]
        self._list.selectionModel().currentRowChanged.connect(self._choose)
        self._detail = parts.label(wrap=True, selectable=True)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        parts.focus_on_bar(self._tabs)
        self._tabs.tabBar().setDrawBase(False)
        self._tabs.tabBar().setExpanding(False)
        self._go_on, self._retry, self._cancel, self._delete = (parts.button() for _ in range(4))
        self._key_list, self._receipt = parts.button("primary"), parts.button()
        for button, wanted in (
            (self._go_on, self.go_on_wanted),
            (self._retry, self.retry_wanted),
            (self._cancel, self.cancel_wanted),
            (self._delete, self.delete_wanted),
            (self._key_list, self.key_list_wanted),
            (self._receipt, self.receipt_wanted),
        ):
            button.clicked.connect(wanted)
        self._build()
        self.retranslate()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._again)
        for table in self._tables[1:]:
            page = QWidget()
            around = QVBoxLayout(page)
            around.setContentsMargins(0, 6, 0, 0)
            around.addWidget(table)
            self._tabs.addTab(page, "")
        lower = QWidget()
        below = parts.column(spacing=6)
        lower.setLayout(below)
        below.addWidget(self._detail)
        below.addWidget(self._tabs, 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._list)
        splitter.addWidget(lower)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addLayout(head)
        inside.addWidget(self._state)
        inside.addWidget(self._reminder)
        inside.addWidget(splitter, 1)
        rows = ((self._key_list, self._receipt, None, self._delete), (self._go_on, self._retry, self._cancel, None))
        for row in rows:
            buttons = QHBoxLayout()
            buttons.setSpacing(10)
            for button in row:
                if button is None:
                    buttons.addStretch()
                else:
                    buttons.addWidget(button)
            inside.addLayout(buttons)

    # ------------------------------------------------------------ state

    def set_look(self, look: ServerLook, why: Explanation | None) -> None:
        """How much the list knows of the server. why: where it can't be reached."""
        before = self._state.text()
        self._look, self._why = look, why
        self._render_look()
        if look is ServerLook.UNREACHABLE and self._state.text() != before:
            parts.announce(self._state, self._state.text())

    def set_unsaved(self, count: int) -> None:
        """So many key lists were never saved outside of this program."""
        self._unsaved = count
        self._reminder.set_text(jobs.unsaved_reminder(count))

    def show_jobs(self, lines: Sequence[JobLine], chosen: str) -> None:
        """chosen: id of the line that is selected, '' for none."""
        selection = self._list.selectionModel()
        selection.blockSignals(True)
        self._jobs.set_rows(tuple(lines))
        row = next((row for row, line in enumerate(lines) if line.job == chosen), -1)
        if row >= 0 and self._list.currentIndex().row() != row:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            selection.setCurrentIndex(self._jobs.index(row, 0), flags)
        selection.blockSignals(False)
        self._list.viewport().update()
        self._render_look()
        if not chosen and lines:
            self._list.selectRow(0)  # something is always looked at

    def show_job(
        self, line: JobLine | None, deeds: JobDeeds, tasks: Sequence[TaskLine], results: Sequence[ResultLine]
    ) -> None:
        """The chosen job; None: there is none."""
        self._line, self._deeds = line, deeds
        self._tasks.set_rows(tuple(tasks))
        self._results.set_rows(tuple(results))
        self._render_job()

    def take_focus(self) -> None:
        """Puts the keyboard on the list."""
        self._list.setFocus()

    def retranslate(self) -> None:
        self._title.setText(self.tr("Uploads"))
        self._again.setText(self.tr("&Look again"))
        self._go_on.setText(self.tr("G&o on with it"))
        self._retry.setText(self.tr("Send &again what failed"))
        self._cancel.setText(self.tr("&Cancel at the server …"))
        self._delete.setText(self.tr("Delete local traces …"))
        self._key_list.setText(self.tr("Sa&ve key list …"))
        self._receipt.setText(self.tr("Save &receipt …"))
        names = (self.tr("Uploads"), self.tr("Studies of the chosen upload"), self.tr("Patients of the chosen upload"))
        for table, name in zip(self._tables, names, strict=True):
            table.setAccessibleName(name)
        for model in (self._jobs, self._tasks, self._results):
            model.retranslate()
        self._reminder.set_text(jobs.unsaved_reminder(self._unsaved))
        self._render_look()
        self._render_job()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()
        super().changeEvent(event)

    # ------------------------------------------------------------ inside

    def _choose(self) -> None:
        row = self._list.currentIndex().row()
        if 0 <= row < self._jobs.rowCount():
            self.job_chosen.emit(self._jobs.row(row).job)

    def _render_look(self) -> None:
        why = "" if self._why is None else self._why.again().title
        self._state.setText(jobs.look(self._look, why, empty=not self._jobs.rowCount()))

    def _render_job(self) -> None:
        line, deeds = self._line, self._deeds
        self._detail.setText("" if line is None else jobs.job_detail(line, deeds.block))
        self._detail.setVisible(bool(self._detail.text()))
        why = jobs.block(deeds.block, "" if line is None else line.server)
        for button, able in (
            (self._go_on, deeds.go_on),
            (self._retry, deeds.retry),
            (self._cancel, deeds.cancel),
            (self._delete, deeds.delete),
            (self._key_list, deeds.key_list),
            (self._receipt, deeds.receipt),
        ):
            button.setEnabled(able)
        for button in (self._go_on, self._retry):
            button.setAccessibleDescription(why)
            button.setToolTip(why)
        titles = (self.tr("Studies ({count})"), self.tr("Patients ({count})"))
        for position, (count, title) in enumerate(
            zip((self._tasks.rowCount(), self._results.rowCount()), titles, strict=True)
        ):
            parts.show_tab(self._tabs, position, title.format(count=formats.number(count)))

    def _job_headers(self) -> tuple[str, ...]:
        return (
            self.tr("Begun"),
            self.tr("Known"),
            self.tr("State"),
            self.tr("Destination"),
            self.tr("Delivered"),
            self.tr("Key list"),
        )

    def _job_cell(self, line: JobLine, column: int) -> str:
        if column == 4:
            whole = line.stored if line.images is None else line.images
            return f"{formats.number(line.delivered)} / {formats.number(whole)}"
        if column == 5:
            return jobs.key_list(line.key_list)
        return (
            jobs.moment(line.created) if line.created else "",
            jobs.place(line.place),
            jobs.state(line.state),
            line.destination,
        )[column]

    def _task_headers(self) -> tuple[str, ...]:
        return (
            self.tr("Pseudonym"),
            self.tr("State"),
            self.tr("Attempts"),
            self.tr("Delivered"),
            self.tr("Message"),
        )

    def _task_cell(self, task: TaskLine, column: int) -> str:
        return (
            formats.shortened(task.pseudonym),
            sending.task_state(task.state),
            formats.number(task.attempts),
            f"{formats.number(task.delivered)} / {formats.number(task.stored)}",
            receivers.said(task.message) or (COUNTS.failed(task.failed) if task.failed else ""),
        )[column]

    def _result_headers(self) -> tuple[str, ...]:
        return (
            self.tr("PatientID"),
            self.tr("Pseudonym"),
            self.tr("Sent"),
            self.tr("Studies"),
            self.tr("Delivered"),
        )

    def _result_cell(self, line: ResultLine, column: int) -> str:
        delivered = f"{formats.number(line.delivered)} / {formats.number(line.stored)}" if line.studies else ""
        return (
            line.patient_id,
            formats.shortened(line.pseudonym),
            line.sent,
            formats.number(line.studies) if line.studies else "",
            delivered,
        )[column]
