"""The spool: what is durable when, what a full or failing disk does, what a crash leaves."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from adit_receiver import spool as spool_module
from adit_receiver.errors import MismatchError, SpoolFullError, StorageFailedError
from adit_receiver.models import PartialInstance, StoredInstance, UploadJob, UploadTask
from adit_receiver.spool import IncomingFile, Spool
from adit_receiver.sweep import sweep
from adit_uploader.protocol.codes import RefusalCode

DATA = os.urandom(100_000)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / "spool")
    made.prepare()
    return made


@pytest.fixture
def written(spool: Spool) -> Iterator[IncomingFile]:
    file = spool.begin(len(DATA), floor=0)
    file.write(memoryview(DATA)[:60_000])
    file.write(DATA[60_000:])
    yield file
    file.close()


def test_a_file_is_hashed_while_it_is_written(written: IncomingFile) -> None:
    written.check(hashlib.sha256(DATA).hexdigest())
    assert written.path.read_bytes() == DATA


def test_another_digest_is_found(written: IncomingFile) -> None:
    with pytest.raises(MismatchError) as raised:
        written.check("0" * 64)
    assert raised.value.code is RefusalCode.DIGEST


def test_fewer_and_more_bytes_than_announced_are_found(spool: Spool) -> None:
    file = spool.begin(10, floor=0)
    file.write(b"12345")
    with pytest.raises(MismatchError) as raised:
        file.check(hashlib.sha256(b"12345").hexdigest())
    assert raised.value.code is RefusalCode.LENGTH
    with pytest.raises(MismatchError):
        file.write(b"123456")
    file.discard()
    assert not list(spool.incoming.iterdir())


def test_the_whole_length_is_reserved_before_the_first_byte(spool: Spool) -> None:
    file = spool.begin(5_000_000, floor=0)
    assert file.path.stat().st_blocks * 512 >= 5_000_000
    file.discard()


def test_the_floor_of_the_disk_is_never_used(spool: Spool) -> None:
    with pytest.raises(SpoolFullError):
        spool.begin(1000, floor=spool.free())
    assert not list(spool.incoming.iterdir())


def test_folders_and_files_are_for_the_owner_only(spool: Spool, written: IncomingFile) -> None:
    assert {path.stat().st_mode & 0o777 for path in (spool.root, spool.incoming, spool.stored)} == {0o700}
    assert written.path.stat().st_mode & 0o777 == 0o600


def test_a_file_is_named_only_after_its_data_is_synced_and_the_folder_last(
    spool: Spool, written: IncomingFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real_fsync, real_rename = os.fsync, Path.rename

    def fsync(descriptor: int) -> None:
        order.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().parent.name}")
        real_fsync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        order.append("rename")
        return real_rename(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    assert spool.publish([written]) == {}
    assert order == ["fsync incoming", "rename", "fsync spool"]
    assert spool.stored_path(written.name).read_bytes() == DATA


def test_a_disk_that_fails_takes_one_file_with_it_and_no_other(
    spool: Spool, written: IncomingFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = spool.begin(3, floor=0)
    other.write(b"abc")
    real = os.fsync
    calls: list[int] = []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    failed = spool.publish([written, other])
    assert list(failed) == [written]
    assert failed[written].code is RefusalCode.STORAGE
    assert [path.name for path in spool.stored.iterdir()] == [other.name]
    assert not list(spool.incoming.iterdir())
    other.close()


@pytest.mark.parametrize(("number", "error"), [(28, SpoolFullError), (122, SpoolFullError), (5, StorageFailedError)])
def test_errors_of_the_disk_are_translated_without_their_paths(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    file = spool.begin(3, floor=0)

    def pwrite(*_: object) -> int:
        raise OSError(number, "text", "/secret/path")

    monkeypatch.setattr(spool_module.os, "pwrite", pwrite)
    with pytest.raises(error) as raised:
        file.write(b"abc")
    assert "secret" not in str(raised.value)
    file.discard()


@pytest.mark.parametrize("name", ["", "../secret", "a" * 31, "A" * 32, "/etc/passwd", "0" * 32 + "\n"])
def test_only_names_that_were_made_here_become_paths(spool: Spool, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        spool.stored_path(name)


def test_a_beginning_is_read_again_for_its_digest(spool: Spool) -> None:
    file = spool.begin(len(DATA), floor=0)
    file.write(DATA[:70_000])
    file.close()
    again = spool.resume(file.name, len(DATA), 70_000)
    again.write(DATA[70_000:])
    again.check(hashlib.sha256(DATA).hexdigest())
    again.close()


def test_a_file_that_is_being_written_can_be_neither_resumed_nor_swept(spool: Spool, written: IncomingFile) -> None:
    with pytest.raises(StorageFailedError):
        spool.resume(written.name, len(DATA), 10)
    assert not spool.delete_incoming(written.name)
    assert list(spool.abandoned(spool.incoming)) == []


@pytest.fixture
def job(db: None) -> UploadJob:
    owner = User.objects.create(username="alice")
    return UploadJob.objects.create(
        id="0" * 32, owner=owner, destination_key="1", destination_name="archive", mode="none", profile="research"
    )


def test_the_sweep_deletes_what_nobody_knows_and_nothing_else(spool: Spool, job: UploadJob) -> None:
    names = {}
    for kind in ("known", "orphan", "partial", "expired", "busy"):
        names[kind] = spool.begin(3, floor=0)
    published = {kind: spool.begin(3, floor=0) for kind in ("known", "orphan", "uncommitted")}
    assert spool.publish(list(published.values())) == {}
    task = UploadTask.objects.create(job=job, patient_id="P", study_instance_uid="1.2")
    StoredInstance.objects.create(
        job=job, task=task, sop_instance_uid="1.3", length=3, spool_name=published["known"].name
    )
    for uid, kind, age in (("1.4", "partial", 1), ("1.5", "expired", 8)):
        PartialInstance.objects.create(
            job=job,
            sop_instance_uid=uid,
            length=3,
            offset=1,
            spool_name=names[kind].name,
            updated=timezone.now() - timedelta(days=age),
        )
    for file in (*names.values(), published["known"], published["orphan"]):
        if file is not names["busy"]:
            file.close()
    swept = sweep(spool, partial_days=7)
    assert (swept.orphans, swept.partials) == (3, 1)
    assert {path.name for path in spool.incoming.iterdir()} == {names["partial"].name, names["busy"].name}
    # its writer lives: the row may be committed in the next moment
    assert {path.name for path in spool.stored.iterdir()} == {published["known"].name, published["uncommitted"].name}
    names["busy"].close()
    published["uncommitted"].close()
