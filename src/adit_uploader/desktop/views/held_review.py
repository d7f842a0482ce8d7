"""A look at held series: their pictures, large, and the user's word on each: leave out, blank areas, or send."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from adit_uploader.deid.blanking.areas import Rectangle
from adit_uploader.desktop.values import HeldDecision, ReviewState
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.picture_canvas import PictureCanvas
from adit_uploader.desktop.views.position import Position
from adit_uploader.desktop.words import formats, held_series, reasons
from adit_uploader.dicom.pictures.render import Picture

_SIDE = 320  # pixels


class HeldReview(QDialog):
    """One held series at a time. Shows what it is told, and passes on what the user wants."""

    picture_wanted = Signal(int, int)  # image of the series, frame of the image; from 0 on
    decision_wanted = Signal(object)  # HeldDecision
    areas_wanted = Signal(tuple)  # Rectangles, in the picture's own pixels
    series_wanted = Signal(int)  # -1 the one before, +1 the next

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: ReviewState | None = None
        self._chosen = -1
        self._picture_size = (0, 0)
        self.canvas = PictureCanvas()
        self._image, self._frame = Position(), Position()
        self._title, self._why = parts.label("heading", wrap=True), parts.label("muted", wrap=True)
        self._question = parts.label("section", wrap=True)
        self._obstacle = parts.label("warning", wrap=True)
        self._choices = {decision: QRadioButton() for decision in HeldDecision}
        self._group = QButtonGroup(self)
        for decision, choice in self._choices.items():
            self._group.addButton(choice)
            choice.clicked.connect(lambda _=False, decision=decision: self.decision_wanted.emit(decision))
        self._areas_label, self._areas = parts.label("section"), QListWidget()
        self._areas_label.setBuddy(self._areas)
        self._areas.setMaximumHeight(110)
        self._areas.currentRowChanged.connect(self._choose)
        self._hint = parts.label("muted", wrap=True)
        self._add, self._remove = parts.button(), parts.button()
        self._before, self._next, self._close = parts.button(), parts.button(), parts.button("primary")
        self._image.moved.connect(lambda image: self.picture_wanted.emit(image, 0))
        self._frame.moved.connect(self._frame_moved)
        self.canvas.areas_changed.connect(self._areas_changed)
        self._add.clicked.connect(self._add_area)
        self._remove.clicked.connect(self._remove_area)
        self._before.clicked.connect(lambda: self.series_wanted.emit(-1))
        self._next.clicked.connect(lambda: self.series_wanted.emit(1))
        self._close.clicked.connect(self.accept)
        self._lay_out()
        self.resize(1000, 660)
        self.retranslate()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.canvas, 1)
        left.addWidget(self._image)
        left.addWidget(self._frame)
        side = QWidget()
        side.setFixedWidth(_SIDE)
        right = parts.column(spacing=8)
        for widget in (self._title, self._why, parts.rule(), self._question, *self._choices.values(), self._obstacle):
            right.addWidget(widget)
        right.addSpacing(8)
        right.addWidget(self._areas_label)
        right.addWidget(self._areas)
        change = QHBoxLayout()
        change.addWidget(self._add)
        change.addWidget(self._remove)
        change.addStretch()
        right.addLayout(change)
        right.addWidget(self._hint)
        right.addStretch()
        side.setLayout(right)
        top = QHBoxLayout()
        top.setSpacing(18)
        top.addLayout(left, 1)
        top.addWidget(side)
        below = QHBoxLayout()
        below.setSpacing(10)
        below.addWidget(self._before)
        below.addWidget(self._next)
        below.addStretch()
        below.addWidget(self._close)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(20, 18, 20, 16)
        inside.setSpacing(14)
        inside.addLayout(top, 1)
        inside.addLayout(below)

    # ------------------------------------------------------------ state

    def show_review(self, state: ReviewState) -> None:
        """Another series, or other decisions on the same."""
        another = self._state is None or self._state.choice.key != state.choice.key
        self._state = state
        if another:
            self._chosen = -1
            self._image.set_place(0, state.images)
            self._frame.set_place(0, 1)
            self._forget_picture("")
        self._chosen = min(self._chosen, len(state.areas) - 1)
        self._render()
        if not self.isVisible():
            self.show()

    def set_picture(self, picture: Picture | None, text: str, frame: int) -> None:
        """What the pointer asked for; text: why there is no picture, or that it is on its way."""
        if picture is None:
            self._forget_picture(text)
        else:
            self.canvas.set_picture(picture, text)
            self._picture_size = (picture.columns, picture.rows)
            self._frame.set_place(frame, picture.frames)
        self._render()

    def _forget_picture(self, text: str) -> None:
        """Areas that are drawn on the picture of another series, or as large as that, would hide something else."""
        self.canvas.set_picture(None, text)
        self._picture_size = (0, 0)

    def _render(self) -> None:
        state = self._state
        if state is None:
            return
        choice = state.choice
        self._title.setText(held_series.name(choice))
        self._why.setText(reasons.held(choice))
        for decision, button in self._choices.items():
            button.setChecked(decision is choice.decision)
        self._choices[HeldDecision.AS_IT_IS].setEnabled(not choice.forbidden)
        blankable = choice.obstacle is None and not choice.forbidden
        self._choices[HeldDecision.BLANK].setEnabled(blankable and bool(state.areas))
        obstacle = "" if choice.obstacle is None or choice.forbidden else reasons.obstacles()[choice.obstacle]
        self._obstacle.setText(obstacle)
        self._obstacle.setVisible(bool(obstacle))
        for widget in (self._areas_label, self._areas, self._add, self._remove, self._hint):
            widget.setVisible(blankable)
        self._areas.blockSignals(True)
        self._areas.clear()
        for position, area in enumerate(state.areas):
            self._areas.addItem(self._area_text(position, area))
        self._areas.setCurrentRow(self._chosen)
        self._areas.blockSignals(False)
        self._remove.setEnabled(0 <= self._chosen < len(state.areas))
        self._add.setEnabled(self._picture_size != (0, 0))
        self.canvas.set_areas(state.areas, self._chosen, editable=blankable)
        self._before.setEnabled(state.position > 0)
        self._next.setEnabled(state.position < state.series - 1)
        place, count = formats.number(state.position + 1), formats.number(state.series)
        self.setWindowTitle(self.tr("Held back series {place} of {count}").format(place=place, count=count))

    def _area_text(self, position: int, area: Rectangle) -> str:
        return self.tr("Area {number}: {width} × {height} at {x}, {y}").format(
            number=position + 1, width=area.width, height=area.height, x=area.x, y=area.y
        )

    # ------------------------------------------------------------ what the user does

    def _frame_moved(self, frame: int) -> None:
        self.picture_wanted.emit(self._image.place, frame)

    def _choose(self, row: int) -> None:
        self._chosen = row
        self._render()

    def _areas_changed(self, areas: tuple[Rectangle, ...]) -> None:
        if self._state is not None and len(areas) > len(self._state.areas):
            self._chosen = len(areas) - 1
        self.areas_wanted.emit(areas)

    def _add_area(self) -> None:
        """For those who don't draw: a strip along the upper edge, where names mostly stand; keys move it."""
        if self._state is None:
            return
        columns, rows = self._picture_size
        strip = Rectangle(0, 0, columns, max(rows // 10, 1))
        self._chosen = len(self._state.areas)
        self.areas_wanted.emit((*self._state.areas, strip))
        self.canvas.setFocus()

    def _remove_area(self) -> None:
        if self._state is not None:
            areas = self._state.areas
            self.areas_wanted.emit(areas[: self._chosen] + areas[self._chosen + 1 :])

    # ------------------------------------------------------------ texts

    def retranslate(self) -> None:
        self.canvas.setAccessibleName(self.tr("Picture"))
        self.canvas.setAccessibleDescription(
            self.tr(
                "Arrow keys move the chosen area, with Shift they change its size, with Ctrl in larger steps; "
                "Delete removes it."
            )
        )
        self._image.set_name(self.tr("&Image"))
        self._frame.set_name(self.tr("&Frame"))
        self._question.setText(self.tr("What is to be done with this series?"))
        self._choices[HeldDecision.LEAVE_OUT].setText(self.tr("&Leave it out"))
        self._choices[HeldDecision.BLANK].setText(self.tr("&Blank the marked areas and send it"))
        self._choices[HeldDecision.AS_IT_IS].setText(self.tr("&Send it as it is"))
        self._areas_label.setText(self.tr("Areas to be blan&ked in all its images"))
        self._hint.setText(
            self.tr(
                "Draw with the mouse, or add an area and move it with the arrow keys; Shift changes its size, "
                "Ctrl makes larger steps."
            )
        )
        self._add.setText(self.tr("&Add area"))
        self._remove.setText(self.tr("&Remove"))
        self._before.setText(self.tr("&Previous series"))
        self._next.setText(self.tr("&Next series"))
        self._close.setText(self.tr("&Done"))
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
