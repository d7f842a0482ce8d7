"""Ten times a second an upload tells how far it is; the window must stay smooth meanwhile."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from adit_uploader.desktop.upload_values import Phase, SendProgress, SeriesLine
from adit_uploader.desktop.values import Step
from adit_uploader.desktop.views.lines import Lines
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.views.progress_view import ProgressView
from adit_uploader.transfer.events import SeriesCount


class Painted(QObject):
    """Counts how often something is drawn."""

    def __init__(self, watched: QObject) -> None:
        super().__init__(watched)
        self.times = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.times += event.type() == QEvent.Type.Paint
        return False


@pytest.fixture
def painted(window: MainWindow) -> Painted:
    """Of the table of series, on the page of an upload that has begun."""
    window.show()
    window.show_step(Step.SEND)
    series = [SeriesLine(f"Patient {number // 20}", "p" * 64, "CT", "Thorax", 50) for number in range(2000)]
    window.sending.show_progress("archive", series)
    window.sending.set_progress(SendProgress(phase=Phase.SENDING, total=100_000, bytes_total=10**10))
    (view,) = window.sending.findChildren(ProgressView)
    (table,) = (one for one in view.findChildren(Lines) if one.isVisible())
    QCoreApplication.processEvents()
    return Painted(table.viewport())


def test_counts_that_grow_leave_the_table_alone(window: MainWindow, painted: Painted) -> None:
    progress = SendProgress(phase=Phase.SENDING, total=100_000, bytes_total=10**10)
    for stored in range(10, 60, 10):
        window.sending.set_progress(
            replace(progress, sent=stored, stored=stored, bytes_done=stored * 10**6, rate=10**6)
        )
        window.sending.set_series((SeriesCount(1500, stored % 50, 0),))  # far below what is seen
        QCoreApplication.processEvents()
    assert painted.times == 0


def test_a_series_that_is_seen_is_drawn(window: MainWindow, painted: Painted) -> None:
    window.sending.set_series((SeriesCount(1, 7, 0),))
    QCoreApplication.processEvents()
    assert painted.times == 1
