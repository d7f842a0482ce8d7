"""A picture with the areas that will be blanked: drawn with the mouse, or moved and sized with the arrow keys."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from adit_uploader.deid.blanking.areas import Rectangle
from adit_uploader.desktop.theme import current_theme
from adit_uploader.dicom.pictures.render import Picture

_GROUND = "#000000"  # as on every viewer: pictures are judged on black, in light and in dark
_ON_GROUND = "#ffffff"
_LEAST = 3  # image pixels; a click that hardly moved is no area
_STEP, _BIG_STEP = 1, 10
_MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def image_of(picture: Picture) -> QImage:
    """The picture as Qt has it; its own copy."""
    kind = QImage.Format.Format_Grayscale8 if picture.grey else QImage.Format.Format_RGB888
    line = picture.width * (1 if picture.grey else 3)
    return QImage(picture.data, picture.width, picture.height, line, kind).copy()


class PictureCanvas(QLabel):
    """Shows one picture as large as there is room. Areas are in pixels of the original, whatever the size shown.

    It is a label with a picture, so that screen readers know what it is.
    """

    areas_changed = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPixmap(QPixmap(1, 1))  # what is seen is drawn below, to the size that there is
        self._pixmap: QPixmap | None = None
        self._size = (0, 0)
        self._text = ""
        self._areas: tuple[Rectangle, ...] = ()
        self._chosen = -1
        self._editable = False
        self._from: QPoint | None = None  # in pixels of the original, while an area is drawn
        self._to = QPoint()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)

    def set_picture(self, picture: Picture | None, text: str = "") -> None:
        """The picture, or None with a text that stands in its place."""
        self._pixmap = None if picture is None else QPixmap.fromImage(image_of(picture))
        self._size = (0, 0) if picture is None else (picture.columns, picture.rows)
        self._text = text
        self._from = None
        self.update()

    def set_areas(self, areas: Sequence[Rectangle], chosen: int, *, editable: bool) -> None:
        """The areas to be blanked; chosen: the one that keys move, -1 for none."""
        self._areas, self._chosen, self._editable = tuple(areas), chosen, editable
        self.setCursor(Qt.CursorShape.CrossCursor if editable else Qt.CursorShape.ArrowCursor)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(560, 440)

    # ------------------------------------------------------------ places

    def _shown(self) -> QRectF:
        """Where in the widget the picture lies."""
        columns, rows = self._size
        if not columns or not rows:
            return QRectF()
        scale = min(self.width() / columns, self.height() / rows)
        width, height = columns * scale, rows * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def _pixel(self, at: QPointF) -> QPoint:
        """The pixel of the original under a point, the nearest one where it lies beside the picture."""
        shown, (columns, rows) = self._shown(), self._size
        x = int((at.x() - shown.x()) / shown.width() * columns)
        y = int((at.y() - shown.y()) / shown.height() * rows)
        return QPoint(min(max(x, 0), columns - 1), min(max(y, 0), rows - 1))

    def _on_widget(self, area: Rectangle) -> QRectF:
        shown, (columns, rows) = self._shown(), self._size
        across, down = shown.width() / columns, shown.height() / rows
        left, top = shown.x() + area.x * across, shown.y() + area.y * down
        return QRectF(left, top, area.width * across, area.height * down).intersected(shown)

    def _drawn(self) -> Rectangle | None:
        """The area that the mouse draws at the moment."""
        if self._from is None:
            return None
        left, top = min(self._from.x(), self._to.x()), min(self._from.y(), self._to.y())
        right, bottom = max(self._from.x(), self._to.x()), max(self._from.y(), self._to.y())
        return Rectangle(left, top, right - left + 1, bottom - top + 1)

    # ------------------------------------------------------------ events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._editable and self._pixmap is not None and event.button() == Qt.MouseButton.LeftButton:
            self._from = self._to = self._pixel(event.position())
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            self._to = self._pixel(event.position())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drawn = self._drawn()
        if drawn is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._from = None
        self.update()
        if drawn.width >= _LEAST and drawn.height >= _LEAST:
            self.areas_changed.emit((*self._areas, drawn))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not self._editable or not 0 <= self._chosen < len(self._areas):
            super().keyPressEvent(event)
        elif key in _MOVES:
            self._change(key, event.modifiers())
        elif key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.areas_changed.emit(self._areas[: self._chosen] + self._areas[self._chosen + 1 :])
        else:
            super().keyPressEvent(event)

    def _change(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        """Arrow keys move the chosen area, with Shift they size it, with Ctrl they do so in large steps."""
        step = _BIG_STEP if modifiers & Qt.KeyboardModifier.ControlModifier else _STEP
        across, down = (part * step for part in _MOVES[key])
        area, (columns, rows) = self._areas[self._chosen], self._size
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            width = min(max(area.width + across, 1), columns - area.x)
            height = min(max(area.height + down, 1), rows - area.y)
            new = Rectangle(area.x, area.y, width, height)
        else:
            x = min(max(area.x + across, 0), max(columns - area.width, 0))
            y = min(max(area.y + down, 0), max(rows - area.height, 0))
            new = Rectangle(x, y, area.width, area.height)
        self.areas_changed.emit((*self._areas[: self._chosen], new, *self._areas[self._chosen + 1 :]))

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(_GROUND))
        if self._pixmap is None:
            painter.setPen(QColor(_ON_GROUND))
            room = self.rect().adjusted(24, 24, -24, -24)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._text)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(self._shown(), self._pixmap, QRectF(self._pixmap.rect()))
            self._paint_areas(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(current_theme().accent), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _paint_areas(self, painter: QPainter) -> None:
        """As it will be: black; with an edge that shows where, dashed for the chosen one."""
        drawn = self._drawn()
        for position, area in enumerate((*self._areas, *(() if drawn is None else (drawn,)))):
            place = self._on_widget(area)
            painter.fillRect(place, QColor(_GROUND))
            line = Qt.PenStyle.DashLine if position in {self._chosen, len(self._areas)} else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(_ON_GROUND), 2, line))
            painter.drawRect(place)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()
