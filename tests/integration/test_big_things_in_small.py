"""A short run of ``make soak-big``: the real window, its lanes, a real receiver, and what each of them holds."""

from pathlib import Path

import pytest

from tests.soak.big.material import FRAME, make_many, make_one
from tests.soak.big.memory import MEGA, Track
from tests.soak.big.page import failures, plot, tables
from tests.soak.big.upload import Result, by_window

INSTANCES, SERIES, FRAMES = 60, 6, 40


@pytest.mark.timeout(600)
def test_the_window_sends_small_ones_and_a_large_one_in_bounded_memory(tmp_path: Path) -> None:
    folder = tmp_path / "dropped"
    small = make_many(folder / "many", INSTANCES, SERIES)
    large = make_one(folder / "one", FRAMES)
    assert small.instances == INSTANCES
    assert large.size > FRAMES * FRAME
    result = by_window("in small", folder, tmp_path / "run", interval=0.1, tell=lambda line: None)
    # in a run of seconds a process that has just started grows: that is judged in the long run alone
    assert [told for told in failures(result) if "grew by" not in told] == []
    assert result.delivered == INSTANCES + 1
    assert result.delivered_bytes > FRAMES * FRAME
    assert {"window", "receiver", "forwarding", "lane 1", "lane 2"} <= result.tracks.keys()
    assert result.of("scan")["instances"] == INSTANCES + 1
    plot(tmp_path / "memory.svg", result)
    assert "lane 1" in (tmp_path / "memory.svg").read_text()
    assert "| in small | receiver |" in tables([result], 2)


def test_a_process_that_holds_too_much_or_grows_is_told() -> None:
    seconds = [float(second) for second in range(40)]
    fat = Track(seconds, [130 * MEGA] * 40)
    growing = Track(seconds, [(40 + second) * MEGA for second in range(40)])
    flat = Track(seconds, [90 * MEGA] * 40)
    told = [{"what": "scan", "instances": 5}, {"what": "upload", "stored": 5}]
    result = Result("made up", told, {"lane 1": fat, "lane 2": growing, "receiver": flat}, delivered=4)
    assert failures(result) == [
        "made up: lane 1 held 130 MB",
        "made up: lane 2 grew by 20 MB",
        "made up: 4 files lie at the destination instead of 5",
    ]
    assert failures(Result("none")) == ["none: not everything was stored"]
