"""The sending lane against a receiver that refuses, cuts and falls silent."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.transfer import wire_lane
from adit_uploader.transfer.errors import ServerUnreachable, WrongToken
from adit_uploader.transfer.lane_messages import Hungry, Retrying, Sent, Stop, Stored
from adit_uploader.transfer.receipt import ReasonCode
from tests.transfer.lane_driver import JOB, ended, lane, send_all, send_rest, work
from tests.transfer.small_receiver import Kept, SmallReceiver


def same_bytes(receiver: SmallReceiver, folder: Path) -> bool:
    return {uid: one.data for uid, one in receiver.stored(JOB).items()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_every_file_arrives_with_its_bytes_and_digest(receiver: SmallReceiver, tmp_path: Path) -> None:
    with lane(receiver) as run:
        send_all(run, work(tmp_path / "in", 40, size=100_000))
    assert same_bytes(receiver, tmp_path / "in")
    assert sorted(run.stored) == list(range(40))
    for sent in run.all_of(Sent):
        path = tmp_path / "in" / f"2.25.1{sent.number:04d}"
        assert sent.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_is_larger_than_the_credit_waits_for_credit(receiver: SmallReceiver, tmp_path: Path) -> None:
    receiver.credit = 128 * 1024
    with lane(receiver) as run:
        send_all(run, work(tmp_path / "in", 3, size=1_000_000))
    assert same_bytes(receiver, tmp_path / "in")


def test_the_token_goes_in_the_header_with_an_origin(receiver: SmallReceiver, tmp_path: Path) -> None:
    with lane(receiver) as run:
        send_all(run, work(tmp_path / "in", 1))
    headers = receiver.headers[0]
    assert headers["Authorization"] == "Token " + "a" * 40
    assert headers["Origin"] == receiver.origin
    assert "Sec-WebSocket-Extensions" not in headers


def test_after_a_cut_the_rest_is_sent_and_nothing_is_there_twice(receiver: SmallReceiver, tmp_path: Path) -> None:
    receiver.cut_after = 10
    with lane(receiver) as run:
        send_all(run, work(tmp_path / "in", 40))
    assert receiver.connections == 2
    assert same_bytes(receiver, tmp_path / "in")
    assert sorted(set(run.stored)) == list(range(40))
    assert run.all_of(Retrying)


def test_what_is_there_already_is_not_sent_again(receiver: SmallReceiver, tmp_path: Path) -> None:
    piece = work(tmp_path / "in", 5)
    with lane(receiver) as run:
        send_all(run, piece)
    begun = len(receiver.begun)
    with lane(receiver) as again:
        send_all(again, piece)
    assert len(receiver.begun) == begun
    assert again.all_of(Stored) == [Stored(number, known=True) for number in range(5)]


def test_a_part_that_is_there_is_not_sent_again(receiver: SmallReceiver, tmp_path: Path) -> None:
    piece = work(tmp_path / "in", 1, size=500_000)
    data = piece.items[0].location.path.read_bytes()
    receiver.partial[piece.items[0].sop_instance_uid] = data[:300_001]
    with lane(receiver) as run:
        send_all(run, piece)
    assert receiver.begun[0].offset == 300_001
    assert same_bytes(receiver, tmp_path / "in")


def test_a_refusal_is_reported_with_its_code_and_the_others_go_on(receiver: SmallReceiver, tmp_path: Path) -> None:
    receiver.refuse["2.25.10003"] = (RefusalCode.FORBIDDEN_ELEMENT, 99)
    with lane(receiver) as run:
        send_all(run, work(tmp_path / "in", 8))
    assert run.refused == {3: "forbidden-element"}
    assert sorted(run.stored) == [0, 1, 2, 4, 5, 6, 7]


def test_a_retriable_refusal_is_tried_three_times(receiver: SmallReceiver, tmp_path: Path) -> None:
    receiver.refuse["2.25.10000"] = (RefusalCode.STORAGE, 2)
    receiver.refuse["2.25.10001"] = (RefusalCode.STORAGE, 99)
    with lane(receiver) as run:
        send_all(run, work(tmp_path / "in", 2))
    assert run.stored == [0]
    assert run.refused == {1: "storage"}
    assert [begin.sop_instance_uid for begin in receiver.begun].count("2.25.10001") == 3


def test_a_changed_and_a_vanished_file_are_refused(receiver: SmallReceiver, tmp_path: Path) -> None:
    piece = work(tmp_path / "in", 4)
    with piece.items[0].location.path.open("ab") as file:
        file.write(b"more")
    os.utime(piece.items[1].location.path, ns=(1, 1))
    piece.items[2].location.path.unlink()
    with lane(receiver) as run:
        send_all(run, piece)
    assert run.refused == {0: ReasonCode.CHANGED, 1: ReasonCode.CHANGED, 2: ReasonCode.VANISHED}
    assert run.stored == [3]


def test_a_file_that_changes_while_it_is_sent_does_not_count(receiver: SmallReceiver, tmp_path: Path) -> None:
    piece = work(tmp_path / "in", 2, size=300_000)
    second = piece.items[1].location.path

    def change(uid: str) -> None:
        os.utime(second, ns=(5, 5))

    receiver.on_store = change
    receiver.credit = 64 * 1024  # so that the second is still under way when the first is stored
    with lane(receiver) as run:
        send_all(run, piece)
    assert run.refused == {1: ReasonCode.CHANGED}
    assert list(receiver.stored(JOB)) == ["2.25.10000"]


def test_a_silent_receiver_is_left_and_the_rest_goes_on(receiver: SmallReceiver, tmp_path: Path) -> None:
    def fall_silent(uid: str) -> None:
        if len(receiver.kept) == 3 and receiver.connections == 1:
            receiver.silent = True

    receiver.on_store = fall_silent
    with lane(receiver, silence_limit=1.0) as run:
        run.until(Hungry)
        run.commands.send(work(tmp_path / "in", 12))
        run.until(Retrying)
        receiver.silent = False
        send_rest(run)
    assert same_bytes(receiver, tmp_path / "in")


def test_a_frozen_receiver_behind_a_full_line_is_left(receiver: SmallReceiver, tmp_path: Path) -> None:
    receiver.credit = 256 * 1024 * 1024
    receiver.on_store = lambda uid: setattr(receiver, "frozen", receiver.connections == 1)
    with lane(receiver, silence_limit=2.0) as run:
        run.until(Hungry)
        run.commands.send(work(tmp_path / "in", 2, size=40_000_000))
        run.until(Retrying)
        receiver.frozen = False
        receiver.thaw.set()
        send_rest(run)
    assert same_bytes(receiver, tmp_path / "in")


def test_a_revoked_token_ends_the_lane_with_its_reason(receiver: SmallReceiver, tmp_path: Path) -> None:
    receiver.cut_after = 2
    receiver.on_store = lambda uid: setattr(receiver, "close_with", CloseCode.TOKEN)
    with lane(receiver) as run:
        run.until(Hungry)
        run.commands.send(work(tmp_path / "in", 5))
        run.until(Retrying)
        ended(run)
    assert isinstance(run.error, WrongToken)


def test_no_server_at_all_ends_the_lane_after_its_time(tmp_path: Path) -> None:
    nobody = SmallReceiver(url="ws://127.0.0.1:9")
    with lane(nobody, give_up_after=0.2) as run:
        ended(run)
    assert isinstance(run.error, ServerUnreachable)


def test_stop_ends_a_lane_that_waits_for_credit(receiver: SmallReceiver, tmp_path: Path) -> None:
    with lane(receiver) as run:
        run.until(Hungry)
        receiver.silent = True
        run.commands.send(work(tmp_path / "in", 2))
        run.commands.send(Stop())
        ended(run)
    assert run.error is None


def test_the_second_login_finds_what_the_first_stored(receiver: SmallReceiver, tmp_path: Path) -> None:
    piece = work(tmp_path / "in", 3)
    data = piece.items[1].location.path.read_bytes()
    receiver.kept[JOB, "2.25.10001"] = Kept(begin=None, data=data)  # type: ignore[arg-type]  # its begin is not looked at
    with lane(receiver) as run:
        send_all(run, piece)
    assert sorted(run.stored) == [0, 1, 2]
    assert [begin.sop_instance_uid for begin in receiver.begun] == ["2.25.10000", "2.25.10002"]


def test_for_its_own_last_connection_a_lane_does_not_wait_long(
    receiver: SmallReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiver misses a connection that went without a word only after a while."""
    pauses: list[float] = []

    def note(seconds: float, wait: Callable[[float], bool]) -> bool:
        pauses.append(seconds)
        if len(pauses) == 9:
            receiver.close_with = None
        return False

    monkeypatch.setattr(wire_lane, "pause", note)
    receiver.close_with = CloseCode.JOB_IN_USE
    with lane(receiver) as run:
        send_all(run, work(tmp_path / "in", 1))
    assert max(pauses) <= wire_lane.FIRST_DELAY * 2 ** (wire_lane.SHORT - 1)
    assert not run.all_of(Retrying)
