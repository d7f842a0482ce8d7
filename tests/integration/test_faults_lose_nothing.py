"""A short run of ``make soak-faults``: real programs, killed, stopped and cut off while they work."""

import sys
from pathlib import Path

import pytest

from tests.soak.faults.campaign import Campaign, Wish

SEED = 20261122
INSTANCES = 300
FAULTS = 16


@pytest.mark.timeout(600)
def test_faults_lose_nothing(tmp_path: Path) -> None:
    wish = Wish(SEED, INSTANCES, FAULTS, folder=INSTANCES, machines=1, rows=256, rate=150_000.0, every=False)
    outcome = Campaign(tmp_path, wish, lambda line: None).run()
    sys.stdout.write(f"seed {SEED}: {outcome}\n")
    assert outcome.findings.clean, f"seed {SEED}: {outcome}"
    assert outcome.instances == outcome.findings.delivered == INSTANCES
    assert outcome.struck.total() > FAULTS / 2
