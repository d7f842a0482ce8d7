"""Each way to break a rule of the wire ends by its code, is counted and audited without values, and leaves nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.messages import OfferAnswer
from tests.parts.receiver import Receiver
from tests.parts.tables import Tables

from .broken_rules import BREAKS, Attempt, Break
from .dishonest import Dishonest, dishonest
from .raw_wire import PSEUDONYM, deidentified, open_job
from .smuggled import PLANTED, source
from .what_is_kept import Kept, pauses
from .wire_client import make_file, wire

pytestmark = pytest.mark.timeout(400)
FOREIGN = "b" * 32


@pytest.fixture(scope="module")
def site_key(receiver: Receiver) -> Iterator[bytes]:
    """And a job of somebody else."""
    with dishonest(receiver.url, receiver.data / "token-dave") as other:
        key = bytes.fromhex(other.greet()["site_key"])
        other.ask(open_job(FOREIGN), "JobOpened")
        yield key


@pytest.fixture
def connect(receiver: Receiver) -> Iterator[Callable[[], Dishonest]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(dishonest(receiver.url, receiver.data / "token-alice"))


@pytest.mark.parametrize("way", BREAKS, ids=str)
def test_it_ends_by_its_code_and_leaves_nothing(
    receiver: Receiver, tables: Tables, connect: Callable[[], Dishonest], site_key: bytes, way: Break
) -> None:
    tables.set_policy(suspended=True)
    for name, value in way.policy.items():
        cast = "CAST(? AS JSONB)" if name == "allowed_profiles" and receiver.database else "?"
        tables.run(f"UPDATE adit_receiver_receiverpolicy SET {name} = {cast}", value)  # noqa: S608 - from this test
    kept = Kept.by(receiver, tables)
    attempt = Attempt(connect(), source(site_key), connect, FOREIGN)
    way.attempt(attempt)
    client = attempt.client
    if isinstance(way.expected, int):
        assert client.wait_closed() == way.expected
        code, events = CloseCode(way.expected).name, ("rule-broken", "job-refused")
    else:
        answer = client.hear("Failed" if way.expected.startswith("failed:") else "Refused")
        assert answer is not None, f"closed with {client.closed}"
        assert answer["code"] == way.expected.removeprefix("failed:")
        code, events = RefusalCode(answer["code"]).name, ("job-refused", "instance-refused")
    client.socket.close()
    for _ in pauses():  # written, and let go of, when the connection's own thread is through
        if any(kept.audited(event, code) for event in events) and not kept.incoming():
            break
    assert any(kept.audited(event, code) for event in events)
    assert (kept.incoming(), kept.stray()) == ([], set())
    assert kept.traces(*PLANTED) == []
    assert not any(value in str(client.heard) for value in PLANTED)


def test_an_honest_client_goes_on_after_all_that(receiver: Receiver, site_key: bytes, tables: Tables) -> None:
    tables.set_policy(suspended=True)
    with wire(receiver.url, receiver.data / "token-alice") as honest:
        honest.hello()
        honest.open_job(mode="internal")
        assert type(honest.upload(deidentified(make_file("HONEST"), site_key, PSEUDONYM))).__name__ == "Stored"


def test_an_instance_of_another_job_is_told_nothing_of(receiver: Receiver, site_key: bytes, tables: Tables) -> None:
    """Neither by an offer nor by its bytes does anybody learn what others have sent."""
    tables.set_policy(suspended=True)
    file = deidentified(make_file("OF-DAVE"), site_key, PSEUDONYM)
    with (
        wire(receiver.url, receiver.data / "token-bob") as first,
        wire(receiver.url, receiver.data / "token-alice") as second,
    ):
        for client in (first, second):
            client.hello()
            client.open_job(mode="internal")
        assert type(first.upload(file)).__name__ == "Stored"
        second.machine.offer([file.sop_instance_uid])
        second.flush()
        assert second.expect(OfferAnswer).need == (file.sop_instance_uid,)
        assert type(second.upload(file)).__name__ == "Stored"
