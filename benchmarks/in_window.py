"""What ``benchmarks.window`` starts: each of these is a process of its own, and tells what it found in a line of JSON.

``python -m benchmarks.in_window start BEGAN``: our program, until its window can be used. BEGAN: ``time.monotonic()``.
``python -m benchmarks.in_window bare BEGAN``: the same for an empty QMainWindow.
``python -m benchmarks.in_window drop FOLDER SERVER TOKEN_FILE ROWS``: a folder is dropped, planned, scrolled and
searched through; the rows of the tree are written to the file ROWS.
``python -m benchmarks.in_window plain ROWS``: a plain QTreeView with these rows, scrolled and searched in the same way.
"""

# each of them imports only what it measures
# ruff: noqa: PLC0415

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import machine

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel, QModelIndex
    from PySide6.QtWidgets import QTreeView, QWidget

FRAMES = 300  # of each way to scroll
SEARCHES = ("axial 1", "thorax", "quillfeather1000000042", "PAT-10000000", "2020 ottoline", "nothing has this")
CLOSER = 5  # milliseconds between two looks at whether the window is on the screen
SIZE = (1180, 760)  # pixels of a window


def main(words: Sequence[str]) -> int:
    """Runs one of the commands; returns the exit status."""
    match words:
        case ["start", began]:
            return start(float(began))
        case ["bare", began]:
            return bare(float(began))
        case ["drop", folder, server, token_file, rows]:
            return drop(Path(folder), server, Path(token_file), Path(rows))
        case ["plain", rows]:
            return plain(Path(rows))
        case _:
            print(__doc__, file=sys.stderr)
            return 2


def tell(**values: object) -> None:
    """One line for whoever started this."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


# ---------------------------------------------------------------- start


def start(began: float) -> int:
    """The whole way of a user who opens the program: its own entry point without a word."""
    from adit_uploader.__main__ import main as program
    from adit_uploader.desktop.application import make_application

    make_application()
    _tell_when_usable(began)
    return program([])


def bare(began: float) -> int:
    """The least that a program in Python with Qt can do."""
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    window.resize(*SIZE)
    window.show()
    _tell_when_usable(began)
    return app.exec()


def _tell_when_usable(began: float) -> None:
    """Ends the program when its window is on the screen and painted, and the next event would be the user's."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    def look() -> None:
        handles = [widget.windowHandle() for widget in QApplication.topLevelWidgets() if widget.isVisible()]
        if any(handle is not None and handle.isExposed() for handle in handles):
            QTimer.singleShot(0, usable)
        else:
            QTimer.singleShot(CLOSER, look)

    def usable() -> None:
        held = machine.peak_bytes(os.getpid())
        tell(seconds=time.monotonic() - began, processor=time.process_time(), memory=held)
        QApplication.quit()

    QTimer.singleShot(0, look)


# ---------------------------------------------------------------- a large drop


def drop(folder: Path, server: str, token_file: Path, rows: Path) -> int:
    """The real window with real files, signed in to a real receiver."""
    from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPointF, Qt, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDropEvent
    from PySide6.QtWidgets import QApplication, QTreeView

    from adit_uploader.desktop.application import make_application, open_program
    from adit_uploader.pseudonyms.mode import Mode
    from tests.soak.big.watched import Watched

    program = open_program(make_application())
    program.account.start(server, token_file.read_text("ascii").strip())
    window, desk = program.window, program.desk
    watched = Watched(program)
    watched.until(lambda: desk.account is not None and bool(desk.destination))
    program.naming.choose(Mode.INTERNAL)
    (view,) = window.check.findChildren(QTreeView)
    model, field = window.check.model, window.check.searching.field
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(folder))])
    point, copy = QPointF(300, 300), Qt.DropAction.CopyAction
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    watched.pulse.take()
    began, worked = time.perf_counter(), time.thread_time()
    QApplication.sendEvent(window, QDragEnterEvent(point.toPoint(), copy, files, left, none))
    QApplication.sendEvent(window, QDropEvent(point, copy, files, left, none))
    watched.until(lambda: model.rowCount() > 0 and view.isVisible())
    _painted(view)
    first = {"seconds": time.perf_counter() - began, "processor": time.thread_time() - worked}
    watched.until(lambda: not desk.scanning)
    found = {"seconds": time.perf_counter() - began, "gaps": watched.pulse.take().found}
    watched.until(lambda: desk.plan is not None)
    planned = {"seconds": time.perf_counter() - began, "gaps": watched.pulse.take().found}
    to_send = 0 if desk.plan is None else desk.plan.counts.to_send
    lines = [[depth, *texts] for depth, texts in _rows(model)]
    rows.write_text(json.dumps({"rows": lines, "size": [view.width(), view.height()]}), encoding="utf-8")
    tell(
        first=first,
        found=found,
        planned=planned,
        instances=to_send,
        series=sum(line[0] == 2 for line in lines),
        **_scrolled(view),
        filtered=_searched(view, lambda text: _typed(field, text)),
        memory=machine.peak_bytes(os.getpid()),
    )
    program.close()
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return 0


