"""Memory as the wire promises it, with much more: ``make prove-flood``."""

import sys
from collections.abc import Iterator

import pytest

from adit_uploader.protocol.codes import CloseCode
from tests.soak.limits.proofs import MIB, SERVERS, Served, flooded, memory_of_honest_clients, served_by

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
    assert flood.code == CloseCode.CREDIT_EXCEEDED
    assert flood.memory.grown <= flood.memory.allowed
