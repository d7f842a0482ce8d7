"""All states, in both languages: nothing cut at 1024x700, nothing nameless, no key twice."""

import re
from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)

from adit_uploader.desktop.colours import DARK, LIGHT
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.theme import apply_theme
from adit_uploader.desktop.views.main_window import MainWindow
from tests.desktop.states import STATES

# the platform without a screen says that it can't pass sizes on to a window manager
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

SIZE = (1024, 700)

in_every_state = pytest.mark.parametrize("state", STATES, ids=[state.__name__ for state in STATES])
in_both_languages = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def shown(window: MainWindow, languages: Languages, state: Callable[[MainWindow], None], language: str) -> MainWindow:
    languages.use(language)
    state(window)
    window.resize(*SIZE)
    window.show()
    for _ in range(10):  # text that wraps asks for its height from the inside out, one layout after the other
        QCoreApplication.processEvents()
    return window


def on_screen(window: MainWindow, kind: type[QWidget] = QWidget) -> list[QWidget]:
    return [widget for widget in window.findChildren(kind) if widget.isVisible()]


@in_both_languages
@in_every_state
def test_the_window_keeps_its_size_and_nothing_is_cut(shown: MainWindow) -> None:
    assert (shown.width(), shown.height()) == SIZE
    cut = []
    for label in on_screen(shown, QLabel):
        assert isinstance(label, QLabel)
        if not label.text():
            continue
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        if label.height() < needed or (not label.wordWrap() and label.width() < label.sizeHint().width()):
            cut.append(label.text())
    for button in on_screen(shown, QAbstractButton):
        assert isinstance(button, QAbstractButton)
        if button.text() and button.width() < button.minimumSizeHint().width():
            cut.append(button.text())
    for header in on_screen(shown, QHeaderView):
        assert isinstance(header, QHeaderView)
        model, metrics = header.model(), QFontMetrics(header.font())
        for section in range(header.count()):
            text = str(model.headerData(section, Qt.Orientation.Horizontal))
            if (
                not header.isSectionHidden(section)
                and header.sectionSize(section) < metrics.horizontalAdvance(text) + 6
            ):
                cut.append(text)
    for bar in on_screen(shown, QTabBar):
        assert isinstance(bar, QTabBar)
        if bar.sizeHint().width() > bar.parentWidget().width():
            cut.append("tabs")
    assert cut == []


@in_both_languages
@in_every_state
def test_everything_that_takes_the_keyboard_has_a_name(shown: MainWindow) -> None:
    nameless = []
    for widget in on_screen(shown):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or not isinstance(
            widget, QAbstractButton | QLineEdit | QComboBox | QAbstractItemView
        ):
            continue
        if widget.parent() is not None and isinstance(widget.parent(), QComboBox | QAbstractItemView):
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        labels = [label for label in shown.findChildren(QLabel) if label.buddy() is widget]
        if not interface.text(QAccessible.Text.Name) and not labels:
            nameless.append(widget)
    assert nameless == []


@in_both_languages
@in_every_state
def test_no_mnemonic_is_taken_twice(shown: MainWindow) -> None:
    places: list[tuple[QWidget, str]] = [
        (widget.window(), widget.text())  # type: ignore[attr-defined]  # buttons
        for widget in on_screen(shown, QAbstractButton)
        if widget.isEnabled()
    ]
    places += [
        (label.window(), label.text()) for label in shown.findChildren(QLabel) if label.buddy() and label.isVisible()
    ]
    places += [(shown, action.text()) for action in shown.menuBar().actions()]
    keys = Counter(
        (window.objectName() or type(window).__name__, found.group(1).lower())
        for window, text in places
        if (found := re.search(r"&(\w)", text))
    )
    assert [key for key, count in keys.items() if count > 1] == []


@in_every_state
def test_a_change_of_language_leaves_nothing_in_the_old_one(
    window: MainWindow, languages: Languages, state: Callable[[MainWindow], None]
) -> None:
    def texts() -> list[str]:
        return [
            widget.text().replace("&", "")
            for kind in (QLabel, QAbstractButton)
            for widget in window.findChildren(kind)
            if widget.isVisible() and widget.text()
        ]

    languages.use("en")
    state(window)
    window.resize(*SIZE)
    window.show()
    english = texts()
    languages.use("de")
    QCoreApplication.processEvents()
    german = texts()
    assert len(german) == len(english)
    made_up = ("adit.example.org", "anna.beispiel", "Title", "Message.", "ADIT Uploader", " / ", "US")
    same = [
        text
        for text in set(english) & set(german)
        if re.search(r"[A-Za-z]{2}", text) and not any(part in text for part in made_up)
    ]
    assert set(same) <= {"Server", "Token", "Proxy", "Mbit/s", "Port"}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_state_is_drawn_in_every_theme(window: MainWindow, qapp: QApplication, theme: object) -> None:
    apply_theme(qapp, DARK if theme is DARK else LIGHT)
    try:
        for state in STATES:
            state(window)
            assert not window.grab().isNull()
    finally:
        apply_theme(qapp, LIGHT)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
