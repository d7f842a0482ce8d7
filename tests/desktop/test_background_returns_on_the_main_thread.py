"""The gateway: work elsewhere, results here, few deliveries however much is reported."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from unittest.mock import Mock

import pytest
from PySide6.QtWidgets import QApplication

from adit_uploader.desktop.background import Background
from adit_uploader.desktop.gateway import Reporter

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    made = Background()
    yield made
    made.close()
    made.deleteLater()


def test_work_runs_elsewhere_and_its_result_comes_back_here(background: Background, until: Until) -> None:
    threads: list[threading.Thread] = []
    ends: list[tuple[str, threading.Thread]] = []

    def work(_: Reporter) -> str:
        threads.append(threading.current_thread())
        return "result"

    background.run(work, done=lambda result: ends.append((result, threading.current_thread())), failed=ends.append)
    until(lambda: background.idle)
    assert ends == [("result", threading.main_thread())]
    assert threads[0] is not threading.main_thread()


def test_a_failure_comes_back_as_it_was_raised(background: Background, until: Until) -> None:
    ends: list[object] = []

    def work(_: Reporter) -> None:
        raise LookupError("what")

    background.run(work, done=ends.append, failed=ends.append)
    until(lambda: background.idle)
    assert [type(end) for end in ends] == [LookupError]


def test_ten_thousand_reports_are_few_deliveries_in_order_and_before_the_end(
    background: Background, until: Until
) -> None:
    deliveries: list[Sequence[object]] = []
    at_the_end: list[int] = []

    def work(reporter: Reporter) -> None:
        for number in range(10_000):
            reporter.report(number)

    background.run(
        work,
        done=lambda _: at_the_end.append(sum(map(len, deliveries))),
        failed=at_the_end.append,  # type: ignore[arg-type]  # never called
        reports=deliveries.append,
    )
    until(lambda: background.idle)
    assert [value for news in deliveries for value in news] == list(range(10_000))
    assert at_the_end == [10_000]
    assert len(deliveries) < 10


def test_closing_asks_running_work_to_end_and_tells_nobody(background: Background, until: Until) -> None:
    started, ends = threading.Event(), []

    def work(reporter: Reporter) -> None:
        started.set()
        while not reporter.cancelled():
            threading.Event().wait(0.01)

    background.run(work, done=ends.append, failed=ends.append)
    until(started.is_set)
    background.close()
    assert ends == []
    assert background.idle


def test_an_end_is_never_told_before_its_caller_knows_the_work(
    background: Background, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    done_at_once: Future[str] = Future()
    done_at_once.set_result("result")
    ends: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(background._pool, "submit", Mock(return_value=done_at_once))
        background.run(lambda _: "result", done=ends.append, failed=Mock())
    assert ends == []
    until(lambda: background.idle)
    assert ends == ["result"]
