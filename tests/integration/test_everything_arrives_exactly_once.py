"""Any order of messages, cuts, crashes and resumes of client and receiver ends in exactly-once."""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from adit_receiver import allowance, bookkeeping, greeting, jobs, private_files, session, spool, sweep
from adit_receiver.audit import of_session
from adit_receiver.models import ReceiverPolicy
from adit_uploader.protocol.errors import LocalProtocolError
from adit_uploader.protocol.messages import Limits, Policies, Welcome
from adit_uploader.transfer import connection, wire_lane
from adit_uploader.transfer.journal import Journal
from tests.integration.world import disks, machine, tables
from tests.integration.world.client import open_connection, prepared_of
from tests.integration.world.line import Silence
from tests.integration.world.machine import World
from tests.integration.world.mutants import MUTANTS, mutated
from tests.integration.world.receiver import CREDIT

RUNS = 2000  # SIMULATED_RUNS= asks for more
TRIES = 2000  # within which each mutant has to be found
REAL_RUNS = 30
WELCOME = Welcome(
    program="receiver",
    user="alice",
    department="Radiology",
    modes=("none",),
    destinations=(),
    profile="research",
    profiles=("research",),
    site_key="cd" * 32,
    limits=Limits(credit=CREDIT),
    policies=Policies(burned_in="ask"),
)
POLICY = ReceiverPolicy(free_space_floor=0)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world on real tables, which want a database."""
    patch(monkeypatch)
    with Journal(tmp_path / "journal.sqlite3"):
        pass  # an empty one
    memory = Path("/dev/shm")  # noqa: S108 - a disk in memory, if there is one
    return World(
        memory if memory.is_dir() else tmp_path, tmp_path / "journal.sqlite3", User(pk=1, username="alice"), None
    )


@pytest.fixture
def world(around: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world on modelled tables."""
    around.tables = tables.install(monkeypatch)
    return around


def patch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edges of the modelled world, and clocks that stand still."""
    monkeypatch.setattr(timezone, "now", lambda: START + timedelta(seconds=machine.CLOCK()))
    for module, name in (
        *((of_session, name) for name in ("record", "record_often", "count_refusals", "write_counted")),
        (bookkeeping, "record"),
        (sweep, "tidy"),
    ):
        monkeypatch.setattr(module, name, lambda *_: None)  # the audit log decides on nothing that arrives
    for module in (session, allowance):
        monkeypatch.setattr(module, "monotonic", machine.CLOCK)
    monkeypatch.setattr(session, "check_finished", lambda path, job, begin: None)  # what is sent are no DICOM files
    monkeypatch.setattr(session, "wake", lambda: None)
    monkeypatch.setattr(session, "welcome", lambda *_: WELCOME)
    for module in (session, greeting, allowance, jobs):
        monkeypatch.setattr(module, "current_policy", lambda: POLICY)
    monkeypatch.setattr(session, "ACKNOWLEDGED_OFFSET_STEP", 200)
    monkeypatch.setattr(wire_lane, "open_connection", open_connection)
    monkeypatch.setattr(wire_lane, "prepared", prepared_of(machine.FILES))
    monkeypatch.setattr(wire_lane, "back_off", lambda attempt: 0.0)
    monkeypatch.setattr(connection, "_Silence", Silence)
    monkeypatch.setattr(spool, "secrets", SimpleNamespace(token_hex=lambda size: machine.new_id()))
    monkeypatch.setattr(spool, "_FEW", 99)  # one after the other: crashes come at places that can be found again
    for module in (spool, private_files):
        monkeypatch.setattr(module, "os", disks.ModelledOs())
    monkeypatch.setattr(os, "rename", disks.rename)


def run(world: World, runs: int, *, shrink: bool = False) -> None:
    """The same runs each time."""

    @settings(
        max_examples=runs,
        derandomize=True,
        database=None,
        deadline=None,  # of a run; what it takes depends on what happens
        report_multiple_bugs=False,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
    )
    @given(choices=st.binary(min_size=machine.LENGTH, max_size=machine.LENGTH))
    def one(choices: bytes) -> None:
        world.run(choices)

    one()


@pytest.mark.timeout(0)
def test_everything_arrives_exactly_once(world: World) -> None:
    runs = int(os.environ.get("SIMULATED_RUNS", RUNS))
    run(world, runs, shrink=True)
    sys.stdout.write(f"{world.runs} runs: {world.crashes} crashes, {world.deaths} deaths, {world.cuts} cuts\n")
    assert world.runs >= runs


@pytest.mark.timeout(0)
@pytest.mark.django_db
def test_modelled_tables_are_as_the_real_ones(around: World) -> None:
    User.objects.create(pk=1, username="alice")
    run(around, REAL_RUNS)
    assert around.runs >= REAL_RUNS


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", MUTANTS)
def test_each_mechanism_is_needed(name: str, world: World) -> None:
    """The machine can fail: without it something is lost, doubled, wrong, or does not come to its end."""
    with mutated(name), pytest.raises((AssertionError, LocalProtocolError)):
        run(world, TRIES)
    sys.stdout.write(f"found in run {world.runs}\n")
