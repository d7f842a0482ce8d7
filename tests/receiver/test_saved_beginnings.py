"""What is saved of an unfinished instance: each row has its file and each file its row, however connections end."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from msgspec import structs

from adit_receiver import session as session_module
from adit_receiver.models import JobLease, PartialInstance
from adit_uploader.protocol.chunks import Chunk
from adit_uploader.protocol.messages import Offer, OfferAnswer, Stored

from .one_session import Running, events, in_a_while, start, user_at
from .wire_client import Made, make_file

STEP = 256  # bytes


@pytest.fixture
def user(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    monkeypatch.setattr(session_module, "ACKNOWLEDGED_OFFSET_STEP", STEP)
    with user_at(tmp_path) as made:
        yield made


@pytest.fixture
def running(user: User) -> Iterator[Running]:
    made = start(user)
    yield made
    made.session.close()


def begun(running: Running, file: Made) -> None:
    """So much of the file that it is saved."""
    begin, chunk, _ = events(file)
    running.session.work((begin, Chunk(0, 0, chunk.data[:STEP])))


def agree(running: Running) -> bool:
    """Whether rows and files are the same."""
    rows = sorted(PartialInstance.objects.values_list("spool_name", flat=True))
    return rows == sorted(path.name for path in running.session.spool.incoming.iterdir())


def saved(running: Running) -> int:
    assert agree(running)
    return PartialInstance.objects.count()


def test_one_that_has_arrived_whole_when_the_user_may_not_upload_any_more(
    running: Running, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()
    in_a_while(monkeypatch, running, 0)
    running.session.work(events(make_file()), hold=True)
    assert saved(running) == 1
    user.user_permissions.clear()
    in_a_while(monkeypatch, running, 60)
    running.look()
    running.session.close()
    assert saved(running) == 1  # and goes on from there, should the right come back


def test_one_that_has_arrived_whole_when_another_connection_takes_over_the_part(
    running: Running, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.open()
    in_a_while(monkeypatch, running, 0)
    running.session.work(events(make_file()), hold=True)
    JobLease.objects.update(until=timezone.now())  # it ran out
    other = start(user)
    other.open(running.job)
    running.session.close()
    other.session.close()
    assert saved(running) == 0


@pytest.mark.parametrize("first", [0, 1])
def test_one_that_two_connections_send_at_once(running: Running, user: User, first: int) -> None:
    file = make_file()
    running.open()
    other = start(user)
    other.open(running.job, part="1")
    for each in (running, other):
        begun(each, file)
    connections = [running, other]
    connections.pop(first).session.close()
    connections.pop().session.close()
    assert saved(running) == 1


def test_one_that_another_connection_has_begun_since_it_was_offered(running: Running, user: User) -> None:
    file = make_file()
    running.open()
    running.do(Offer((file.sop_instance_uid,)))
    other = start(user)
    other.open(running.job, part="1")
    begun(other, file)
    other.session.close()
    begun(running, file)
    assert saved(running) == 1
    running.session.close()
    assert saved(running) == 1


def test_what_is_saved_goes_on_and_leaves_nothing(running: Running, user: User) -> None:
    file = make_file()
    running.open(uuid4().hex)
    begun(running, file)
    running.session.close()
    again = start(user)
    again.open(running.job)
    (answer,) = again.do(Offer((file.sop_instance_uid,)))
    assert isinstance(answer, OfferAnswer)
    assert answer.partial == {file.sop_instance_uid: STEP}
    begin, chunk, end = events(file)
    begin = structs.replace(begin, offset=STEP)
    assert isinstance(again.do(begin, Chunk(0, STEP, chunk.data[STEP:]), end)[-1], Stored)
    assert saved(again) == 0
    again.session.close()
