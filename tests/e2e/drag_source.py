"""A window of another program, from which files can be dragged: python drag_source.py X Y PATH..."""

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Source(QLabel):
    """Begins a drag as soon as the pressed mouse moves."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__("files")
        self._paths = paths
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedSize(80, 80)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(path) for path in self._paths])
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.actionChanged.connect(lambda action: say(f"over {action.name}"))
            say("dragging")
            say(f"dropped {drag.exec(Qt.DropAction.CopyAction).name}")


def main() -> None:
    app = QApplication(sys.argv[:1])
    source = Source(sys.argv[3:])
    source.move(int(sys.argv[1]), int(sys.argv[2]))
    source.show()
    say(f"window {int(source.winId())}")
    app.exec()


main()
