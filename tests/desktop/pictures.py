"""Takes pictures of the real window in every state: light and dark, English and German, at 100 and 200 %.

    python -m tests.desktop.pictures test-output/window

Writes ``STATE-THEME-LANGUAGE-SCALE.png``, and below ``sheets`` one page a state and scale that shows the four of it.
Names every text and edge on them that has too little contrast, and then ends with status 1.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is loaded

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMessageLogContext,
    QPoint,
    QRect,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from adit_uploader.desktop.application import make_application
from adit_uploader.desktop.colours import DARK, LIGHT
from adit_uploader.desktop.languages import LANGUAGES, Languages
from adit_uploader.desktop.theme import apply_theme, unstyled
from adit_uploader.desktop.views.main_window import MainWindow
from tests.desktop.contrasts import poor
from tests.desktop.states import IN_FRONT, POPUPS, QUESTIONS, STATES, State

SIZE = (1024, 700)  # the smallest that is promised: what is not cut here is not cut elsewhere
SCREEN = {"name": "made-up", "x": 0, "y": 0, "width": 3840, "height": 2160, "logicalDpi": 96, "dpr": 1}
THEMES = {"light": LIGHT, "dark": DARK}
SCALES = (100, 200)  # per cent; Qt takes it at its start, so each has a process of its own
ALL = (*STATES, *IN_FRONT, *QUESTIONS, *POPUPS)
_GAP = 8  # pixels between the pictures of a sheet


def settle() -> None:
    """Text that wraps asks for its height from the inside out, one layout after the other."""
    for _ in range(10):
        QCoreApplication.processEvents()


def open_window(state: State) -> MainWindow:
    """The real window, in this state."""
    with unstyled():
        window = MainWindow()
    window.resize(*SIZE)
    window.show()
    state(window)
    settle()
    return window


def close_window(window: MainWindow) -> None:
    """With all that is in front of it."""
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    window.set_busy(False)
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def picture_of(window: MainWindow) -> QImage:
    """The window with dialogs and menus where they are in front of it."""
    shown = [window, *(each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not window)]
    whole = QRect()
    for each in shown:
        whole = whole.united(each.frameGeometry())
    ratio = window.devicePixelRatioF()
    picture = QImage(whole.size() * ratio, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor("#808080"))
    painter = QPainter(picture)
    for each in shown:
        painter.drawPixmap(each.geometry().topLeft() - whole.topLeft(), each.grab())
    painter.end()
    return picture


def take(out: Path, scale: int, states: Sequence[State]) -> tuple[int, list[str]]:
    """All pictures of one scale; returns how many, and what can't be read on them."""
    app = make_application()
    languages = Languages(app)
    taken, faint = 0, []
    for state in states:
        pictures: list[QImage] = []
        for language in LANGUAGES:
            languages.use(language)
            window = open_window(state)
            for name, theme in THEMES.items():
                apply_theme(app, theme)
                settle()
                pictures.append(picture_of(window))
                save(pictures[-1], out / f"{state.__name__}-{name}-{language}-{scale}.png")
                taken += 1
                if scale == SCALES[0]:  # the same at the other
                    faint += [f"{state.__name__} {name} {language}: {each}" for each in poor(window)]
            close_window(window)
        save(sheet(pictures), out / "sheets" / f"{state.__name__}-{scale}.png")
    return taken, faint


def save(picture: QImage, path: Path) -> None:
    if not picture.save(str(path), "PNG", 70):  # small enough, and quickly
        raise SystemExit(f"{path} can't be written.")


def sheet(pictures: Sequence[QImage]) -> QImage:
    """A page of four pictures, light and dark side by side, in the size that they have at 100 %."""
    sizes = [each.deviceIndependentSize().toSize() for each in pictures]
    width, height = max(size.width() for size in sizes), max(size.height() for size in sizes)
    page = QImage(2 * width + _GAP, 2 * height + _GAP, QImage.Format.Format_RGB32)
    page.fill(QColor("#ff00ff"))
    painter = QPainter(page)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for position, (each, size) in enumerate(zip(pictures, sizes, strict=True)):
        place = QPoint((position % 2) * (width + _GAP), (position // 2) * (height + _GAP))
        painter.drawImage(QRect(place, size), each)
    painter.end()
    return page


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--scale", type=int, choices=SCALES, help="this one alone")
    parser.add_argument("--only", nargs="*", default=[], metavar="STATE", help="these alone")
    given = parser.parse_args()
    (given.out / "sheets").mkdir(parents=True, exist_ok=True)
    if given.scale:
        states = [state for state in ALL if not given.only or state.__name__ in given.only]
        taken, faint = take(given.out, given.scale, states)
        sys.stdout.writelines(f"too faint: {each}\n" for each in faint)
        sys.stdout.write(f"{taken} pictures at {given.scale} %: {given.out}\n")
        return 1 if faint else 0
    with tempfile.TemporaryDirectory() as folder:
        screen = Path(folder) / "screen.json"
        screen.write_text(json.dumps({"screens": [SCREEN]}), encoding="utf-8")
        return max(process.wait() for process in [start(scale, screen) for scale in SCALES])


def start(scale: int, screen: Path) -> "subprocess.Popen[bytes]":
    """The same for one scale, in a process of its own. screen: what it has to believe of its screen."""
    own = {"QT_SCALE_FACTOR": str(scale / 100), "QT_QPA_PLATFORM": f"offscreen:configfile={screen}"}
    command = [sys.executable, "-m", "tests.desktop.pictures", *sys.argv[1:], "--scale", str(scale)]
    return subprocess.Popen(command, env=os.environ | own)


def leave_out(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
    """Says what Qt says, but that there is no window manager."""
    if kind is not QtMsgType.QtDebugMsg and not text.startswith("This plugin does not support"):
        sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    qInstallMessageHandler(leave_out)
    sys.exit(main())
