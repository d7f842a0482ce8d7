"""A lane whose process hangs says nothing, and its line may stay open: the program itself has to notice."""

import os
import signal
import threading
from pathlib import Path

import pytest

from adit_uploader.transfer import vigil
from adit_uploader.transfer.events import Event, LaneReplaced
from adit_uploader.transfer.vigil import ALIVE, SILENT, STARTING, STEP, Vigil
from tests.transfer.small_receiver import SmallReceiver
from tests.transfer.studies import plan_of, write_studies
from tests.transfer.test_an_upload_keeps_its_books import lane_processes, upload


def watched(seconds: float, one: Vigil, since: float) -> list[int]:
    """What a program that looks all the time finds at the end of so many seconds."""
    found: list[int] = []
    for step in range(round(seconds / 0.1) + 1):
        found = one.silent(since + step * 0.1)
    return found


def test_a_lane_that_says_nothing_is_silent_after_a_while() -> None:
    one = Vigil(100.0)
    one.begin(0)
    one.heard(0)
    assert watched(SILENT - 1, one, 100.0) == []
    assert watched(2.0, one, 100.0 + SILENT - 1) == [0]
    one.heard(0)
    assert watched(ALIVE, one, 200.0) == []
    one.forget(0)
    assert watched(2 * SILENT, one, 300.0) == []


def test_a_lane_has_time_to_start() -> None:
    one = Vigil(0.0)
    one.begin(3)
    assert watched(STARTING + SILENT - 1, one, 0.0) == []
    assert watched(2.0, one, STARTING + SILENT - 1) == [3]


def test_a_program_that_stood_still_itself_blames_nobody() -> None:
    one = Vigil(0.0)
    one.begin(0)
    one.heard(0)
    for hour in range(1, round(SILENT / STEP)):
        assert one.silent(3600.0 * hour) == []


def test_a_clock_that_runs_backwards_blames_nobody() -> None:
    one = Vigil(1000.0)
    one.begin(0)
    one.heard(0)
    assert one.silent(0.0) == []
    assert watched(SILENT - 1, one, 0.0) == []


def test_a_lane_that_stands_still_is_replaced_and_nothing_is_missing(
    receiver: SmallReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_studies(tmp_path / "in", instances=30)
    events: list[Event] = []
    stopped = threading.Event()

    def stop(uid: str) -> None:
        if len(receiver.kept) == 20 and not stopped.is_set():
            os.kill(lane_processes()[0], signal.SIGSTOP)
            monkeypatch.setattr(vigil, "SILENT", 0.5)
            stopped.set()

    def look(event: Event) -> None:
        events.append(event)
        if isinstance(event, LaneReplaced):
            monkeypatch.setattr(vigil, "SILENT", SILENT)

    receiver.on_store = stop
    receipt = upload(plan_of(folder), receiver, tmp_path / "home", on_event=look).run()
    assert stopped.is_set()
    assert len([one for one in events if isinstance(one, LaneReplaced)]) == 1
    assert receipt.complete
    assert receipt.counts.stored == 120 == len(receiver.kept)
