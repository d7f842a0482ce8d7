"""Memory, time and bytes as the wire promises them, with much more: ``make prove-flood``. About five minutes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adit_uploader.protocol.limits import ACKNOWLEDGED_OFFSET_STEP, ACKNOWLEDGEMENT_TIMEOUT, CREDIT
from tests.soak.limits.lines import cut_and_resumed, dead_server
from tests.soak.limits.proofs import MIB, SERVERS, Served, flooded, memory_of_honest_clients, served_by

OVERHEAD = 2 * MIB  # headers, control messages and handshakes

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module", params=SERVERS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_by(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")


def test_memory_of_honest_clients(served: Served) -> None:
    memory = memory_of_honest_clients(served, connections=6, size=32 * MIB, count=8)
    say(memory)
    assert memory.grown <= memory.allowed


def test_a_flood_of_2_gb(served: Served) -> None:
    flood = flooded(served, 2000 * MIB)
    say(flood)
    assert flood.cut_off or flood.kept_up
    assert flood.memory.grown <= flood.memory.allowed


def test_a_flood_of_2_million_tiny_messages(served: Served) -> None:
    flood = flooded(served, 2_000_000, most=1)
    say(flood)
    assert flood.cut_off or flood.kept_up
    assert flood.memory.grown <= flood.memory.allowed


def test_a_dead_server(served: Served, tmp_path: Path) -> None:
    noticed = dead_server(served, tmp_path, silence_limit=ACKNOWLEDGEMENT_TIMEOUT)
    say(noticed)
    assert noticed.seconds <= ACKNOWLEDGEMENT_TIMEOUT
    assert noticed.stored == 1


def test_a_large_instance_after_a_cut(served: Served, tmp_path: Path) -> None:
    resumed = cut_and_resumed(served, tmp_path, count=1, size=500 * MIB, cut_after=440 * MIB)
    say(resumed)
    assert resumed.stored == 1
    assert 0 < resumed.again <= CREDIT + ACKNOWLEDGED_OFFSET_STEP + OVERHEAD


def test_many_instances_after_a_cut(served: Served, tmp_path: Path) -> None:
    resumed = cut_and_resumed(served, tmp_path, count=1000, size=MIB // 2, cut_after=400 * MIB)
    say(resumed)
    assert resumed.stored == 1000
    assert 0 < resumed.again <= CREDIT + MIB // 2 + OVERHEAD
