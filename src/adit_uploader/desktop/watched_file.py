"""Notices that a file was saved by another program."""

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

_REST = 300  # milliseconds: programs save in several steps


class WatchedFile(QObject):
    """Says when it is time to look at the file again; whether it is another, whoever listens finds out.

    Spreadsheets replace the file, which ends a watch of it: so its folder is watched too. On network drives nothing
    is told: so each return to the window counts as well.
    """

    touched = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._path = ""
        self._watcher = QFileSystemWatcher(self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST)
        self._rest.timeout.connect(self._tell)
        self._watcher.fileChanged.connect(self._rest.start)
        self._watcher.directoryChanged.connect(self._rest.start)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._returned)

    def watch(self, path: Path) -> None:
        """This one instead of the one before."""
        old = [*self._watcher.files(), *self._watcher.directories()]
        if old:
            self._watcher.removePaths(old)
        self._path = str(path)
        self._watcher.addPaths([self._path, str(path.parent)])

    def _returned(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive and self._path:
            self._rest.start()

    def _tell(self) -> None:
        if self._path not in self._watcher.files():
            self._watcher.addPath(self._path)
        self.touched.emit()
