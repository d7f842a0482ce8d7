"""Each way to hide a patient in a file is refused by its code, counted, audited without values, and leaves nothing."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.messages import Stored
from tests.parts.receiver import Receiver
from tests.parts.tables import Tables

from .dishonest import dishonest
from .raw_wire import begin, chunk, deidentified, end, open_job
from .smuggled import PLANTED, WAYS, Source, Way, source
from .what_is_kept import Kept
from .wire_client import Made, WireClient, make_file, wire

pytestmark = pytest.mark.timeout(400)
_PIECE = 256 * 1024
_OF_IDENTITY = {"pseudonym-mismatch", "pseudonym-form", "not-deidentified"}


def cases() -> list[tuple[Way, str]]:
    """Each way in the modes in which it may matter; what has nothing to do with the mode in one of them, all by turns.

    ``make prove-door`` tries everything in every mode.
    """
    found = []
    for number, way in enumerate(WAYS):
        every = way.code in _OF_IDENTITY or "PROVE_DOOR" in os.environ
        modes = way.modes if every else (way.modes[number % len(way.modes)],)
        found += [(way, mode) for mode in modes]
    return found


@dataclass
class Honest:
    """Somebody who uploads on the same receiver all the time."""

    client: WireClient
    site_key: bytes

    def goes_on(self) -> None:
        file = deidentified(make_file("HONEST"), self.site_key, "f" * 64)
        assert isinstance(self.client.upload(file), Stored)


@pytest.fixture(scope="module")
def honest(receiver: Receiver) -> Iterator[Honest]:
    with wire(receiver.url, receiver.data / "token-dave") as client:
        site_key = bytes.fromhex(client.hello().site_key)
        client.open_job(mode="batch")
        yield Honest(client, site_key)


@pytest.fixture(scope="module")
def given(honest: Honest) -> Source:
    return source(honest.site_key)


def whole(file: Made) -> list[dict[str, object] | bytes]:
    pieces = range(0, len(file.data), _PIECE)
    return [begin(file), *(chunk(file.data[at : at + _PIECE], 0, at) for at in pieces), end(file)]


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case[0]} in mode {case[1]}")
def test_it_is_refused_and_leaves_nothing(
    receiver: Receiver, tables: Tables, honest: Honest, given: Source, case: tuple[Way, str]
) -> None:
    way, mode = case
    tables.set_policy(suspended=True, burned_in=way.burned_in)
    kept = Kept.by(receiver, tables)
    file = way.make(given)
    job = uuid4().hex
    with dishonest(receiver.url, receiver.data / "token-alice") as client:
        client.greet()
        client.ask(open_job(job, mode), "JobOpened")
        client.say(*whole(file))
        answer = client.hear("Refused", "Stored")
        assert answer is not None, f"closed with {client.closed}"
        assert answer["type"] == "Refused", "it was stored"
        assert (answer["code"], answer.get("retriable", False)) == (way.code, False)
        # it counts as refused, and the job ends with that
        finished = client.ask({"type": "Finish", "counts": {"sent": 1, "refused": 1}}, "JobFinished", "Failed")
        assert finished == {"type": "JobFinished", "job": job, "stored": 0}
    assert kept.audited("instance-refused", RefusalCode(way.code).name) == 1
    assert kept.rows_of(job) == {}
    assert (kept.incoming(), kept.stray()) == ([], set())
    assert kept.traces(*PLANTED) == []
    assert not any(value in str(answer) for value in PLANTED if value != file.patient_id)
    honest.goes_on()


def test_what_it_all_begins_with_is_taken(receiver: Receiver, tables: Tables, given: Source) -> None:
    tables.set_policy(suspended=True)
    for mode in ("internal", "batch", "fixed"):
        with dishonest(receiver.url, receiver.data / "token-alice") as client:
            client.greet()
            client.ask(open_job(uuid4().hex, mode), "JobOpened")
            client.say(*whole(replace(given.honest)))
            answer = client.hear("Refused", "Stored")
            assert answer is not None
            assert answer["type"] == "Stored"


def test_there_are_forty_ways_and_more() -> None:
    assert len({way.name for way in WAYS}) > 40
    assert {way.code for way in WAYS} <= set(RefusalCode)
