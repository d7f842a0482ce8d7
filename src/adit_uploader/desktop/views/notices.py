"""What is said outside of the window when it ends while people look elsewhere."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from adit_uploader.desktop.values import Explanation

SHOWN = 15_000  # milliseconds


class Notices(QObject):
    """The system's own notifications where it has them; the window asks for attention in its list in any case."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._icon: QSystemTrayIcon | None = None

    def show_notice(self, window: QWidget, text: Explanation) -> None:
        """Nothing where the window is in front: it says the same itself. text: names no patient."""
        if window.isActiveWindow() or not window.isVisible():
            return
        QApplication.alert(window)
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return
        if self._icon is None:
            self._icon = QSystemTrayIcon(window.windowIcon() or QApplication.windowIcon(), self)
            self._icon.messageClicked.connect(window.activateWindow)
        self._icon.show()
        self._icon.showMessage(text.title, text.message, QSystemTrayIcon.MessageIcon.NoIcon, SHOWN)
