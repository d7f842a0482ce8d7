"""Contrast as it is seen: of every text, and of the edges of what can be typed into or pressed, from drawn pixels."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QTabBar,
    QWidget,
)

from adit_uploader.desktop.colours import contrast
from adit_uploader.desktop.views.main_window import MainWindow
from tests.desktop.inspection import front, named, on_screen, place

TEXT = 4.5  # WCAG 2.2, 1.4.3
EDGE = 3.0  # 1.4.11
SCALE = 2  # a stroke is then wide enough to have pixels of its own colour alone, whatever the font
Pixels = NDArray[np.uint32]


def poor(window: MainWindow) -> list[str]:
    """What is harder to see than it may be."""
    holder = front(window)
    pixels = drawn(holder)
    found = []
    for name, rect in texts_of(window, holder):
        seen = contrast_within(cropped(pixels, rect))
        if seen < TEXT:
            found.append(f"{name}: {seen:.2f}")
    for widget in on_screen(window):
        if widget.window() is holder and widget.isEnabled() and has_an_edge(widget) and whole(widget):
            seen = contrast_of_edge(pixels, place(widget))
            if seen < EDGE:
                found.append(f"edge of {named(widget)}: {seen:.2f}")
    return found


def drawn(widget: QWidget) -> Pixels:
    """The window's pixels as 0xRRGGBB, SCALE to a logical one."""
    image = QImage(widget.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    widget.render(image, QPoint())
    made = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return made[:, : image.width()] & 0xFFFFFF


def texts_of(window: MainWindow, holder: QWidget) -> Iterator[tuple[str, QRect]]:
    """Every text and where it is, in pixels of its window."""
    for widget in on_screen(window):
        if widget.window() is not holder:
            continue
        if isinstance(widget, QLabel | QAbstractButton) and widget.text():
            yield named(widget), place(widget).adjusted(2, 2, -2, -2)
        elif isinstance(widget, QLineEdit) and (widget.text() or widget.placeholderText()):
            yield named(widget), place(widget).adjusted(8, 4, -8, -4)
        elif isinstance(widget, QComboBox) and (widget.currentText() or widget.placeholderText()):
            yield named(widget), place(widget).adjusted(8, 4, -28, -4)
        elif isinstance(widget, QTabBar):
            for tab in range(widget.count()):
                if widget.isTabVisible(tab):
                    yield widget.tabText(tab), _at(widget, widget.tabRect(tab).adjusted(4, 4, -4, -4))
        elif isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal:
            for section in range(widget.count()):
                left, width = widget.sectionViewportPosition(section), widget.sectionSize(section)
                yield f"header {section}", _at(widget.viewport(), QRect(left + 1, 2, width - 2, widget.height() - 4))
        elif isinstance(widget, QAbstractItemView):
            yield from _cells(widget)


def _cells(view: QAbstractItemView) -> Iterator[tuple[str, QRect]]:
    """Each row's texts as far as they are in sight; those of the first column stand behind ticks and pictures."""
    sight = view.viewport().rect()
    row = view.indexAt(QPoint(1, 1))
    while row.isValid() and view.visualRect(row).intersects(sight):
        for column in range(1 if isinstance(view, QListView) else view.model().columnCount(row.parent())):
            index = row.siblingAtColumn(column)
            rect = view.visualRect(index).intersected(sight).adjusted(1, 1, -1, -1)
            if index.data() and rect.width() > 8 and rect.height() > 8:
                yield str(index.data()), _at(view.viewport(), rect)
        row = view.indexAt(QPoint(1, view.visualRect(row).bottom() + 2))


def has_an_edge(widget: QWidget) -> bool:
    """Whether it is seen by its edge that something can be typed or pressed there."""
    if isinstance(widget, QPushButton):
        return widget.property("kind") != "link"
    return isinstance(widget, QLineEdit | QComboBox) and not isinstance(widget.parent(), QComboBox)


def whole(widget: QWidget) -> bool:
    """Whether nothing of it is scrolled out of sight."""
    return place(widget).size() == widget.size()


def contrast_within(part: Pixels) -> float:
    """Of what is drawn there against the ground, which is the colour of most pixels; 21 where nothing is."""
    if not part.size:
        return 21.0
    colours, counts = np.unique(part[::3, ::3], return_counts=True)
    light = 2 * (part >> 16) + 7 * (part >> 8 & 0xFF) + (part & 0xFF)
    lightest, darkest = part.flat[light.argmax()], part.flat[light.argmin()]
    if lightest == darkest:
        return 21.0
    ground = _name(colours[counts.argmax()])
    return max(contrast(_name(lightest), ground), contrast(_name(darkest), ground))


def contrast_of_edge(pixels: Pixels, rect: QRect) -> float:
    """Of the left edge, or of the whole where it has none of its own, against what is beside it."""
    row = pixels[rect.center().y() * SCALE]
    beside = _name(row[rect.left() * SCALE - 2])
    return max(contrast(_name(colour), beside) for colour in row[rect.left() * SCALE : (rect.left() + 2) * SCALE])


def cropped(pixels: Pixels, rect: QRect) -> Pixels:
    down = slice(max(rect.top(), 0) * SCALE, (rect.bottom() + 1) * SCALE)
    return pixels[down, max(rect.left(), 0) * SCALE : (rect.right() + 1) * SCALE]


def _at(widget: QWidget, rect: QRect) -> QRect:
    """A part of the widget, in pixels of its window."""
    return rect.translated(widget.mapTo(widget.window(), QPoint(0, 0)))


def _name(colour: np.uint32) -> str:
    return f"#{int(colour):06x}"
