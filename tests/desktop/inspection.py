"""What can be wrong with a window that is shown, found by looking at all that is on it."""

import re
from collections import Counter
from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QRadioButton,
    QScrollArea,
    QSlider,
    QTabBar,
    QTableView,
    QWidget,
)

from adit_uploader.desktop.views.main_window import MainWindow

PIECES = (QLabel, QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QProgressBar, QSlider, QTabBar)


def on_screen(window: MainWindow, kind: type[QWidget] = QWidget) -> list[QWidget]:
    """All that is visible in the window and in its dialogs; not what the system's own file dialog is made of."""
    return [widget for widget in window.findChildren(kind) if widget.isVisible() and not _foreign(widget)]


def front(window: MainWindow) -> QWidget:
    """The dialog that is open, else the window."""
    dialogs = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each.parent() is window]
    return dialogs[-1] if dialogs else window


def cut(window: MainWindow) -> list[str]:
    """Texts that have less room than they need."""
    found = []
    for label in on_screen(window, QLabel):
        assert isinstance(label, QLabel)
        if not label.text():
            continue
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        if label.height() < needed or (not label.wordWrap() and label.width() < label.sizeHint().width()):
            found.append(label.text())
    for button in on_screen(window, QAbstractButton):
        assert isinstance(button, QAbstractButton)
        if button.text() and button.width() < button.minimumSizeHint().width():
            found.append(button.text())
    for header in on_screen(window, QHeaderView):
        assert isinstance(header, QHeaderView)
        found += [
            str(header.model().headerData(section, Qt.Orientation.Horizontal))
            for section in range(header.count())
            if header.sectionSize(section) < header.sectionSizeHint(section)
        ]
    for bar in on_screen(window, QTabBar):
        assert isinstance(bar, QTabBar)
        if bar.sizeHint().width() > bar.parentWidget().width():
            found.append("tabs")
    for table in on_screen(window, QTableView):
        assert isinstance(table, QTableView)
        if table.horizontalScrollBar().maximum():
            found.append(f"columns of {table.accessibleName()}")
    for area in on_screen(window, QScrollArea):
        assert isinstance(area, QScrollArea)
        if area.widget().width() > area.viewport().width():
            found.append(f"wider than {area.objectName()}")
    return found


def overlapping(window: MainWindow) -> list[tuple[str, str]]:
    """Pieces that lie on one another, or stand out of what holds them."""
    pieces = [(piece, place(piece)) for piece in on_screen(window) if isinstance(piece, PIECES) and not _part(piece)]
    found = [
        (named(first), named(second))
        for at, (first, here) in enumerate(pieces)
        for second, there in pieces[at + 1 :]
        if first.window() is second.window()
        and here.intersects(there)
        and not first.isAncestorOf(second)
        and not second.isAncestorOf(first)
    ]
    return found + [
        (named(piece), "its holder")
        for piece, _ in pieces
        if not piece.isWindow() and not _scrolled(piece) and not piece.parentWidget().rect().contains(piece.geometry())
    ]


def nameless(window: MainWindow) -> list[str]:
    """What takes the keyboard, and has no name or no role that a screen reader could say."""
    silent = (QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Pane)
    found = []
    for widget in on_screen(window):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or _part(widget):
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        labelled = any(label.buddy() is widget for label in window.findChildren(QLabel))
        if interface.role() in silent or not (interface.text(QAccessible.Text.Name) or labelled):
            found.append(f"{named(widget)}: {interface.role()}")
    return found + [named(each) for each in [front(window)] if not each.windowTitle()]


def keys_taken_twice(window: MainWindow) -> list[tuple[str, str]]:
    """Letters that with Alt lead to two places of one window."""
    places = [
        (widget.window(), widget.text())  # type: ignore[attr-defined]  # buttons
        for widget in on_screen(window, QAbstractButton)
        if widget.isEnabled()
    ]
    places += [
        (label.window(), label.text()) for label in window.findChildren(QLabel) if label.buddy() and label.isVisible()
    ]
    places += [(window, action.text()) for action in window.menuBar().actions()]
    keys = Counter(
        (named(holder), found.group(1).lower()) for holder, text in places if (found := re.search(r"&(\w)", text))
    )
    return [key for key, count in keys.items() if count > 1]


def unreachable(window: MainWindow) -> list[str]:
    """What takes the keyboard, and is not come to by Tab before Tab is back where it began."""
    holder = front(window)
    wanted = {
        widget
        for widget in on_screen(window)
        if widget.window() is holder
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not _part(widget)
    }
    reached: set[QWidget] = set()
    start = holder.focusWidget()
    now: QWidget | None = start
    while now is not None and now not in reached:
        reached.add(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
        now = holder.focusWidget()
    stops = {_stop(widget) for widget in reached}
    missed = [named(widget) for widget in wanted if _stop(widget) not in stops]
    return missed if now is start else [*missed, "the start"]


def texts(window: MainWindow) -> list[str]:
    """What stands on labels and buttons."""
    return [
        widget.text().replace("&", "").replace("\u200b", "")
        for kind in (QLabel, QAbstractButton)
        for widget in on_screen(window, kind)
        if widget.text()  # type: ignore[attr-defined]  # both have one
    ]


def named(widget: QWidget) -> str:
    text = getattr(widget, "text", lambda: "")()
    return f"{type(widget).__name__} {widget.accessibleName() or text or widget.objectName()}"


def _stop(widget: QWidget) -> object:
    """Where Tab stops: once at choices that exclude one another, between which the arrow keys go."""
    return (widget.group() or widget) if isinstance(widget, QRadioButton) else widget


def _foreign(widget: QWidget) -> bool:
    return isinstance(widget, QFileDialog) or isinstance(widget.window(), QFileDialog)


def _part(widget: QWidget) -> bool:
    """Whether it is what another piece is made of, as the list of a dropdown."""
    return any(isinstance(each, QComboBox | QAbstractItemView | QLineEdit | QTabBar) for each in _holders(widget))


def _holders(widget: QWidget) -> Iterator[QWidget]:
    while (holder := widget.parentWidget()) is not None and not widget.isWindow():
        yield holder
        widget = holder


def _scrolled(widget: QWidget) -> bool:
    return any(isinstance(each, QAbstractScrollArea) for each in _holders(widget))


def place(widget: QWidget) -> QRect:
    """Where it is seen, in the pixels of its window."""
    top = widget.window()
    place = QRect(widget.mapTo(top, QPoint(0, 0)), widget.size())
    for holder in _holders(widget):
        place = place.intersected(QRect(holder.mapTo(top, QPoint(0, 0)), holder.size()))
    return place
