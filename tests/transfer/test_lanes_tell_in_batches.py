"""What a lane tells comes together, and soon enough; what it has in hand is known after its end."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from adit_uploader.deid.engine import DeidentifiedInstance, Trial
from adit_uploader.transfer import folder_lane, lane_link
from adit_uploader.transfer.folder_lane import FolderLane
from adit_uploader.transfer.in_hand import InHand
from adit_uploader.transfer.lane_link import MOST, LaneLink
from adit_uploader.transfer.lane_messages import (
    Done,
    FolderTarget,
    FromLane,
    Hungry,
    NoMoreWork,
    Recipe,
    Setup,
    Stop,
    Written,
)
from tests.transfer.lane_driver import PlainEngine, nothing_to_look_at, work


class Ends:
    """Both ends of a lane's pipes."""

    def __init__(self, folder: Path, *, wary: bool) -> None:
        to_lane, self.commands = multiprocessing.Pipe(duplex=False)
        self.reports, from_lane = multiprocessing.Pipe(duplex=False)
        self.target = FolderTarget(folder, digests=False)
        self.link = LaneLink(to_lane, from_lane, InHand(bytearray(8)))
        self.commands.send(Setup(0, Recipe("", b"", Trial()), self.target, wary))
        self.link.setup(nothing_to_look_at, lambda: None)

    def told(self) -> list[tuple[FromLane, ...]]:
        """What can be read now, report by report."""
        found = []
        while self.reports.poll(0):
            found.append(self.reports.recv())
        return found


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time alone is no reason to tell."""
    monkeypatch.setattr(lane_link, "HOLD", 1000.0)


@contextmanager
def open_ends(folder: Path, *, wary: bool = False) -> Iterator[Ends]:
    made = Ends(folder / "out", wary=wary)
    yield made
    made.commands.close()
    assert made.link.stopped.wait(120)
    made.link.close()
    made.reports.close()


@pytest.fixture
def ends(tmp_path: Path, patient: None) -> Iterator[Ends]:
    with open_ends(tmp_path) as made:
        yield made


def test_outcomes_are_held_until_there_are_many(ends: Ends) -> None:
    outcomes = [Written(number, 1, "") for number in range(MOST + 1)]
    for outcome in outcomes[: MOST - 1]:
        ends.link.hold(outcome)
    assert ends.told() == []
    ends.link.hold(outcomes[MOST - 1])
    ends.link.hold(outcomes[MOST])
    assert ends.told() == [tuple(outcomes[:MOST])]
    assert ends.link.take() is None  # there is nothing to do
    assert ends.told() == [(outcomes[MOST],)]


def test_an_outcome_is_told_at_once_if_the_last_ones_were_told_long_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_link, "HOLD", 0.0)
    with open_ends(tmp_path) as ends:
        ends.link.hold(Written(1, 1, ""))
        assert ends.told() == [(Written(1, 1, ""),)]


@pytest.mark.usefixtures("patient")
def test_where_lanes_crash_every_outcome_is_told_at_once(tmp_path: Path) -> None:
    with open_ends(tmp_path, wary=True) as ends:
        ends.link.hold(Written(1, 1, ""))
        assert ends.told() == [(Written(1, 1, ""),)]


def test_a_stop_brings_what_is_held_though_the_lane_is_busy(ends: Ends) -> None:
    ends.link.hold(Written(1, 1, ""))
    ends.commands.send(Stop())
    assert ends.reports.poll(10)
    assert ends.told() == [(Written(1, 1, ""),)]


def test_what_is_held_is_told_before_a_large_file(ends: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piece = work(tmp_path / "in", 3)
    monkeypatch.setattr(folder_lane, "LARGE", piece.items[0].size)
    known: list[tuple[int | None, list[FromLane]]] = []

    class Watching(PlainEngine):
        def deidentify(self, file: BinaryIO, size: int, **options: Any) -> DeidentifiedInstance:
            told = [message for messages in ends.told() for message in messages]
            known.append((ends.link.in_hand.number, [one for one in told if isinstance(one, Written)]))
            return super().deidentify(file, size, **options)

    for command in (piece, NoMoreWork()):  # not by the pipe: on a busy machine the second comes when the lane has none
        ends.link._arrived.put(command)
    FolderLane(ends.link, Watching(), ends.target).run()  # type: ignore[arg-type]  # stands in for a Deidentifier
    assert [number for number, _ in known] == [0, 1, 2]
    assert [[one.number for one in told] for _, told in known] == [[], [0], [1]]
    assert ends.link.in_hand.number is None
    (last,) = [messages for messages in ends.told() if Done() in messages]
    assert [type(message) for message in last if message != Hungry()] == [Written, Done]


def take_and_crash(in_hand: InHand) -> None:
    for number in (7, 2**40):
        in_hand.take(number)
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_process_had_in_hand_is_known() -> None:
    in_hand = InHand.for_a_new_process()
    assert in_hand.number is None
    process = multiprocessing.get_context("spawn").Process(target=take_and_crash, args=(in_hand,))
    process.start()
    process.join(180)
    assert process.exitcode == -signal.SIGKILL
    process.close()
    assert in_hand.number == 2**40
    in_hand.let_go()
    assert in_hand.number is None
