"""Memory as the wire promises it, on real servers; ``make prove-flood`` does more of it."""

from collections.abc import Iterator

import pytest

from adit_uploader.protocol.codes import CloseCode
from tests.soak.limits.proofs import MIB, SERVERS, Served, flooded, memory_of_honest_clients, served_by

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", params=SERVERS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_by(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


def test_memory_grows_with_the_credit_and_not_with_what_is_sent(served: Served) -> None:
    memory = memory_of_honest_clients(served, connections=3, size=8 * MIB, count=4)
    assert memory.grown <= memory.allowed, str(memory)


def test_who_ignores_the_credit_is_cut_off(served: Served) -> None:
    flood = flooded(served, 200 * MIB)
    assert flood.code == CloseCode.CREDIT_EXCEEDED, str(flood)
    assert flood.memory.grown <= flood.memory.allowed, str(flood)
    assert "ERROR" not in served.receiver.log.read_text()
