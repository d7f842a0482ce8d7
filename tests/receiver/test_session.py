"""A connection's work without its socket: what changes while it is open, and what a failing disk or folder does."""

import errno
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core import checks
from django.core.management import call_command
from django.db import DatabaseError
from django.test import override_settings
from django.utils import timezone

from adit_receiver import session as session_module
from adit_receiver import spool as spool_module
from adit_receiver.bookkeeping import settle_task
from adit_receiver.models import Forward, JobLease, PartialInstance, StoredInstance, Token, UploadJob
from adit_receiver.session import Close
from adit_receiver.site_key import make_secret, read_secret, site_key
from adit_receiver.site_profiles import add_profile
from adit_uploader.protocol.chunks import Chunk
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.limits import CHUNK_SIZE, MAX_CHUNK_SIZE
from adit_uploader.protocol.messages import (
    Abandon,
    Credit,
    Duplicate,
    Failed,
    Finish,
    Hello,
    JobOpened,
    Limits,
    Offer,
    OfferAnswer,
    OpenJob,
    Refused,
    Stored,
    Tasks,
    Watch,
    Welcome,
)
from tests.deid.site_profiles import text_of

from .one_session import Running, events, in_a_while, start, user_at
from .wire_client import make_file


@pytest.fixture
def user(db: None, tmp_path: Path) -> Iterator[User]:
    with user_at(tmp_path) as made:
        yield made


@pytest.fixture
def running(user: User) -> Iterator[Running]:
    made = start(user)
    yield made
    made.session.close()


def test_the_largest_values_of_the_wire_fit_into_the_tables(running: Running) -> None:
    part = "".join(chr(0x10000 + 7919 * number % 0x100000) for number in range(1024))  # nothing that gets shorter
    job, text = uuid4().hex, part[::-1]
    most = 2**53 - 1
    asked = OpenJob(job, "none", "archive", "research", most, most, most, part=part, project_name=text)
    (opened,) = running.do(asked)
    assert isinstance(opened, JobOpened)
    assert UploadJob.objects.get(pk=job).instances == most
    assert JobLease.objects.get(job_id=job).part != part


