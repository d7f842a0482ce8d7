"""Many conversations side by side, in one process with the receiver's endpoint, and what has to be true afterwards."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import process_time
from unittest.mock import patch

from django.db import connections

from adit_receiver import session
from adit_receiver.models import JobLease, PartialInstance, ReceiverPolicy, StoredInstance, Token
from adit_receiver.routing import websocket_router
from tests.parts.databases import DatabaseMaker, without_syncing
from tests.receiver.own_house import House, house
from tests.receiver.permission_oracle import PERMISSIONS, Situation
from tests.receiver.raw_wire import PSEUDONYM, deidentified
from tests.receiver.smuggled import WAYS, source
from tests.receiver.wire_client import Made, make_file

from .walk import PATIENCE, Walk, World
from .watching import Outside, Sample, errors

SITE_KEY = bytes(32)
CREDIT = 64 * 1024
STEP = 1024  # so that small files are saved in parts
_SIDE_BY_SIDE = 6
_SAMPLE = 10_000  # messages
_ADMINISTRATOR = 0.02  # how often something is changed between two conversations


@dataclass
class Outcome:
    """What a run showed. memory: after every so many messages, and at its end."""

    seed: int
    messages: int = 0
    conversations: int = 0
    seconds: float = 0.0
    memory: list[Sample] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    error_lines: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)
    stored: int = 0

    def __str__(self) -> str:
        told = ", ".join(f"{name}: {number}" for name, number in sorted(self.told.items()))
        return (
            f"seed {self.seed}: {self.messages} messages in {self.conversations} conversations, "
            f"{self.stored} instances stored, {self.seconds:.0f} s of a processor; "
            f"memory {'; '.join(map(str, self.memory))}\ntold: {told}"
        )


def files() -> dict[str, list[Made]]:
    """Files of two patients, as they are and as they may be sent, and some that somebody smuggles a patient in."""
    plain = [make_file(f"FUZZ-{number}", pixels=64 * (1 + number)) for number in range(8)]
    honest = [deidentified(file, SITE_KEY, PSEUDONYM if at % 2 else "f" * 64) for at, file in enumerate(plain)]
    given = source(SITE_KEY)
    smuggled = [way.make(given) for way in WAYS if way.name != "a deflated bomb"]
    short = [file for file in smuggled if len(file.data) <= CREDIT and len(file.patient_id) <= 64]
    return {"plain": plain, "honest": honest, "all": [*plain, *honest, *short]}


@contextmanager
def world(maker: DatabaseMaker, data: Path) -> Iterator[tuple[World, House]]:
    """A receiver in this process."""
    with maker.made(data), without_syncing(), _patience_with_the_database(), house(data, CREDIT=CREDIT) as built:
        for staff in (False, True):
            built.become(Situation(frozenset(PERMISSIONS), staff=staff))
        names = [("valid", False)] * 6 + [("valid", True)] * 3 + [("revoked", False)]
        tokens = [built.token(state, staff=staff) for state, staff in names]
        with patch.object(session, "ACKNOWLEDGED_OFFSET_STEP", STEP):
            yield World(websocket_router, tokens, files()), built


@contextmanager
def _patience_with_the_database() -> Iterator[None]:
    """On a machine that others use up, SQLite's writers may wait long for each other: no question of ours."""
    options = connections.settings["default"]["OPTIONS"]
    with patch.dict(options, {"timeout": 600} if "timeout" in options else {}):
        yield


def _administer(rng: Random) -> None:
    """An administrator changes something, or puts everything back."""
    normal = {"locked": False, "burned_in": "ask", "free_space_floor": 0, "quota_per_user": 2**40}
    normal |= {"single_patient_only": False, "largest_instance": 2**33}
    odd = {"locked": True, "burned_in": "never", "free_space_floor": 2**60, "quota_per_user": 20_000}
    odd |= {"single_patient_only": True, "largest_instance": 2500}
    try:
        if rng.random() < 0.4:
            name = rng.choice(sorted(odd))
            ReceiverPolicy.objects.update(**normal | {name: odd[name]})
            Token.objects.filter(name="valid", user__is_staff=True).update(expires=None)
        else:
            ReceiverPolicy.objects.update(**normal)
    finally:
        connections.close_all()


async def _walks(around: World, outcome: Outcome, messages: int, tell: Callable[[str], None]) -> None:
    """Conversations until so many messages were said."""

    async def some(lane: int) -> None:
        while around.messages < messages:
            number = outcome.conversations
            outcome.conversations += 1
            rng = Random(f"{outcome.seed}/{number}")  # noqa: S311 - to be had again
            if rng.random() < _ADMINISTRATOR * _SIDE_BY_SIDE:
                await asyncio.to_thread(_administer, rng)
            try:
                await Walk(around, rng).run()
            except Exception as error:
                error.add_note(f"seed {outcome.seed}, conversation {number}")
                raise
            if around.messages - outcome.messages >= _SAMPLE:
                outcome.messages = around.messages
                outcome.memory.append(Sample.now(around.messages))
                tell(str(outcome.memory[-1]))

    async with asyncio.TaskGroup() as group:
        for lane in range(_SIDE_BY_SIDE):
            group.create_task(some(lane))
    outcome.memory.append(Sample.now(around.messages))


def run(
    maker: DatabaseMaker, data: Path, seed: int, messages: int, tell: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Says so many messages, and holds what is there afterwards against the tables.

    Args:
        tell: is told on the way what the process holds.

    Raises:
        AssertionError, ExceptionGroup: something is wrong; names the seed.
    """
    outcome = Outcome(seed)
    with world(maker, data) as (around, _), errors() as lines:
        outside = Outside(data)
        began = process_time()
        try:
            asyncio.run(_walks(around, outcome, messages, tell))
        finally:
            outside.sleep()
        outcome.seconds = process_time() - began
        outcome.messages, outcome.told = around.messages, around.told
        outcome.error_lines, outcome.places = lines, outside.places
        _wait_for_leases()
        outcome.stored = _agree(data)
    return outcome


def _wait_for_leases() -> None:
    """Connections let go of what they held in threads of their own."""
    stop = process_time() + PATIENCE
    while JobLease.objects.exists():
        assert process_time() < stop, "leases are held by connections that have ended"


def _agree(data: Path) -> int:
    """Compares spool and rows; how many instances are stored."""
    stored = {row.spool_name: row for row in StoredInstance.objects.exclude(spool_name="")}
    _same("stored", {path.name for path in (data / "spool" / "stored").iterdir()}, set(stored))
    for name, row in stored.items():
        content = (data / "spool" / "stored" / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (row.length, row.digest)
    partial = set(PartialInstance.objects.values_list("spool_name", flat=True))
    _same("incoming", {path.name for path in (data / "spool" / "incoming").iterdir()}, partial)
    return len(stored)


def _same(folder: str, files: set[str], rows: set[str]) -> None:
    assert files == rows, f"{folder}: {len(files - rows)} files have no row, {len(rows - files)} rows have no file"
