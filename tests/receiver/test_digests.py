"""Digests at the receiver: each job has one algorithm, and what is compared is compared by the same one."""

import sys
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import msgspec
import pydicom
import pytest
from django.contrib.auth.models import User

from adit_receiver import store
from adit_receiver.forwarding.folder_writer import FolderWriter
from adit_receiver.forwarding.parcels import Delivery, Outcome, Parcel
from adit_receiver.models import Forward, PartialInstance, StoredInstance, UploadJob
from adit_uploader.protocol.chunks import Chunk
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.digests import BLAKE3, SHA256, as_text, hasher
from adit_uploader.protocol.messages import (
    Begin,
    Duplicate,
    End,
    Failed,
    JobOpened,
    Offer,
    OfferAnswer,
    OpenJob,
    Refused,
    Stored,
)
from tests.parts.parcels import made_file, parcel_of

from .one_session import Running, events, start
from .test_session import running, user
from .wire_client import Made, make_file

__all__ = ["running", "user"]


def digest(name: str, data: bytes) -> str:
    made = hasher(name)
    made.update(data)
    return made.hexdigest()


def open_job(session: Running, name: str, job: str = "") -> str:
    session.job = job or uuid4().hex
    asked = OpenJob(session.job, "none", "archive", "research", 1, 1, 1, digest=name)  # type: ignore[arg-type]
    [answer] = session.do(asked)
    assert isinstance(answer, JobOpened)
    return session.job


def send(session: Running, file: Made, name: str, *, wrong: bool = False) -> object:
    begin, chunk, _ = events(file)
    digits = digest(name, file.data + b"x" * wrong)
    end = End(0, digits) if name == SHA256 else End(0, blake3=digits)
    [answer] = session.do(begin, chunk, end)
    return answer


@pytest.mark.parametrize("name", [SHA256, BLAKE3])
def test_a_digest_is_compared_and_kept_with_its_algorithm(running: Running, name: str) -> None:
    file = make_file()
    open_job(running, name)
    wrong = send(running, file, name, wrong=True)
    assert isinstance(wrong, Refused)
    assert wrong.code == RefusalCode.DIGEST
    assert isinstance(send(running, file, name), Stored)
    assert isinstance(send(running, file, name), Duplicate)
    other = send(running, make_file(sop=file.sop_instance_uid, study=file.study_instance_uid, filler=1), name)
    assert isinstance(other, Refused)
    assert other.code == RefusalCode.CONFLICT
    assert StoredInstance.objects.get().digest == as_text(name, digest(name, file.data))
    assert UploadJob.objects.get().digest == name


@pytest.mark.parametrize("name", [SHA256, BLAKE3])
def test_a_job_is_not_opened_again_with_the_other_algorithm(running: Running, name: str) -> None:
    job = open_job(running, name)
    other = BLAKE3 if name == SHA256 else SHA256
    asked = OpenJob(job, "none", "archive", "research", 1, 1, 1)
    [answer] = running.do(msgspec.structs.replace(asked, digest=other))
    assert isinstance(answer, Failed)
    assert answer.code == RefusalCode.CONFLICT
    open_job(running, name, job)


