"""Below the tree: what needs a decision, and what is not sent and why. Each list is there only when it has lines."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from adit_uploader.desktop.models.held_series import THUMBNAIL, HeldSeriesTable
from adit_uploader.desktop.models.rows import Rows
from adit_uploader.desktop.values import Excluded, HeldChoice, Item
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.lines import Lines
from adit_uploader.desktop.views.picture_canvas import image_of
from adit_uploader.desktop.words import batch_problems, formats, reasons, rows
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.dicom.inventory import LeftOut
from adit_uploader.dicom.pictures.render import Picture
from adit_uploader.pseudonyms.errors import BatchFileProblem
from adit_uploader.transfer.harmless import is_harmless


class Details(QTabWidget):
    """Tabs: held series, problems of the batch file, warnings, patients that can't be sent, files left out."""

    released = Signal(str, bool)
    review_wanted = Signal(str)
    patient_wanted = Signal(str)  # the one that a warning is about
    leave_out_wanted = Signal(frozenset)  # series of studies that were sent before

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        parts.focus_on_bar(self)
        self.tabBar().setDrawBase(False)
        self.tabBar().setExpanding(False)
        self._held_model = HeldSeriesTable(self)
        self._held_model.released.connect(self.released)
        self._problem_model: Rows[BatchFileProblem] = Rows(self._problem_headers, self._problem_cell, self)
        self._warning_model: Rows[Item] = Rows(self._warning_headers, self._item_cell, self)
        self._refused_model: Rows[Item] = Rows(self._refused_headers, self._item_cell, self)
        self._left_out_model: Rows[Excluded | LeftOut] = Rows(self._left_out_headers, self._left_out_cell, self)
        self._warnings: tuple[Item, ...] = ()
        self._before: tuple[Item, ...] = ()
        self._before_series: frozenset[str] = frozenset()
        self._leave_out = parts.button()
        self._leave_out.clicked.connect(lambda: self.leave_out_wanted.emit(self._before_series))
        self._excluded: tuple[Excluded, ...] = ()
        self._left_out: tuple[LeftOut, ...] = ()
        self._lost = 0  # of them that may be images
        self._held_hint = parts.label("muted", wrap=True)
        self._held_table = Lines(self._held_model, picture=THUMBNAIL)
        self._held_table.activated.connect(lambda index: self.review_wanted.emit(self._held_model.key(index.row())))
        self._look = parts.button()
        self._look.clicked.connect(self._look_at_chosen)
        held = QWidget()
        inside = QVBoxLayout(held)
        inside.setContentsMargins(0, 8, 0, 0)
        inside.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._held_hint, 1)
        head.addWidget(self._look)
        inside.addLayout(head)
        inside.addWidget(self._held_table)
        self._pages: list[tuple[QWidget, Lines]] = [(held, self._held_table)]
        for model in (self._problem_model, self._warning_model, self._refused_model, self._left_out_model):
            lines = Lines(model)
            page = QWidget()
            around = QVBoxLayout(page)
            around.setContentsMargins(0, 8, 0, 0)
            if model is self._warning_model:
                around.addWidget(self._leave_out, 0, Qt.AlignmentFlag.AlignLeft)
            around.addWidget(lines)
            self._pages.append((page, lines))
        warned = self._pages[2][1]
        warned.activated.connect(self._go_to_warned)
        widths = ((270, 120), (60, 150), (200,), (200,), (270,))
        for (_, lines), each in zip(self._pages, widths, strict=True):
            for position, width in enumerate(each):
                lines.setColumnWidth(position, width)
        for page, _ in self._pages:
            self.addTab(page, "")
        self.held, self.problems = held, self._pages[1][0]
        self.retranslate()

    def set_held(self, choices: Sequence[HeldChoice]) -> None:
        new = not self._held_model.rowCount() and bool(choices)
        self._held_model.set_choices(choices)
        self._render()
        if new and not self._problem_model.rowCount():
            self.setCurrentIndex(0)  # the only list that waits for an answer

    def set_thumbnail(self, key: str, picture: Picture) -> None:
        self._held_model.set_thumbnail(key, image_of(picture))

    def _look_at_chosen(self) -> None:
        row = max(self._held_table.currentIndex().row(), 0)
        if row < self._held_model.rowCount():
            self.review_wanted.emit(self._held_model.key(row))

    def _go_to_warned(self, index: QModelIndex) -> None:
        patient = self._warning_model.row(index.row()).patient
        if patient is not None:
            self.patient_wanted.emit(patient)

    def set_problems(self, problems: Sequence[BatchFileProblem]) -> None:
        """What keeps the batch file from being used. The list comes to the front: nothing goes on without it."""
        self._problem_model.set_rows(problems)
        self._render()
        if problems:
            self.setCurrentIndex(1)

    def set_warnings(self, items: Sequence[Item]) -> None:
        """What may be sent, and should be looked at."""
        self._warnings = tuple(items)
        self._show_warnings()

    def set_sent_before(self, items: Sequence[Item], series: frozenset[str]) -> None:
        """Studies that were sent before stand before all other warnings. series: of all of them."""
        self._before, self._before_series = tuple(items), series
        self._show_warnings()

    def _show_warnings(self) -> None:
        items = (*self._before, *self._warnings)
        new = not self._warning_model.rowCount() and bool(items)
        self._warning_model.set_rows(items)
        self._leave_out.setVisible(bool(self._before))
        self._render()
        if new and not self._problem_model.rowCount() and not self._held_model.rowCount():
            self.setCurrentIndex(2)

    def set_refused(self, items: Sequence[Item]) -> None:
        self._refused_model.set_rows(items)
        self._render()

    def set_left_out(self, left_out: Sequence[LeftOut]) -> None:
        self._left_out = tuple(left_out)
        self._lost = sum(not is_harmless(one) for one in left_out)
        self._show_left_out()

    def set_excluded(self, named: Sequence[Excluded]) -> None:
        """What the user left out stands before what could not be taken."""
        self._excluded = tuple(named)
        self._show_left_out()

    def _show_left_out(self) -> None:
        self._left_out_model.set_rows((*self._excluded, *self._left_out))
        self._render()

    def retranslate(self) -> None:
        self._held_hint.setText(
            self.tr("Look at their pictures: mark areas to be blanked, or tick what may be sent. The rest is left out.")
        )
        self._leave_out.setText(self.tr("Untick what was sent &before"))
        self._look.setText(self.tr("Look at t&he pictures …"))
        names = (
            self.tr("Held back series"),
            self.tr("Problems in the batch file"),
            self.tr("Warnings"),
            self.tr("Patients that can't be sent"),
            self.tr("What is left out"),
        )
        for (_, lines), name in zip(self._pages, names, strict=True):
            lines.setAccessibleName(name)
        for model in (
            self._held_model,
            self._problem_model,
            self._warning_model,
            self._refused_model,
            self._left_out_model,
        ):
            model.retranslate()
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _render(self) -> None:
        counts = [lines.model().rowCount() for _, lines in self._pages]
        lost = self._lost
        titles = (
            self.tr("Held back ({count})"),
            self.tr("Batch file problems ({count})"),
            self.tr("Warnings ({count})"),
            self.tr("Can't be sent ({count})"),
            self.tr("Left out ({count}), perhaps images: {lost}") if lost else self.tr("Left out ({count})"),
        )
        for position, (count, title) in enumerate(zip(counts, titles, strict=True)):
            name = title.format(count=formats.number(count), lost=formats.number(lost))
            parts.show_tab(self, position, name, visible=count > 0)
        if any(counts) and (self.isHidden() or not counts[self.currentIndex()]):
            self.setCurrentIndex(next(position for position, count in enumerate(counts) if count))
        self.setVisible(any(counts))

    # ------------------------------------------------------------ words of the lists

    def _problem_headers(self) -> tuple[str, ...]:
        return (self.tr("Line"), self.tr("Column"), self.tr("Problem"))

    def _problem_cell(self, problem: BatchFileProblem, column: int) -> str:
        if column == 0:
            return "" if problem.line is None else formats.number(problem.line)
        return (problem.column or "") if column == 1 else batch_problems.problem(problem)

    def _warning_headers(self) -> tuple[str, ...]:
        return (self.tr("Where"), self.tr("What to look at"))

    def _refused_headers(self) -> tuple[str, ...]:
        return (self.tr("Patient"), self.tr("Reason"))

    def _item_cell(self, item: Item, column: int) -> str:
        return (item.what, item.why)[column]

    def _left_out_headers(self) -> tuple[str, ...]:
        return (self.tr("What"), self.tr("Reason"))

    def _left_out_cell(self, left_out: Excluded | LeftOut, column: int) -> str:
        if isinstance(left_out, Excluded):
            if column == 1:
                return self.tr("Left out by you.")
            return f"{rows.path(*left_out.rows)} ({COUNTS.images(left_out.images)})"
        if column == 1:
            return reasons.left_out()[left_out.reason]
        return str(left_out.location)
