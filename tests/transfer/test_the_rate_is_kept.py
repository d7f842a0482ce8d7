"""The limit of the sending rate: the sharing by itself, and a whole upload over it."""

import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from adit_uploader.transfer.budget import BURST, Allowance, Budget
from adit_uploader.transfer.events import Event, Phase, PhaseChanged
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.upload import Upload
from tests.transfer.small_receiver import TOKEN, SmallReceiver
from tests.transfer.studies import plan_of, write_studies

RATES = st.integers(1_000, 10**9)
STEPS = st.lists(st.floats(0.001, 3.0), min_size=1, max_size=60)


class Sender:
    """A lane that always has more to send, or only sometimes."""

    def __init__(self, number: int, rate: int) -> None:
        self.number = number
        self.allowance = Allowance(rate)
        self.chunk = self.allowance.chunk(256 * 1024)
        self.sent = 0

    def send(self, budget: Budget) -> None:
        while self.allowance.spend(self.chunk):
            self.sent += self.chunk
        if wish := self.allowance.wish(self.chunk):
            budget.wish(self.number, wish)


@given(RATES, STEPS, st.integers(1, 8), st.data())
def test_never_more_than_the_rate_whatever_the_lanes_do(
    rate: int, steps: list[float], count: int, data: st.DataObject
) -> None:
    now = 0.0
    budget = Budget(rate, now)
    lanes = [Sender(number, rate) for number in range(count)]
    granted = [(now, 0)]
    for step in steps:
        now += step
        for lane in lanes:
            match data.draw(st.sampled_from(("send", "rest", "crash"))):
                case "send":
                    lane.send(budget)
                case "crash":
                    budget.forget(lane.number)
                    lanes[lane.number] = Sender(lane.number, rate)
                    lanes[lane.number].sent = lane.sent
        grants = budget.grants(now)
        granted.append((now, granted[-1][1] + sum(grants.values())))
        for number, size in grants.items():
            lanes[number].allowance.grant(size)
        for lane in lanes:
            lane.send(budget)
        # over any span, however long nobody wanted anything before it
        assert all(granted[-1][1] - before <= rate * (now - then + BURST) + 1 for then, before in granted)
        assert sum(lane.sent for lane in lanes) <= rate * (now + BURST) + 1


@settings(max_examples=50)
@given(RATES, st.integers(1, 8), st.integers(0, 7))
def test_over_ten_seconds_it_is_used_within_a_tenth(rate: int, count: int, busy: int) -> None:
    """By all lanes together, though some have nothing to send."""
    budget = Budget(rate, 0.0)
    lanes = [Sender(number, rate) for number in range(count)]
    sending = lanes[: max(1, count - busy)]
    for tick in range(1, 101):
        for lane in sending:
            lane.send(budget)
        for number, size in budget.grants(tick * 0.1).items():
            lanes[number].allowance.grant(size)
    for lane in sending:
        lane.send(budget)
    total = sum(lane.sent for lane in lanes)
    slack = sum(lane.chunk for lane in sending)  # granted, but less than a chunk
    assert 0.9 * rate * 10 - slack <= total <= 1.1 * rate * 10
    assert max(lane.sent for lane in sending) - min(lane.sent for lane in sending) <= rate  # nobody starves


def test_without_a_limit_nobody_asks() -> None:
    allowance = Allowance(0)
    assert allowance.spend(10**9)
    assert allowance.wish(10**9) == 0
    assert allowance.chunk(1234) == 1234
    assert Budget(0, 0.0).grants(10.0) == {}


def test_a_whole_upload_keeps_to_it(receiver: SmallReceiver, tmp_path: Path) -> None:
    """Two lanes in processes of their own, over a real line."""
    plan = plan_of(write_studies(tmp_path / "in", patients=2, series=1, instances=4, rows=320))
    rate = 500_000
    arrivals: list[tuple[float, int]] = []
    receiver.on_store = lambda uid: arrivals.append(
        (time.monotonic(), sum(len(kept.data) for kept in receiver.kept.values()))
    )
    began: list[float] = []

    def note(event: Event) -> None:
        if isinstance(event, PhaseChanged) and event.phase is Phase.SENDING:
            began.append(time.monotonic())

    upload = Upload(
        plan, receiver, TOKEN, journal=tmp_path / "j", lanes=2, line=Line(rate=rate, compression="off"), on_event=note
    )
    assert upload.run().complete
    assert arrivals[-1][1] > 1_600_000
    for when, size in arrivals:
        assert size <= rate * (when - began[0] + BURST)
