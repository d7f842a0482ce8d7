"""Sleep and wake: what the clocks show then, and what the line makes of it."""

import time
from pathlib import Path

import pytest

from adit_uploader.transfer import connection as connection_module
from adit_uploader.transfer.connection import open_connection
from adit_uploader.transfer.errors import ConnectionLost, ServerNotFound, ServerUnreachable, WrongToken
from adit_uploader.transfer.lane_messages import Hungry, Retrying, Stored
from adit_uploader.transfer.waking import LONGEST_STEP, SLEPT, TICK, Outage, Slumber, clock, pause
from tests.transfer.lane_driver import lane, send_rest, work
from tests.transfer.small_receiver import TOKEN, SmallReceiver


class Clock:
    """Time as a test sets it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []
        self.sleep_in: int | None = None  # the computer sleeps for an hour in the wait of this number

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now += seconds + (3600.0 if len(self.waits) == self.sleep_in else 0.0)
        return False


def test_a_sleep_is_a_gap_between_two_looks() -> None:
    slumber = Slumber(0.0)
    assert not slumber.woke(TICK)
    assert not slumber.woke(TICK + SLEPT)
    assert slumber.woke(TICK + SLEPT * 2 + 0.1)
    assert not slumber.woke(TICK + SLEPT * 2 + 0.2)


def test_a_pause_lasts_as_long_as_it_should() -> None:
    clock = Clock()
    assert not pause(7.5, clock.wait, clock)
    assert sum(clock.waits) == pytest.approx(7.5)


def test_after_a_sleep_the_next_try_comes_at_once() -> None:
    clock = Clock()
    clock.sleep_in = 3
    assert not pause(30.0, clock.wait, clock)
    assert sum(clock.waits) == pytest.approx(3 * TICK)


def test_a_pause_ends_when_the_user_stops() -> None:
    assert pause(30.0, lambda seconds: True, Clock())


def test_hours_of_sleep_do_not_count_as_hours_without_a_connection() -> None:
    outage = Outage(0.0)
    assert outage.seconds(10.0) == 10.0
    assert outage.seconds(8 * 3600.0) == 10.0 + LONGEST_STEP
    outage.end(8 * 3600.0 + 5)
    assert outage.seconds(8 * 3600.0 + 6) == 1.0


def test_the_clock_goes_on() -> None:
    assert clock() <= clock()
    assert clock() >= time.monotonic() - 1.0  # it counts what the monotonic clock may leave out


def test_a_connection_that_was_slept_over_is_given_up(receiver: SmallReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may have forgotten it long ago, without a word that could reach us."""
    jump = [0.0]
    monkeypatch.setattr(connection_module, "clock", lambda: time.monotonic() + jump[0])
    with open_connection(receiver, TOKEN, silence_limit=0.4) as connection:
        connection.hello()
        assert connection.receive(0.5) == []  # awake and quiet: it stays
        jump[0] = 3600.0
        with pytest.raises(ConnectionLost):
            connection.receive(10.0)


def test_a_lane_that_wakes_goes_on_over_a_new_connection(
    receiver: SmallReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before the silence would have been noticed."""
    jump = [0.0]
    monkeypatch.setattr(connection_module, "clock", lambda: time.monotonic() + jump[0])
    receiver.on_store = lambda uid: setattr(receiver, "silent", len(receiver.kept) == 3)
    with lane(receiver, silence_limit=600.0) as run:
        run.until(Hungry)
        run.commands.send(work(tmp_path / "in", 6))
        while len(run.stored) < 3:
            run.until(Stored)
        jump[0] = 3600.0
        run.until(Retrying)
        receiver.silent = False
        receiver.on_store = lambda uid: None
        send_rest(run)
    assert sorted(run.stored) == list(range(6))
    assert receiver.connections == 2


def test_a_network_that_has_gone_is_waited_for_and_a_wrong_token_is_not() -> None:
    assert ServerNotFound.retriable
    assert ServerUnreachable.retriable
    assert ConnectionLost.retriable
    assert not WrongToken.retriable
