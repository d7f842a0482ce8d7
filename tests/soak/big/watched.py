"""The real window drops a folder, looks at it and sends it.

While it does, a timer of 16 ms measures its own gaps. What it found is told as lines of JSON on standard output.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is loaded

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QTreeView

from adit_uploader.account.settings import Settings
from adit_uploader.desktop.application import make_application
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.smoothness import stay_smooth
from adit_uploader.desktop.values import SendBlock
from adit_uploader.desktop.wiring import Program, build
from adit_uploader.pseudonyms.mode import Mode

from .memory import resident

TICK = 16  # milliseconds
SCROLLS = 600  # frames
MINUTE = 60.0  # seconds between two words on how far the upload is


def tell(what: str, **values: object) -> None:
    """One line for whoever started this."""
    sys.stdout.write(json.dumps({"what": what} | values) + "\n")
    sys.stdout.flush()


@dataclass(slots=True)
class Gaps:
    """Milliseconds between two ticks; or that one frame took."""

    found: list[float] = field(default_factory=list)

    def told(self) -> dict[str, float]:
        ordered = sorted(self.found)
        if not ordered:
            return {"count": 0}
        return {
            "count": len(ordered),
            "p50": round(ordered[len(ordered) // 2], 2),
            "p99": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 2),
            "max": round(ordered[-1], 2),
        }


class Pulse(QObject):
    """Ticks each 16 ms, and writes down how late."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps = Gaps()
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def take(self) -> Gaps:
        """What was found since the last time."""
        found, self.gaps = self.gaps, Gaps()
        return found

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.found.append((now - self._last) * 1000)
        self._last = now


class Watched:
    """The program in its window, and what is measured of it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pulse = Pulse()

    def until(self, so: Callable[[], bool]) -> float:
        """Lets Qt work until something is so; returns the seconds."""
        began = time.monotonic()
        while not so():
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        return time.monotonic() - began

    def scan(self, folder: Path) -> None:
        desk, model = self.program.desk, self.program.window.check.model
        self.pulse.take()
        began = time.monotonic()
        self.program.add([folder])
        first = self.until(lambda: model.rowCount() > 0)
        self.until(lambda: not desk.scanning)
        held = resident(os.getpid())
        gaps = self.pulse.take().told()
        instances = sum(1 for _ in desk.inventory.instances())
        seconds = round(time.monotonic() - began, 2)
        tell("scan", first_rows=round(first, 2), seconds=seconds, instances=instances, memory=held, gaps=gaps)

    def scroll(self) -> None:
        """From the first row to the last, one frame after the other, everything open."""
        view = self.program.window.check.findChildren(QTreeView)[0]
        began = time.perf_counter()
        view.expandAll()
        view.viewport().repaint()
        opened = (time.perf_counter() - began) * 1000
        frames, work, bar = Gaps(), Gaps(), view.verticalScrollBar()
        for number in range(SCROLLS):
            began, worked = time.perf_counter(), time.thread_time()
            bar.setValue(bar.maximum() * number // (SCROLLS - 1))
            view.viewport().repaint()
            QCoreApplication.processEvents()
            frames.found.append((time.perf_counter() - began) * 1000)
            work.found.append((time.thread_time() - worked) * 1000)
        self.pulse.take()
        tell("scroll", open_all=round(opened, 2), frames=frames.told(), processor=work.told())

    def send(self) -> None:
        program, desk = self.program, self.program.desk
        self.until(lambda: desk.account is not None and bool(desk.destination))
        self.pulse.take()
        program.naming.choose(Mode.INTERNAL)
        seconds = self.until(lambda: desk.plan is not None)
        tell("plan", seconds=round(seconds, 2), gaps=self.pulse.take().told())
        program.sending.send()
        began, gaps = time.monotonic(), Gaps()
        while desk.sending:
            until = time.monotonic() + MINUTE
            self.until(lambda: not desk.sending or time.monotonic() > until)  # noqa: B023 - called at once
            minute = self.pulse.take()
            gaps.found += minute.found
            tell("sending", stored=program.sending._progress.stored, gaps=minute.told())
        receipt = program.sending._receipt
        assert receipt is not None, "nothing was sent"
        tell(
            "upload",
            seconds=round(time.monotonic() - began, 2),
            sentence=receipt.sentence,
            complete=receipt.complete,
            stored=receipt.counts.stored,
            problem=None if receipt.problem is None else receipt.problem.message,
            gaps=gaps.told(),
        )


def run() -> int:
    began = time.monotonic()
    folder, server, token_file = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    app = make_application()
    languages = Languages(app)
    languages.use("en")
    settings = Settings.load()
    program = build(settings, real_services(settings), languages)
    program.window.show()
    stay_smooth()
    QCoreApplication.processEvents()
    tell("window", seconds=round(time.monotonic() - began, 2), memory=resident(os.getpid()))
    program.account.start(server, token_file.read_text().strip())
    watched = Watched(program)
    try:
        watched.scan(folder)
        watched.scroll()
        if program.desk.plan_block is not SendBlock.NOTHING_FOUND:
            watched.send()
    finally:
        program.close()
        program.window.close()
        program.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return 0
