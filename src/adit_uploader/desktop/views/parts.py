"""The building blocks that the views share: labels with a tone, buttons with a kind, rules."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)


def label(tone: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """An empty label. tone: one of the style sheet's, such as title, muted, danger."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("tone", tone)
    made.setWordWrap(wrap)
    if wrap:
        policy = made.sizePolicy()
        policy.setHeightForWidth(True)
        made.setSizePolicy(policy)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def set_tone(widget: QWidget, name: str, value: object) -> None:
    """Changes a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.updateGeometry()


def button(kind: str = "") -> QPushButton:
    """An empty button. kind: primary, danger, link or ''."""
    made = QPushButton()
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    return made


def rule() -> QFrame:
    """A thin line."""
    made = QFrame()
    made.setObjectName("rule")
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


def focus_on_bar(tabs: QTabWidget) -> None:
    """The keyboard goes to the bar of the tabs: the whole has no role that a screen reader could say."""
    tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)


def show_tab(tabs: QTabWidget, position: int, title: str, *, visible: bool = True) -> None:
    """Names a tab and shows it, if that is not so already: the same again would lay out and draw the page anew."""
    if tabs.tabText(position) != title:
        tabs.setTabText(position, title)
    if tabs.isTabVisible(position) != visible:
        tabs.setTabVisible(position, visible)


def column(*, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """An empty column."""
    made = QVBoxLayout()
    made.setSpacing(spacing)
    made.setContentsMargins(*margins)
    return made


def announce(widget: QWidget, text: str) -> None:
    """Lets a screen reader say something that appeared elsewhere than where the focus is."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


def fit_height(dialog: QWidget, room: int) -> None:
    """Makes it as high as its sentences need: a dialog does not ask text that wraps for its height by itself.

    Args:
        room: pixels from one side of the text to the other.
    """
    for text in dialog.findChildren(QLabel):
        if text.wordWrap():
            text.ensurePolished()
            text.setMinimumHeight(0)  # else it would ask for no less
            text.setMinimumHeight(max(0, text.heightForWidth(room)))  # -1 of an empty one
    dialog.adjustSize()


def file_dialog(parent: QWidget, title: str) -> QFileDialog:
    """A dialog for files; where it is Qt's own and not the system's, no header of its list is cut."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for header in dialog.findChildren(QHeaderView):
        for section in range(1, header.count()):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
    return dialog