@pytest.mark.parametrize("name", [SHA256, BLAKE3])
def test_a_large_one_goes_on_after_a_cut_and_its_digest_is_of_the_whole(
    running: Running, user: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("adit_receiver.session.ACKNOWLEDGED_OFFSET_STEP", 1000)
    file = make_file(pixels=3000)
    job = open_job(running, name)
    begin, _, _ = events(file)
    running.do(Offer((file.sop_instance_uid,)), begin, Chunk(0, 0, file.data[:2500]))
    running.session.close()
    assert PartialInstance.objects.get().offset == 2500
    again = start(user)
    open_job(again, name, job)
    [answer] = again.do(Offer((file.sop_instance_uid,)))
    assert answer == OfferAnswer(partial={file.sop_instance_uid: 2500})
    rest: Begin = msgspec.structs.replace(begin, offset=2500)
    digits = digest(name, file.data)
    end = End(0, digits) if name == SHA256 else End(0, blake3=digits)
    [stored] = [one for one in again.do(rest, Chunk(0, 2500, file.data[2500:]), end) if isinstance(one, Stored)]
    assert stored.sop_instance_uid == file.sop_instance_uid
    again.session.close()


@pytest.mark.parametrize(("before", "now"), [(SHA256, BLAKE3), (BLAKE3, SHA256)])
def test_what_an_earlier_job_delivered_is_found_whatever_its_algorithm(running: Running, before: str, now: str) -> None:
    file = make_file()
    open_job(running, before)
    assert isinstance(send(running, file, before), Stored)
    Forward.objects.update(state="delivered")
    open_job(running, now)
    assert isinstance(send(running, file, now), Duplicate)
    again = Forward.objects.order_by("pk").last()
    assert again is not None
    assert (again.state, again.warning) == ("delivered", "")
    open_job(running, now)
    other = make_file(sop=file.sop_instance_uid, study=file.study_instance_uid, filler=1)
    assert isinstance(send(running, other, now), Stored)
    assert "other content" in Forward.objects.latest("pk").warning


def test_digests_that_cannot_be_made_here_are_no_reason_to_warn(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_file()
    open_job(running, BLAKE3)
    send(running, file, BLAKE3)
    Forward.objects.update(state="delivered")
    monkeypatch.setattr(store, "knows", lambda name: name == SHA256)
    open_job(running, SHA256)
    assert isinstance(send(running, file, SHA256), Stored)
    assert Forward.objects.latest("pk").warning == ""


# ---------------------------------------------------------------- delivery into a folder


def write(target: Path, parcel: Parcel) -> Delivery:
    [delivery] = FolderWriter(target).carry([parcel], lambda: False)
    return delivery


def parcel(folder: Path, key: int, name: str, *, size: int = 64, before: frozenset[str] = frozenset()) -> Parcel:
    data = made_file(1, size=size)
    made = parcel_of(data, folder, key, own_digests=before)
    values = {field: getattr(made, field) for field in Parcel.__slots__}
    return Parcel(**values | {"digest": as_text(name, digest(name, data))})


@pytest.mark.parametrize("name", [SHA256, BLAKE3])
def test_a_folder_gets_what_has_its_digest_and_nothing_else(tmp_path: Path, name: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    good = parcel(tmp_path, 1, name)
    assert write(target, good) == Delivery(good, Outcome.DELIVERED)
    assert write(target, good) == Delivery(good, Outcome.DELIVERED)
    damaged = parcel(tmp_path, 2, name, size=80)
    damaged.path.write_bytes(damaged.path.read_bytes()[:-1] + b"!")
    assert "damaged" in write(target, damaged).message
    [path] = target.rglob("*.dcm")
    assert str(pydicom.dcmread(BytesIO(path.read_bytes())).SOPInstanceUID) == good.sop_instance_uid


@pytest.mark.parametrize(("before", "now"), [(SHA256, BLAKE3), (BLAKE3, SHA256)])
def test_own_earlier_files_are_known_by_the_other_algorithm_too(tmp_path: Path, before: str, now: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    first = parcel(tmp_path, 1, before)
    write(target, first)
    second = parcel(tmp_path, 2, now, size=80, before=frozenset({first.digest}))
    delivery = write(target, second)
    assert delivery.outcome is Outcome.DELIVERED
    assert "replaced" in delivery.message


def test_a_worker_that_cannot_make_the_digest_lets_the_instance_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = parcel(tmp_path, 1, BLAKE3)
    monkeypatch.setitem(sys.modules, "blake3", None)
    delivery = write(tmp_path, waiting)
    assert delivery.outcome is Outcome.RETRY
    assert "blake3" in delivery.message
