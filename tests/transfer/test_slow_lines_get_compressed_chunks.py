"""When chunks are compressed: the decision by itself, and lanes that send to a receiver that takes them or not."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adit_uploader.transfer.lane_messages import Sent
from adit_uploader.transfer.line import Compression, Line
from adit_uploader.transfer.packing import ENOUGH, FAST, GIVE_UP, SLOW, Packing
from tests.transfer.lane_driver import JOB, lane, send_all, work
from tests.transfer.small_receiver import SmallReceiver

CHUNK = 256 * 1024


def over(packing: Packing, speed: float, *, ratio: float = 0.5, seconds: float = 3.0) -> int:
    """Send for some seconds over a line of this speed; how many chunks were compressed."""
    compressed, clock = 0, 0.0
    while clock < seconds:
        compress = packing.wanted()
        on_wire = int(CHUNK * ratio) if compress else CHUNK
        waited = on_wire / speed
        packing.sent(CHUNK, on_wire, waited, tried=compress)
        compressed += compress
        clock += waited
    return compressed


@pytest.mark.parametrize("lanes", [1, 2, 8])
def test_a_slow_line_gets_them_and_a_fast_one_does_not(lanes: int) -> None:
    assert over(Packing("auto", lanes), 0.5 * SLOW / lanes)
    assert not over(Packing("auto", lanes), 1.5 * SLOW / lanes)
    assert not over(Packing("off", lanes), 0.1 * SLOW / lanes)
    assert over(Packing("on", lanes), 100 * FAST)


def test_a_line_that_gets_faster_ends_it_and_one_in_between_changes_nothing() -> None:
    packing = Packing("auto", 1)
    over(packing, 0.5 * SLOW)
    assert packing.wanted()
    over(packing, 0.5 * (SLOW + FAST))
    assert packing.wanted()
    over(packing, 2 * FAST)
    assert not packing.wanted()


def test_what_does_not_get_shorter_is_left_alone_until_the_next_file() -> None:
    packing = Packing("on", 1)
    assert packing.wanted()
    packing.sent(CHUNK, CHUNK, 0.0, tried=True)
    assert [packing.wanted() for _ in range(GIVE_UP + 1)] == [False] * GIVE_UP + [True]
    packing.sent(CHUNK, CHUNK, 0.0, tried=True)
    packing.begin()
    assert packing.wanted()


@given(st.lists(st.tuples(st.integers(1, CHUNK), st.floats(0, 10.0)), max_size=100))
def test_any_line_is_judged_without_a_fault(chunks: list[tuple[int, float]]) -> None:
    packing = Packing("auto", 3)
    for on_wire, waited in chunks:
        packing.sent(CHUNK, on_wire, waited, tried=packing.wanted())
    assert ENOUGH > CHUNK


@pytest.mark.parametrize(
    ("compression", "features", "compressed"),
    [("on", {"zstd"}, True), ("on", set(), False), ("off", {"zstd"}, False), ("auto", {"zstd"}, False)],
)
def test_the_same_bytes_arrive_compressed_or_not(
    receiver: SmallReceiver, tmp_path: Path, compression: Compression, features: set[str], *, compressed: bool
) -> None:
    receiver.features = frozenset(features)
    with lane(receiver, line=Line(compression=compression)) as run:
        send_all(run, work(tmp_path / "in", 4, size=300_000))
    files = {path.name: path.read_bytes() for path in (tmp_path / "in").iterdir()}
    assert {uid: one.data for uid, one in receiver.stored(JOB).items()} == files
    total = sum(len(data) for data in files.values())
    assert (receiver.received < total / 4) is compressed
    assert sum(sent.size for sent in run.all_of(Sent)) == total  # what is counted are the files' bytes


def test_noise_goes_as_it_is(receiver: SmallReceiver, tmp_path: Path) -> None:
    piece = work(tmp_path / "in", 2, size=300_000)
    for item in piece.items:
        head = f"{item.sop_instance_uid}\n".encode()
        item.location.path.write_bytes(head + os.urandom(item.size - len(head)))
    # the plan's sizes stay, but not the times: as if it had been so from the beginning
    for item in piece.items:
        os.utime(item.location.path, ns=(item.modified_ns, item.modified_ns))
    with lane(receiver, line=Line(compression="on")) as run:
        send_all(run, piece)
    assert sorted(run.stored) == [0, 1]
    assert receiver.received > 600_000


def test_a_part_that_is_there_goes_on_with_compressed_chunks(receiver: SmallReceiver, tmp_path: Path) -> None:
    piece = work(tmp_path / "in", 1, size=500_000)
    data = piece.items[0].location.path.read_bytes()
    receiver.partial[piece.items[0].sop_instance_uid] = data[:300_001]
    with lane(receiver, line=Line(compression="on")) as run:
        send_all(run, piece)
    assert receiver.begun[0].offset == 300_001
    assert receiver.stored(JOB)[piece.items[0].sop_instance_uid].data == data
