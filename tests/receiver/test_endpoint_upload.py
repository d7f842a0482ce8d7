"""Uploads over the real wire into a real receiver, in mode None: what is stored, what is refused, what is told."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.messages import (
    Counts,
    Duplicate,
    Failed,
    JobFinished,
    JobOpened,
    Jobs,
    OfferAnswer,
    Refused,
    Saved,
    Stored,
    Tasks,
)
from tests.parts.receiver import Receiver
from tests.parts.tables import Tables

from .wire_client import Answer, Made, WireClient, make_file, wire

pytestmark = pytest.mark.timeout(400)
DELIVERED = {"SU", "WA"}


def finish(client: WireClient, stored: int) -> None:
    client.machine.finish(Counts(found=stored, sent=stored, stored=stored))
    client.flush()


def watch_to_the_end(client: WireClient, job: str) -> Tasks:
    client.machine.watch(job)
    client.flush()
    while (tasks := client.expect(Tasks)).state in {"PE", "IP", "CI"}:
        continue
    return tasks


def incoming(receiver: Receiver) -> list[Path]:
    return list((receiver.data / "spool" / "incoming").iterdir())


def test_what_is_sent_arrives_bit_by_bit_at_the_destination(receiver: Receiver, token: Path) -> None:
    study = make_file()
    files = [make_file(study=study.study_instance_uid, pixels=2048 * (number + 1)) for number in range(40)]
    with wire(receiver.url, token) as client:
        client.hello()
        job = client.open_job()
        for file in files:
            client.send(file)
        answers = [client.expect(Answer) for _ in files]
        assert all(isinstance(answer, Stored) for answer in answers)
        assert [answer.sop_instance_uid for answer in answers] == [file.sop_instance_uid for file in files]
        finish(client, 40)
        assert client.expect(JobFinished).stored == 40
        tasks = watch_to_the_end(client, job)
    assert tasks.state == "SU"
    assert [(task.stored, task.delivered, task.failed) for task in tasks.tasks] == [(40, 40, 0)]
    delivered = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (receiver.data / "out").rglob("*.dcm")}
    assert {file.sha256 for file in files} <= delivered


def test_the_same_instance_twice_in_a_job_is_a_duplicate_and_other_content_a_conflict(
    receiver: Receiver, token: Path
) -> None:
    file = make_file()
    uids = {"sop": file.sop_instance_uid, "study": file.study_instance_uid, "series": file.series_instance_uid}
    other = make_file(filler=7, **uids)
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job()
        assert isinstance(client.upload(file), Stored)
        assert isinstance(client.upload(file), Duplicate)
        refused = client.upload(other)
        assert isinstance(refused, Refused)
        assert (refused.code, refused.retriable) == (RefusalCode.CONFLICT, False)


def test_two_lanes_that_send_the_same_instance_at_once_store_it_once(
    receiver: Receiver, token: Path, tables: Tables
) -> None:
    file = make_file()
    with wire(receiver.url, token) as first, wire(receiver.url, token) as second:
        first.hello()
        second.hello()
        job = first.open_job(part="0")
        second.open_job(job, part="1")
        with tables.write_lock():  # none of them can commit before both have sent everything
            first.send(file)
            second.send(file)
        assert {type(first.expect(Answer)), type(second.expect(Answer))} == {Stored, Duplicate}
        finish(first, 1)
        assert first.expect(JobFinished).stored == 1


def test_an_offer_is_answered_by_what_is_there(receiver: Receiver, token: Path) -> None:
    there, missing = make_file(), make_file()
    with wire(receiver.url, token) as client:
        client.hello()
        job = client.open_job()
        client.upload(there)
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job(job)
        client.machine.offer([missing.sop_instance_uid, there.sop_instance_uid])
        client.flush()
        answer = client.expect(OfferAnswer)
    assert (answer.need, answer.have) == ((missing.sop_instance_uid,), (there.sop_instance_uid,))


def test_bytes_that_changed_on_the_way_are_refused_and_may_come_again(receiver: Receiver, token: Path) -> None:
    file = make_file()
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job()
        stream = client.begin(file)
        client.send_data(stream, file.data[:-1] + b"\x01")
        client.machine.end(stream, file.sha256)
        client.flush()
        refused = client.expect(Refused)
        assert (refused.code, refused.retriable) == (RefusalCode.DIGEST, True)
        assert isinstance(client.upload(file), Stored)
    assert not incoming(receiver)


def test_of_an_instance_that_was_given_up_nothing_stays(receiver: Receiver, token: Path) -> None:
    file = make_file()
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job()
        stream = client.begin(file)
        client.send_data(stream, file.data[:1000])
        client.machine.abandon(stream)
        client.machine.list_jobs()
        client.flush()
        client.expect(Jobs)
        assert not incoming(receiver)
        assert isinstance(client.upload(file), Stored)


def test_what_is_no_dicom_is_refused(receiver: Receiver, token: Path) -> None:
    file = make_file()
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job()
        for data in (b"no DICOM at all", file.data[:200], bytes(1000)):
            answer = client.upload(replace(file, data=data))
            assert isinstance(answer, Refused)
            assert answer.code == RefusalCode.NOT_DICOM
    assert not incoming(receiver)


def test_files_that_hold_other_uids_than_declared_are_refused(receiver: Receiver, token: Path) -> None:
    file, other = make_file(), make_file()
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job()
        for field in ("sop_instance_uid", "study_instance_uid", "series_instance_uid"):
            lie = replace(file, **{field: getattr(other, field)})
            answer = client.upload(lie)
            assert isinstance(answer, Refused)
            assert answer.code == RefusalCode.UID_MISMATCH
        answer = client.upload(replace(file, patient_id="SOMEBODY-ELSE"))
        assert isinstance(answer, Refused)
        assert answer.code == RefusalCode.PSEUDONYM_MISMATCH


def test_counts_that_differ_are_an_error_and_can_be_put_right(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job()
        client.upload(make_file())
        finish(client, 2)
        failed = client.expect(Failed)
        assert (failed.code, failed.request) == (RefusalCode.COUNTS_DIFFER, "Finish")
        finish(client, 1)
        assert client.expect(JobFinished).stored == 1


def test_a_finished_job_can_be_finished_again_and_takes_no_more(receiver: Receiver, token: Path) -> None:
    file = make_file()
    with wire(receiver.url, token) as client:
        client.hello()
        job = client.open_job()
        client.upload(file)
        finish(client, 1)
        client.expect(JobFinished)
        client.ask_job(job)
        assert client.expect(JobOpened) == JobOpened(job, 1, resumed=True)
        refused = client.upload(make_file())
        assert isinstance(refused, Refused)
        assert refused.code == RefusalCode.JOB_CLOSED
        finish(client, 1)
        assert client.expect(JobFinished).stored == 1


def test_a_job_keeps_its_mode_and_destination(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        client.hello()
        job = client.open_job()
        finish(client, 0)
        client.expect(JobFinished)
        client.ask_job(job, mode="batch")
        assert client.expect(Failed).code == RefusalCode.CONFLICT


def test_a_canceled_job_is_closed_for_good(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        client.hello()
        job = client.open_job()
        client.upload(make_file())
        client.machine.cancel(job)
        client.flush()
        assert client.expect(Tasks).state in {"CI", "CA"}
        client.ask_job(job)
        assert client.expect(Failed).code == RefusalCode.JOB_CLOSED
        assert watch_to_the_end(client, job).state in {"CA", "SU"}


def test_the_list_shows_my_own_jobs_newest_first(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, receiver.data / "token-bob") as other, wire(receiver.url, token) as client:
        other.hello()
        client.hello()
        foreign = other.open_job()
        mine = client.open_job(project_name="Lung study")
        client.machine.list_jobs(limit=1)
        client.flush()
        jobs = client.expect(Jobs).jobs
        assert [(job.job, job.project_name, job.mode) for job in jobs] == [(mine, "Lung study", "none")]
        client.machine.list_jobs(limit=500)
        client.flush()
        assert foreign not in {job.job for job in client.expect(Jobs).jobs}


def test_a_second_upload_of_delivered_instances_stores_and_forwards_nothing_twice(
    receiver: Receiver, token: Path, tables: Tables
) -> None:
    file = make_file()
    with wire(receiver.url, token) as client:
        client.hello()
        first = client.open_job()
        client.upload(file)
        finish(client, 1)
        client.expect(JobFinished)
        assert watch_to_the_end(client, first).state == "SU"
    before = len(list((receiver.data / "out").rglob("*.dcm")))
    with wire(receiver.url, token) as client:
        client.hello()
        second = client.open_job()
        client.machine.offer([file.sop_instance_uid])
        client.flush()
        assert client.expect(OfferAnswer).need == (file.sop_instance_uid,)
        assert isinstance(client.upload(file), Duplicate)
        finish(client, 1)
        assert client.expect(JobFinished).stored == 1
        tasks = watch_to_the_end(client, second)
    assert (tasks.state, tasks.tasks[0].delivered) == ("SU", 1)
    assert len(list((receiver.data / "out").rglob("*.dcm"))) == before
    attempts = (
        "SELECT f.attempts FROM adit_receiver_forward f JOIN adit_receiver_storedinstance s ON s.id = f.instance_id"
    )
    assert tables.one(f"{attempts} WHERE s.job_id = ?", second) == 0


def test_mode_fixed_takes_a_single_pseudonym_and_mode_internal_only_64_digits(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job(mode="internal")
        for pseudonym in ("PATIENT-1", "a" * 63, "A" * 64, "0" * 63 + "g"):
            answer = client.upload(make_file(pseudonym))
            assert isinstance(answer, Refused)
            assert answer.code == RefusalCode.PSEUDONYM_FORM


def test_an_invalid_uid_is_refused(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job()
        answer = client.upload(replace(make_file(), study_instance_uid="1.02.3"))
        assert isinstance(answer, Refused)
        assert answer.code == RefusalCode.INVALID_UID


def test_a_used_up_quota_refuses_and_says_that_later_helps(receiver: Receiver, token: Path, tables: Tables) -> None:
    tables.set_policy(quota_per_user=3000)
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job()
        answer = client.upload(make_file(pixels=65536))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retriable) == (RefusalCode.QUOTA, True)


def test_a_disk_that_fills_up_refuses_and_says_that_later_helps(
    receiver: Receiver, token: Path, tables: Tables
) -> None:
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job()
        tables.set_policy(free_space_floor=2**60)
        answer = client.upload(make_file())
        assert isinstance(answer, Refused)
        assert (answer.code, answer.retriable) == (RefusalCode.FULL, True)
        tables.set_policy(free_space_floor=0)
        assert isinstance(client.upload(make_file()), Stored)


def test_a_large_instance_goes_on_from_what_was_saved(receiver: Receiver, token: Path, tables: Tables) -> None:
    large = big_file()
    cut = 70 * 1024 * 1024
    with wire(receiver.url, token) as client:
        client.hello()
        job = client.open_job()
        stream = client.begin(large)
        client.send_data(stream, large.data[:cut])
        saved = client.expect(Saved).offset
        assert saved == 64 * 1024 * 1024
    while tables.one("SELECT count(*) FROM adit_receiver_joblease WHERE job_id = ?", job):
        continue
    with wire(receiver.url, token) as client:
        client.hello()
        client.open_job(job)
        client.machine.offer([large.sop_instance_uid])
        client.flush()
        assert client.expect(OfferAnswer).partial == {large.sop_instance_uid: saved}
        stream = client.begin(large, offset=saved)
        client.send_data(stream, large.data[saved:])
        client.machine.end(stream, large.sha256)
        client.flush()
        assert isinstance(client.expect(Answer), Stored)
        finish(client, 1)
        client.expect(JobFinished)
        assert watch_to_the_end(client, job).state == "SU"
    assert tables.one("SELECT count(*) FROM adit_receiver_partialinstance WHERE job_id = ?", job) == 0
    assert not incoming(receiver)


def big_file() -> Made:
    """72 MiB, over the step at which beginnings are saved."""
    small = make_file(pixels=64)
    assert small.data.endswith(bytes(64))
    length = 72 * 1024 * 1024
    head = small.data[:-68] + length.to_bytes(4, "little")  # the pixel data's length lies before its 64 bytes
    return replace(small, data=head + bytes(length))