def _rows(
    model: "QAbstractItemModel", parent: "QModelIndex | None" = None, depth: int = 0
) -> Iterator[tuple[int, list[str]]]:
    from PySide6.QtCore import QModelIndex

    above = parent or QModelIndex()
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        yield depth, [str(index.siblingAtColumn(column).data() or "") for column in range(model.columnCount())]
        yield from _rows(model, index, depth + 1)


def plain(rows: Path) -> int:
    """What Qt has for it: items, its own filter, its own look."""
    from PySide6.QtCore import QSortFilterProxyModel, Qt
    from PySide6.QtGui import QStandardItem, QStandardItemModel
    from PySide6.QtWidgets import QApplication, QMainWindow, QTreeView

    app = QApplication([])
    app.setStyle("Fusion")
    content = json.loads(rows.read_text("utf-8"))
    model = QStandardItemModel()
    above = [model.invisibleRootItem()]
    for depth, *texts in content["rows"]:
        items = [QStandardItem(text) for text in texts]
        del above[depth + 1 :]
        above[depth].appendRow(items)
        above.append(items[0])
    proxy = QSortFilterProxyModel()
    proxy.setRecursiveFilteringEnabled(True)
    proxy.setFilterKeyColumn(-1)
    proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    proxy.setSourceModel(model)
    view = QTreeView()
    view.setUniformRowHeights(True)
    view.setAlternatingRowColors(True)
    view.setModel(proxy)
    window = QMainWindow()
    window.setCentralWidget(view)
    window.resize(*content["size"])
    window.show()
    app.processEvents()

    def search(text: str) -> None:
        proxy.setFilterFixedString(text)
        view.expandToDepth(0)

    tell(**_scrolled(view), filtered=_searched(view, search), memory=machine.peak_bytes(os.getpid()))
    return 0


# ---------------------------------------------------------------- frames


def _painted(view: "QTreeView") -> None:
    """Lets Qt lay out and draw what has changed, once, as it does it by itself, and come to rest."""
    from PySide6.QtCore import QCoreApplication

    view.viewport().update()
    for _ in range(2):  # what is laid out by the first round is drawn by the second
        QCoreApplication.processEvents()


def _frame(view: "QTreeView", change: Callable[[], None]) -> tuple[float, float]:
    """Milliseconds of a frame: by the clock, and of the processor in this thread."""
    began, worked = time.perf_counter(), time.thread_time()
    change()
    _painted(view)
    return (time.perf_counter() - began) * 1000, (time.thread_time() - worked) * 1000


def _scrolled(view: "QTreeView") -> dict[str, list[tuple[float, float]]]:
    """Everything open: from the first row to the last in jumps, each to other rows; then back by the wheel."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    view.expandAll()
    _painted(view)
    bar = view.verticalScrollBar()
    jumped = [
        _frame(view, lambda: bar.setValue(bar.maximum() * number // (FRAMES - 1)))  # noqa: B023 - called at once
        for number in range(FRAMES)
    ]
    place = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        place,
        view.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    turned = [_frame(view, lambda: QApplication.sendEvent(view.viewport(), event.clone())) for _ in range(FRAMES)]
    return {"jumped": jumped, "turned": turned}


def _searched(view: "QTreeView", search: Callable[[str], None]) -> list[tuple[float, float]]:
    """Each search typed letter by letter, and then wiped out in one."""
    frames = []
    for text in SEARCHES:
        typed = [text[:end] for end in range(1, len(text) + 1)]
        frames += [_frame(view, lambda: search(step)) for step in (*typed, "")]  # noqa: B023 - called at once
    return frames


def _typed(field: "QWidget", text: str) -> None:
    """The last letter of a text by its key; all of it is wiped out by Esc."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    if text:
        QTest.keyClicks(field, text[-1])
    else:
        QTest.keyClick(field, Qt.Key.Key_Escape)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
