"""Delivery into a folder."""

import errno
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adit_receiver.forwarding import folder_writer
from adit_receiver.forwarding.errors import DestinationUnavailableError
from adit_receiver.forwarding.folder_writer import FolderWriter
from adit_receiver.forwarding.parcels import Delivery, Outcome, Parcel
from adit_receiver.forwarding.safe_names import RESERVED, safe_name
from tests.parts.parcels import made_file, parcel_of


def never() -> bool:
    return False


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def write(target: Path, *parcels: Parcel) -> list[Delivery]:
    return list(FolderWriter(target).carry(parcels, never))


def delivered_files(target: Path) -> list[Path]:
    return sorted(path for path in target.rglob("*") if path.is_file())


def test_files_lie_in_patient_study_and_series_folders(target: Path, tmp_path: Path) -> None:
    parcel = parcel_of(made_file(1), tmp_path / "spool", 1)
    assert [delivery.outcome for delivery in write(target, parcel)] == [Outcome.DELIVERED]
    expected = target / "pseudonym-1" / parcel.study_instance_uid / parcel.series_instance_uid
    assert delivered_files(target) == [expected / f"{parcel.sop_instance_uid}.dcm"]
    assert delivered_files(target)[0].read_bytes() == parcel.path.read_bytes()


def test_the_same_file_again_is_fine_and_another_one_is_left_alone(target: Path, tmp_path: Path) -> None:
    first = parcel_of(made_file(1), tmp_path / "spool", 1)
    other = parcel_of(made_file(1, size=80), tmp_path / "spool", 2)
    assert first.sop_instance_uid == other.sop_instance_uid
    again, refused = write(target, first)[0], write(target, other)[0]
    assert again == Delivery(first, Outcome.DELIVERED)
    assert write(target, first) == [again]
    assert refused.outcome is Outcome.FAILED
    assert "another file" in refused.message
    assert [path.read_bytes() for path in delivered_files(target)] == [first.path.read_bytes()]


def test_a_new_upload_replaces_what_the_same_owner_delivered_before_and_says_so(target: Path, tmp_path: Path) -> None:
    first = parcel_of(made_file(1), tmp_path / "spool", 1)
    write(target, first)
    second = parcel_of(made_file(1, size=80), tmp_path / "spool", 2, own_digests=frozenset({first.digest}))
    delivery = write(target, second)[0]
    assert delivery.outcome is Outcome.DELIVERED
    assert "replaced" in delivery.message
    assert [path.read_bytes() for path in delivered_files(target)] == [second.path.read_bytes()]


def test_what_a_killed_worker_left_behind_is_cleared(target: Path, tmp_path: Path) -> None:
    parcel = parcel_of(made_file(7), tmp_path / "spool", 7)
    incoming = target / ".incoming"
    incoming.mkdir()
    (incoming / "7-leftover").write_bytes(b"half")
    (incoming / "77-of-another").write_bytes(b"half")
    write(target, parcel)
    assert [path.name for path in incoming.iterdir()] == ["77-of-another"]


def test_what_a_power_cut_left_of_delivered_files_is_cleared_a_day_later(target: Path, tmp_path: Path) -> None:
    incoming = target / ".incoming"
    incoming.mkdir()
    for name, hours in (("5-of-a-delivered-file", 25), ("6-being-written", 1)):
        (incoming / name).write_bytes(b"half")
        then = time.time() - hours * 3600
        os.utime(incoming / name, (then, then))
    (incoming / "notes.txt").write_bytes(b"somebody else's")
    os.utime(incoming / "notes.txt", (0, 0))
    write(target, parcel_of(made_file(7), tmp_path / "spool", 7))
    assert {path.name for path in incoming.iterdir()} == {"6-being-written", "notes.txt"}


def test_a_folder_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    parcel = parcel_of(made_file(1), tmp_path / "spool", 1)
    with pytest.raises(DestinationUnavailableError, match="does not exist"):
        write(tmp_path / "not-mounted", parcel)
    assert not (tmp_path / "not-mounted").exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "disk is full"), (errno.EROFS, "can't be written to")],
)
def test_a_disk_that_takes_nothing_is_waited_for_and_leaves_no_half_file(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    parcel = parcel_of(made_file(1), tmp_path / "spool", 1)
    (target / ".incoming").mkdir()
    monkeypatch.setattr(folder_writer.os, "fsync", fail)
    with pytest.raises(DestinationUnavailableError, match=words):
        write(target, parcel)
    assert delivered_files(target) == []


def test_a_spool_that_cannot_be_read_is_not_blamed_on_the_destination(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcels = [parcel_of(made_file(number), tmp_path / "spool", number) for number in range(2)]
    opened = Path.open

    def fail(path: Path, *arguments: Any, **named: Any) -> Any:
        if path == parcels[0].path:
            raise OSError(errno.EIO, "Input/output error")
        return opened(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", fail)
    first, second = write(target, *parcels)
    assert (first.outcome, second.outcome) == (Outcome.RETRY, Outcome.DELIVERED)
    assert "can't be read" in first.message
    assert len(delivered_files(target)) == 1


def test_a_share_without_hard_links_works_too(target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(_source: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "no")

    monkeypatch.setattr(folder_writer.os, "link", no_links)
    first = parcel_of(made_file(1), tmp_path / "spool", 1)
    other = parcel_of(made_file(1, size=80), tmp_path / "spool", 2)
    outcomes = [write(target, parcel)[0].outcome for parcel in (first, first, other)]
    assert outcomes == [Outcome.DELIVERED, Outcome.DELIVERED, Outcome.FAILED]


def test_a_file_that_changed_in_the_spool_is_not_delivered(target: Path, tmp_path: Path) -> None:
    parcel = parcel_of(made_file(1), tmp_path / "spool", 1)
    parcel.path.write_bytes(bytes(parcel.length))
    assert write(target, parcel)[0].outcome is Outcome.FAILED
    assert delivered_files(target) == []


def test_file_data_is_synced_before_its_name_and_its_name_before_the_delivery(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def noted_fsync(descriptor: int) -> None:
        steps.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        fsync(descriptor)

    def noted_link(source: Path, destination: Path) -> None:
        steps.append("name")
        link(source, destination)

    monkeypatch.setattr(folder_writer.os, "fsync", noted_fsync)
    monkeypatch.setattr(folder_writer.os, "link", noted_link)
    write(target, parcel_of(made_file(1), tmp_path / "spool", 1))
    # .incoming, the file, its three new folders, its name
    assert steps == ["sync folder", "sync file", "sync folder", "sync folder", "sync folder", "name", "sync folder"]


@pytest.mark.parametrize(
    "value", ["..", ".", "", "../../etc", "a/b", "a\\b", "CON", "nul.txt", "x.", "-", "a\0b", "ä" * 64]
)
def test_no_value_leaves_its_folder(value: str) -> None:
    name = safe_name(value)
    assert name not in {"", ".", ".."}
    assert not set(name) & set("/\\\0: ")
    assert not name.startswith(".")
    assert not name.endswith(".")
    assert name.split(".")[0].upper() not in RESERVED
    assert len(name) <= 120


@given(st.text(max_size=70), st.text(max_size=70))
def test_different_values_get_different_names(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) is (one == other)
