"""The one gateway to the background: work runs on a thread, its results come back on the main thread.

Controllers ask for work by ``run`` and learn of its end by callbacks; they never see a thread. What the work
reports on the way is collected and handed over about ten times a second, however often it reports: no signal
per file.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from adit_uploader.desktop.gateway import Reporter, Result

REPORT_INTERVAL = 100  # milliseconds between two deliveries of reports


class Background(QObject):
    """Threads for the window; one may listen all the time. Use it on the main thread; ``close`` it at the end."""

    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None, *, threads: int = 5) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="background")
        self._running: dict[Reporter, Callable[[Sequence[object]], None] | None] = {}
        # queued also for work that ends before ``run`` returns: its caller must know the work first
        self._finished.connect(self._end, Qt.ConnectionType.QueuedConnection)
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(REPORT_INTERVAL)
        self._timer.timeout.connect(self._deliver)

    def run(
        self,
        work: Callable[[Reporter], Result],
        *,
        done: Callable[[Result], None],
        failed: Callable[[BaseException], None],
        reports: Callable[[Sequence[object]], None] | None = None,
    ) -> Reporter:
        """See ``Gateway.run``."""
        reporter = Reporter()
        self._running[reporter] = reports
        future = self._pool.submit(work, reporter)
        future.add_done_callback(lambda ended: self._finished.emit((reporter, ended, done, failed)))
        self._timer.start()
        return reporter

    @property
    def idle(self) -> bool:
        """Whether nothing runs and every end was told."""
        return not self._running

    def close(self) -> None:
        """Asks all work to end, waits for it, and tells nobody any more."""
        self._timer.stop()
        self._closed = True
        for reporter in self._running:
            reporter.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._running.clear()

    @Slot()
    def _deliver(self) -> None:
        for reporter, reports in list(self._running.items()):
            news = reporter.drain()
            if news and reports is not None:
                reports(news)

    @Slot(object)
    def _end(
        self,
        ended: tuple[Reporter, Future[Any], Callable[[Any], None], Callable[[BaseException], None]],
    ) -> None:
        if self._closed:
            return
        reporter, future, done, failed = ended
        reports = self._running.pop(reporter)
        news = reporter.drain()
        if news and reports is not None:
            reports(news)
        if not self._running:
            self._timer.stop()
        error = future.exception()
        if error is None:
            done(future.result())
        else:
            failed(error)
