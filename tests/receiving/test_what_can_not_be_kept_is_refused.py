"""A full disk, a broken one, and what is sent out of order: the sender is told, and nothing half stays."""

import errno
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.receiving import inbox as inbox_module
from adit_uploader.receiving.checks import check_receiving, may_connect
from adit_uploader.receiving.errors import NobodyMaySend, NotAnAddress, NotAnAeTitle, NotAPeer
from adit_uploader.receiving.events import NotKept, NotKeptFor
from adit_uploader.receiving.inbox import FLOOR, Part, copies_of, files_in, tidy
from adit_uploader.receiving.scp import Receiver
from tests.receiving.senders import LIMIT, SETTINGS, WORKSTATION, Told, associated, made_up, nothing_half, received


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def port(tmp_path: Path, told: Told) -> Iterator[int]:
    """Of a listener in this process, in which a disk can be full."""
    before = set(threading.enumerate())
    receiver = Receiver(SETTINGS, tmp_path / "inbox", "first", told.report)
    yield receiver.open()[1]
    receiver.close(0)
    for thread in set(threading.enumerate()) - before:
        thread.join(LIMIT)
    assert set(threading.enumerate()) <= before
    assert receiver.reap() == 0


def test_a_disk_without_room_is_said_to_the_sender_and_told(
    tmp_path: Path, port: int, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = [FLOOR - 1]
    monkeypatch.setattr(Part.__init__, "__defaults__", (lambda _: room[0],))
    with associated(port) as sender:
        assert sender.send_c_store(made_up(1, bytes_=300_000)).Status == 0xA700
        room[0] = FLOOR
        assert sender.send_c_store(made_up(1, bytes_=300_000)).Status == 0
    assert told.of(NotKept) == [NotKept(WORKSTATION, NotKeptFor.FULL)]
    assert len(received(tmp_path / "inbox")) == 1
    assert nothing_half(tmp_path)


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (OSError(errno.ENOSPC, "made up"), NotKeptFor.FULL),
        (OSError(errno.EDQUOT, "made up"), NotKeptFor.FULL),
        (OSError(errno.EIO, "made up"), NotKeptFor.DISK),
    ],
)
def test_a_disk_that_fails_in_the_middle_leaves_nothing(
    port: int, told: Told, tmp_path: Path, failure: OSError, why: NotKeptFor
) -> None:
    def fails(*_: object) -> None:
        raise failure

    with associated(port) as sender:
        for owner, name in ((Part, "write"), (inbox_module.os, "fsync")):
            with pytest.MonkeyPatch.context() as broken:
                broken.setattr(owner, name, fails)
                assert sender.send_c_store(made_up(1, bytes_=300_000)).Status == 0xA700
            assert told.of(NotKept)[-1] == NotKept(WORKSTATION, why)
            assert received(tmp_path) == []
            assert nothing_half(tmp_path)
        assert sender.send_c_store(made_up(1)).Status == 0


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")  # the sender's own
def test_an_object_without_a_right_name_is_refused(tmp_path: Path, port: int, told: Told) -> None:
    wrong = made_up(1)
    wrong.SOPInstanceUID = "../../etc/passwd"
    with associated(port) as sender:
        assert sender.send_c_store(wrong).Status == 0xC000
    assert told.of(NotKept) == [NotKept(WORKSTATION, NotKeptFor.DAMAGED)]
    assert received(tmp_path) == []
    assert nothing_half(tmp_path)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (ReceivingSettings(), NobodyMaySend),
        (ReceivingSettings(callers=("",)), NotAnAeTitle),
        (ReceivingSettings(callers=("A" * 17,)), NotAnAeTitle),
        (ReceivingSettings(callers=("A\\B",)), NotAnAeTitle),
        (ReceivingSettings(callers=(" A",)), NotAnAeTitle),
        (ReceivingSettings(callers=("Ä",)), NotAnAeTitle),
        (ReceivingSettings(callers=("A",), ae_title=""), NotAnAeTitle),
        (ReceivingSettings(callers=("A",), address="localhost"), NotAnAddress),
        (ReceivingSettings(callers=("A",), address=""), NotAnAddress),
        (ReceivingSettings(callers=("A",), peers=("192.0.2.0/33",)), NotAPeer),
    ],
)
def test_what_can_t_be_right_is_not_listened_for(
    settings: ReceivingSettings, error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error):
        check_receiving(settings)
    with pytest.raises(error):
        Receiver(settings, tmp_path, "first", lambda _: None)


@pytest.mark.parametrize(
    ("address", "peers", "peer", "may"),
    [
        ("127.0.0.1", (), "127.0.0.1", True),
        ("127.0.0.1", ("192.0.2.1",), "127.0.0.1", True),
        ("127.0.0.1", (), "192.0.2.1", False),
        ("::1", (), "::1", True),
        ("0.0.0.0", (), "192.0.2.1", True),  # noqa: S104
        ("192.0.2.9", ("192.0.2.1", "198.51.100.0/24"), "192.0.2.1", True),
        ("192.0.2.9", ("192.0.2.1", "198.51.100.0/24"), "198.51.100.77", True),
        ("192.0.2.9", ("192.0.2.1", "198.51.100.0/24"), "192.0.2.2", False),
        ("::", ("192.0.2.1",), "::ffff:192.0.2.1", True),
        ("::", ("fe80::1",), "fe80::1%eth0", True),
        ("::", ("192.0.2.1",), "2001:db8::1", False),
        ("192.0.2.9", (), "no address", False),
    ],
)
def test_who_may_connect(address: str, peers: tuple[str, ...], peer: str, may: bool) -> None:
    assert may_connect(ReceivingSettings(address=address, peers=peers), peer) is may


def test_what_never_became_whole_goes_and_what_is_whole_stays(tmp_path: Path) -> None:
    assert list(files_in(tmp_path / "none")) == []
    tidy(tmp_path / "none")
    for name in ("a/1.part", "b/1.dcm", "b/2.part", "c/other.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    tidy(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        *("b", "b/1.dcm", "c", "c/other.txt")
    ]
    assert list(files_in(tmp_path)) == [tmp_path / "b" / "1.dcm"]


def test_copies_are_the_same_byte_for_byte_and_of_the_same_sitting(tmp_path: Path) -> None:
    long = "x" * 5000
    texts = {"a/1": long, "a/2": long, "a/3": long + "y", "a/4": long[:-1] + "y", "a/5": "z", "a/6": "z", "b/7": long}
    paths = {name: tmp_path / f"{name}.dcm" for name in texts}
    for name, path in paths.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(texts[name])
    (tmp_path / "a" / "8.part").write_text(long)
    gone = (tmp_path / "a" / "gone.dcm", tmp_path / "c" / "gone.dcm")
    assert copies_of([paths["a/1"], *gone]) == {paths["a/2"]}
    assert copies_of([paths["a/1"], paths["a/5"], paths["b/7"]]) == {paths["a/2"], paths["a/6"]}
    assert copies_of([]) == set()