def test_a_token_revoked_meanwhile_ends_the_connection(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    running.open()
    Token.objects.update(revoked=timezone.now())
    in_a_while(monkeypatch, running, 60)
    failed, close = running.look()
    assert isinstance(failed, Failed)
    assert failed.code == "TOKEN"
    assert isinstance(close, Close)
    assert close.code is CloseCode.TOKEN
    assert running.do(*events(make_file())) == []


def test_a_permission_taken_away_meanwhile_ends_the_connection(
    running: Running, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()
    user.user_permissions.clear()
    in_a_while(monkeypatch, running, 60)
    assert running.look()[-1] == Close(CloseCode.PERMISSION, "You may not upload here. Ask the administrator for it.")


def test_a_silent_connection_loses_its_part_to_another_and_can_store_nothing_more(running: Running, user: User) -> None:
    running.open()
    JobLease.objects.update(until=timezone.now())  # it ran out
    other = start(user)
    assert isinstance(other.open(running.job)[0], JobOpened)
    answers = running.do(*events(make_file()))
    assert isinstance(answers[-1], Close)
    assert answers[-1].code is CloseCode.JOB_IN_USE
    assert not StoredInstance.objects.exists()
    assert not list(running.session.spool.stored.iterdir())
    other.session.close()


def test_a_lease_from_before_the_clock_was_set_back_holds_nobody_up(running: Running, user: User) -> None:
    running.open()
    JobLease.objects.update(until=timezone.now() + timedelta(hours=3))
    other = start(user)
    assert isinstance(other.open(running.job)[0], JobOpened)
    other.session.close()


def test_a_lease_is_prolonged_only_while_the_client_speaks(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    running.open()
    before = JobLease.objects.get().until
    in_a_while(monkeypatch, running, 20)
    running.look()
    assert JobLease.objects.get().until == before
    running.do(*events(make_file()))
    running.look()
    assert JobLease.objects.get().until > before


def test_watched_tasks_are_told_when_they_change_and_only_then(running: Running) -> None:
    running.open()
    running.do(*events(make_file()))
    (first,) = running.do(Watch(running.job))
    assert isinstance(first, Tasks)
    assert running.look() == []
    instance = StoredInstance.objects.get()
    Forward.objects.update(state="delivered")
    settle_task(instance.task_id)
    (second,) = running.look()
    assert isinstance(second, Tasks)
    assert (second.state, second.tasks[0].delivered) == ("IP", 1)


def test_bytes_are_given_back_as_credit_to_the_last_one(running: Running) -> None:
    running.open()
    file = make_file()
    running.said.clear()
    running.session.work(events(file))
    chunks = [event for event in events(file) if isinstance(event, Chunk)]
    cost = sum(Limits(credit=running.session.settings.credit).cost(len(chunk.data)) for chunk in chunks)
    assert sum(answer.size for answer in running.said if isinstance(answer, Credit)) == cost


def test_instances_that_come_one_after_the_other_are_committed_together(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()
    in_a_while(monkeypatch, running, 0)  # and there it stands still
    running.said.clear()
    for number in range(2):
        running.session.work(events(make_file(), number), hold=True)
        assert running.session.holds
        assert StoredInstance.objects.count() == 0
    running.session.work([])
    assert not running.session.holds
    assert [type(answer) for answer in running.said if not isinstance(answer, Credit)] == [Stored, Stored]
    assert StoredInstance.objects.count() == 2


def test_the_last_of_what_was_offered_waits_for_nothing(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    running.open()
    in_a_while(monkeypatch, running, 0)  # and there it stands still
    files = [make_file(), make_file()]
    running.do(Offer(tuple(file.sop_instance_uid for file in files)))
    for number, stored in enumerate((0, 2)):
        running.session.work(events(files[number], number), hold=True)
        assert StoredInstance.objects.count() == stored


def test_no_instance_waits_long_for_others(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    running.open()
    running.said.clear()
    running.session.work(events(make_file(), 0), hold=True)
    in_a_while(monkeypatch, running, 0.2)
    running.session.work(events(make_file(), 1)[:1], hold=True)
    assert [type(answer) for answer in running.said if not isinstance(answer, Credit)] == [Stored]


def test_the_first_ones_of_a_job_are_committed_soon_and_later_ones_in_larger_groups(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()
    clock = [100.0]
    monkeypatch.setattr(session_module, "monotonic", lambda: clock[0])
    waited = []
    for number in range(6):
        running.session.work(events(make_file(), 2 * number), hold=True)
        began = clock[0]
        while running.session.holds:
            clock[0] += 0.01
            running.session.work(events(make_file(), 2 * number + 1)[:1], hold=True)
        waited.append(round(clock[0] - began, 3))
    assert waited == pytest.approx([0.025, 0.05, 0.1, 0.2, 0.4, 0.4], abs=0.011)


def test_a_group_that_fails_on_disk_is_refused_and_leaves_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()

    def fsync(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(spool_module.os, "fsync", fsync)
    answers = running.do(*events(make_file()), *events(make_file(), 1))
    assert [(type(answer), getattr(answer, "code", None)) for answer in answers] == [
        (Refused, RefusalCode.STORAGE),
        (Refused, RefusalCode.STORAGE),
    ]
    monkeypatch.undo()
    assert not StoredInstance.objects.exists()
    spool = running.session.spool
    assert [*spool.incoming.iterdir(), *spool.stored.iterdir()] == []


def test_a_file_that_the_disk_does_not_give_back_at_the_door_is_refused_as_the_disks_fault(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", fail)
        (answer,) = running.do(*events(make_file()))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retriable) == (RefusalCode.STORAGE, True)
    assert not StoredInstance.objects.exists()


def test_what_the_disk_does_not_delete_is_left_to_the_sweep(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    running.open()
    begin, chunk, _ = events(make_file())

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    running.do(begin, chunk)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", fail)
        running.session.close()
    assert not JobLease.objects.exists()
    spool = running.session.spool
    assert len(list(spool.incoming.iterdir())) == 1
    call_command("sweep_spool", verbosity=0)
    assert not list(spool.incoming.iterdir())


def test_without_the_database_nothing_is_acknowledged_and_the_sweep_knows_the_rest(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()

    def bulk_create(*_: object, **__: object) -> None:
        raise DatabaseError("values: Muster^Erika")

    with monkeypatch.context() as patch:
        patch.setattr(StoredInstance.objects, "bulk_create", bulk_create)
        with pytest.raises(DatabaseError):
            running.do(*events(make_file()))
    assert not running.said
    running.session.close()
    # the database may have failed after it had committed: then a row names the file
    assert len(list(running.session.spool.stored.iterdir())) == 1
    call_command("sweep_spool", verbosity=0)
    assert not list(running.session.spool.stored.iterdir())


def test_what_arrived_whole_before_the_line_broke_is_not_asked_for_again(
    running: Running, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [make_file(), make_file()]
    running.open()
    in_a_while(monkeypatch, running, 0)
    running.said.clear()
    for number, file in enumerate(files):
        running.session.work(events(file, number), hold=True)
    running.session.close()
    assert not [answer for answer in running.said if isinstance(answer, Stored)]  # nobody is there to hear it
    again = start(user)
    again.open(running.job)
    assert again.do(Offer(tuple(file.sop_instance_uid for file in files))) == [
        OfferAnswer((), tuple(file.sop_instance_uid for file in files), {})
    ]
    again.session.close()


def test_of_who_may_not_upload_any_more_nothing_is_stored_that_waited(
    running: Running, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()
    in_a_while(monkeypatch, running, 0)
    running.session.work(events(make_file()), hold=True)
    user.user_permissions.clear()
    in_a_while(monkeypatch, running, 60)
    running.look()
    running.session.close()
    assert not StoredInstance.objects.exists()
    assert not list(running.session.spool.incoming.iterdir())
    assert not JobLease.objects.exists()


def test_of_a_part_that_another_connection_took_over_nothing_is_stored_that_waited(
    running: Running, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()
    in_a_while(monkeypatch, running, 0)
    running.session.work(events(make_file()), hold=True)
    JobLease.objects.update(until=timezone.now())  # it ran out
    other = start(user)
    other.open(running.job)
    running.session.close()
    assert not StoredInstance.objects.exists()
    assert not list(running.session.spool.incoming.iterdir())
    assert JobLease.objects.count() == 1
    other.session.close()


def test_what_is_offered_and_never_sent_is_not_remembered_without_end(running: Running) -> None:
    file = make_file("OFFERED")
    running.open()
    for number in range(80):
        (answer,) = running.do(Offer((file.sop_instance_uid, *(f"1.2.{number}.{each}" for each in range(499)))))
        assert isinstance(answer, OfferAnswer)
        assert len(answer.need) == 500
    assert len(running.session._needed) <= 64 * 500
    running.do(Offer(tuple(f"1.3.{each}" for each in range(500))))
    assert [type(answer) for answer in running.do(*events(file))] == [Stored]  # whether it is remembered or not


def test_patients_are_remembered_only_where_there_may_be_but_one(running: Running) -> None:
    running.open()
    for number in range(3):
        begun = events(make_file(f"PATIENT-{number}"), number)[0]
        running.do(begun, Abandon(number))
    assert running.session._patients == set()


def test_closing_keeps_only_what_was_saved(running: Running) -> None:
    running.open()
    begin, chunk, _ = events(make_file())
    running.do(begin, chunk)
    assert len(list(running.session.spool.incoming.iterdir())) == 1
    running.session.close()
    assert not list(running.session.spool.incoming.iterdir())
    assert not PartialInstance.objects.exists()
    assert not JobLease.objects.exists()


def test_other_content_of_a_delivered_instance_is_forwarded_with_a_warning(running: Running, user: User) -> None:
    file = make_file()
    running.open()
    assert isinstance(running.do(*events(file))[0], Stored)
    Forward.objects.update(state="delivered")
    uids = {"sop": file.sop_instance_uid, "study": file.study_instance_uid, "series": file.series_instance_uid}
    running.do(Finish(_counts(1)))
    running.open()
    assert isinstance(running.do(*events(make_file(filler=9, **uids), 1))[0], Stored)
    second = Forward.objects.get(instance__job_id=running.job)
    assert second.state == "waiting"
    assert "other content" in second.warning
    running.do(Finish(_counts(1)))
    running.open()
    assert isinstance(running.do(*events(file, 2))[0], Duplicate)
    assert UploadJob.objects.count() == 3


def _counts(stored: int) -> Any:
    return session_module.jobs.Counts(stored=stored)


def test_the_site_key_hangs_on_secret_and_institution_alone(tmp_path: Path) -> None:
    make_secret(tmp_path / "secret")
    secret = read_secret(tmp_path / "secret")
    make_secret(tmp_path / "secret")
    assert read_secret(tmp_path / "secret") == secret
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert site_key(secret, "Klinik") == site_key(secret, " Klinik ")
    assert site_key(secret, "Klinik") != site_key(secret, "Other")
    # it must never change: pseudonymized data of years hangs on it
    assert site_key(bytes(32), "Uniklinik Köln").hex().startswith(FIXED)


FIXED = "f36cbfc940ae0420f8715be979716af1"


@pytest.mark.django_db  # from Django 6 on checks ask the database what it can
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "is missing"),
        ({}, "lacks SECRET_FILE, SPOOL"),
        ({"SPOOL": "/nowhere", "SECRET_FILE": "/nowhere", "SPOLL": 1}, "unknown names: SPOLL"),
        ({"SPOOL": "/nowhere", "SECRET_FILE": "/nowhere", "ACCOUNTS": "no.such"}, "can't be imported"),
        ({"SPOOL": "/nowhere", "SECRET_FILE": "/nowhere"}, "spool folder"),
        ({"SPOOL": "/nowhere", "SECRET_FILE": "/nowhere"}, "nobody can upload"),
    ],
)
def test_the_system_checks_say_what_is_missing(given: object, said: str) -> None:
    with override_settings(ADIT_UPLOADER_RECEIVER=given):
        assert any(said in message.msg for message in checks.run_checks())


@pytest.mark.parametrize(
    ("credit", "chunk"), [(16 * 2**20, MAX_CHUNK_SIZE), (2**20, CHUNK_SIZE), (6 * 2**20, 384 * 1024)]
)
def test_chunks_are_as_large_as_the_credit_lets_many_of_them_be_under_way(user: User, credit: int, chunk: int) -> None:
    fresh = start(user)
    fresh.session.settings = replace(fresh.session.settings, credit=credit)
    [said] = [one for one in fresh.do(Hello("old 1")) if isinstance(one, Welcome)]
    assert (said.limits.credit, said.limits.chunk) == (credit, chunk)
    fresh.session.close()


@pytest.mark.parametrize(("features", "names"), [((), []), (("site-profiles",), ["heart-study"])])
def test_a_client_that_knows_no_site_profiles_is_told_of_none(
    user: User, features: tuple[str, ...], names: list[str]
) -> None:
    add_profile(text_of(name="heart-study"), preferred=True)
    fresh = start(user)
    [said] = [one for one in fresh.do(Hello("old 1", features=features)) if isinstance(one, Welcome)]
    assert (said.profile, said.profiles) == ("research", ("research",))  # all that such a client can read
    assert [one.name for one in said.site_profiles] == names
    assert said.site_profile == "".join(names)
    fresh.session.close()
