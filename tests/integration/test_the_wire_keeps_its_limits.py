"""Memory, time and bytes as the wire promises them, on real servers; ``make prove-flood`` does more of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adit_uploader.protocol.limits import ACKNOWLEDGED_OFFSET_STEP, CREDIT
from tests.soak.limits.lines import cut_and_resumed, dead_server
from tests.soak.limits.proofs import MIB, SERVERS, Served, flooded, memory_of_honest_clients, served_by

OVERHEAD = MIB  # headers, control messages and handshakes
SILENCE = 2.0  # seconds; a user's program waits for ACKNOWLEDGEMENT_TIMEOUT

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", params=SERVERS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_by(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


def test_memory_grows_with_the_credit_and_not_with_what_is_sent(served: Served) -> None:
    # of few connections, what the first ones cost once would count as theirs
    memory = memory_of_honest_clients(served, connections=6, size=8 * MIB, count=3)
    assert memory.grown <= memory.allowed, str(memory)


def test_who_ignores_the_credit_is_cut_off_or_kept_up_with(served: Served) -> None:
    flood = flooded(served, 200 * MIB)
    assert flood.cut_off or flood.kept_up, str(flood)
    assert flood.memory.grown <= flood.memory.allowed, str(flood)
    assert "ERROR" not in served.receiver.log.read_text()


def test_who_sends_very_many_tiny_messages_is_cut_off_or_kept_up_with(served: Served) -> None:
    flood = flooded(served, 200_000, most=1)
    assert flood.cut_off or flood.kept_up, str(flood)
    assert flood.memory.grown <= flood.memory.allowed, str(flood)
    assert "ERROR" not in served.receiver.log.read_text()


def test_a_server_that_does_nothing_any_more_is_noticed_and_said(served: Served, tmp_path: Path) -> None:
    noticed = dead_server(served, tmp_path, silence_limit=SILENCE)
    assert SILENCE / 4 <= noticed.seconds < SILENCE + 60  # a busy machine is slow to tell
    assert noticed.title
    assert noticed.message
    assert noticed.stored == 1


def test_of_a_large_instance_little_is_sent_again(served: Served, tmp_path: Path) -> None:
    resumed = cut_and_resumed(served, tmp_path, count=1, size=112 * MIB, cut_after=100 * MIB)
    assert resumed.stored == 1
    assert resumed.retries
    assert 0 < resumed.again <= CREDIT + ACKNOWLEDGED_OFFSET_STEP + OVERHEAD, str(resumed)


def test_of_many_instances_no_more_is_sent_again_than_credit_allows(served: Served, tmp_path: Path) -> None:
    resumed = cut_and_resumed(served, tmp_path, count=40, size=MIB, cut_after=30 * MIB)
    assert resumed.stored == 40
    assert resumed.retries
    assert 0 < resumed.again <= CREDIT + MIB + OVERHEAD, str(resumed)  # and what was there of one
