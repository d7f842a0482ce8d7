"""At whichever statement PostgreSQL gives a transaction up in favour of another one, all comes out as if it had not.

The server itself raises the error (``deadlock_detected``), so that it has undone the transaction as after a real one;
``test_transactions.py`` makes real ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from adit_receiver.accounts import SignIn, accounts, token_digest
from adit_receiver.audit.models import AuditEntry, Event
from adit_receiver.audit.of_session import SessionAudit
from adit_receiver.bookkeeping import settle_tasks_of
from adit_receiver.conf import receiver_settings
from adit_receiver.forwarding import queue
from adit_receiver.forwarding.parcels import Delivery, Outcome
from adit_receiver.job_actions import ACTIONS, act
from adit_receiver.logins import note_failure
from adit_receiver.models import (
    Destination,
    FailedLogins,
    Forward,
    ForwardState,
    JobState,
    SiteProfile,
    Token,
    UploadJob,
)
from adit_receiver.session import Session
from adit_receiver.site_key import make_secret
from adit_receiver.site_profiles import add_profile
from adit_receiver.spool import Spool
from adit_receiver.sweep import tidy
from adit_uploader.protocol.messages import Cancel, Counts, End, Finish, OpenJob
from tests.deid.site_profiles import rule, text_of
from tests.parts.databases import PostgresqlMaker, postgresql_maker
from tests.parts.postgresql import Cluster
from tests.parts.stored_jobs import StoredJobs

from .one_session import events
from .wire_client import Made, make_file

EVERY = 7  # between two statements at which it is tried; 1 tries each, and takes minutes
_GIVE_UP = "DO $$ BEGIN RAISE EXCEPTION 'given up by the test' USING ERRCODE = 'deadlock_detected'; END $$"


@pytest.fixture(scope="module")
def maker(cluster: Cluster) -> PostgresqlMaker:
    return postgresql_maker(cluster)


@pytest.fixture
def jobs(
    tmp_path: Path, maker: PostgresqlMaker, django_db_blocker: DjangoDbBlocker, settings: Settings
) -> Iterator[StoredJobs]:
    settings.ADIT_UPLOADER_RECEIVER = {"SPOOL": tmp_path / "spool", "SECRET_FILE": tmp_path / "site-secret"}
    make_secret(tmp_path / "site-secret")
    with django_db_blocker.unblock(), maker.made(tmp_path) as url:
        made = StoredJobs(tmp_path, receiver_settings(), url)
        made.spool.prepare()
        yield made


@dataclass
class GiveUp:
    """Gives up the transaction that is at its n-th statement, counted over all transactions; once."""

    at: int
    seen: int = 0
    happened: bool = False

    def __call__(self, execute: Callable[..., Any], statement: str, parameters: Any, many: bool, context: Any) -> Any:
        if connection.in_atomic_block:
            self.seen += 1
            if self.seen == self.at:
                self.happened = True
                return execute(_GIVE_UP, None, False, context)
        return execute(statement, parameters, many, context)


@dataclass
class Client:
    """A session, and what it is told."""

    user: User
    said: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = receiver_settings()
        sign_in = accounts().sign_in("secret")
        assert isinstance(sign_in, SignIn)
        audit = SessionAudit(self.user.username, "192.0.2.1")
        self.session = Session(sign_in, accounts(), settings, Spool(settings.spool), self.said.append, audit)

    def open(self) -> UUID:
        job = uuid4()
        self.session.work([OpenJob(job.hex, "none", "archive", "research", 1, 1, 1)])
        return job

    def send(self, *files: Made) -> None:
        self.session.work([event for number, file in enumerate(files) for event in events(file, number)])


@pytest.fixture
def client(jobs: StoredJobs) -> Client:
    user = User.objects.create(username="alice")
    user.user_permissions.set(Permission.objects.filter(codename__startswith="can_upload"))
    Destination.objects.create(name="archive", kind="folder", folder="/nowhere").users.add(user)
    Token.objects.create(user=user, digest=token_digest("secret"))
    return Client(user)


def upload_and_deliver(client: Client, jobs: StoredJobs, number: int) -> None:
    job = client.open()
    client.send(make_file(), make_file())
    *other, _ = events(make_file(), 2)
    client.session.work([*other, End(2, "0" * 64)])
    client.session.work([Finish(Counts(found=3, sent=2, stored=2, refused=1))])
    held = queue.lease(
        UploadJob.objects.get(pk=job).destination_key, "w", limit=9, seconds=60, now=timezone.now(), spool=jobs.spool
    )
    assert held is not None
    told = [Delivery(parcel, Outcome.DELIVERED) for parcel in held.parcels]
    queue.record(held, told, attempts=3, now=timezone.now(), random=Random(1), spool=jobs.spool)  # noqa: S311 - no secret
    row = UploadJob.objects.get(pk=job)
    assert (row.state, row.stored.count()) == (JobState.WARNING, 2)
    assert Forward.objects.filter(instance__job_id=job, state=ForwardState.DELIVERED, attempts=1).count() == 2
    of_job = AuditEntry.objects.filter(job=job)
    kinds = sorted(of_job.values_list("event", flat=True))
    assert kinds == sorted(
        [Event.JOB_OPENED, Event.INSTANCE_REFUSED, Event.JOB_SENT, Event.DELIVERY_BEGAN, Event.DELIVERY_ENDED]
    )


def cancel_resume_and_delete(client: Client, jobs: StoredJobs, number: int) -> None:
    job = client.open()
    client.send(make_file())
    client.session.work([Cancel(job.hex)])
    assert UploadJob.objects.get(pk=job).state == JobState.CANCELED
    for name in ("resume", "urgent", "cancel", "delete"):
        act(ACTIONS[name], job, who="alice", address="192.0.2.1", owner=True)
    assert not UploadJob.objects.filter(pk=job).exists()
    changes = AuditEntry.objects.filter(job=job, event=Event.JOB_CHANGED).values_list("code", flat=True)
    assert sorted(changes) == ["cancel", "cancel", "delete", "resume", "urgent"]


def everything_else(client: Client, jobs: StoredJobs, number: int) -> None:
    keys = (f"address:192.0.2.{number}", f"token:{number}")
    note_failure(keys, timezone.now())
    assert set(FailedLogins.objects.filter(key__in=keys).values_list("number", flat=True)) == {1}
    add_profile(text_of(rule("SeriesDescription", "keep"), version=number))
    assert SiteProfile.objects.get(offered=True).version == number
    job = client.open()
    settle_tasks_of(job)
    tidy(timezone.now())
    client.session.close()


@pytest.mark.parametrize("work", [upload_and_deliver, cancel_resume_and_delete, everything_else])
def test_it_comes_out_as_if_it_had_not(
    work: Callable[[Client, StoredJobs, int], None], client: Client, jobs: StoredJobs
) -> None:
    for at in count(1, EVERY):
        give_up = GiveUp(at)
        again = Client(client.user)
        with connection.execute_wrapper(give_up):
            work(again, jobs, at)
        if not give_up.happened:
            break
    assert at > 10
