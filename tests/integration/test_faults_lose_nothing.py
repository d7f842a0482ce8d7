"""A short run of ``make soak-faults``: real programs, killed, stopped and cut off while they work."""

import sys
from pathlib import Path

from tests.soak.faults.campaign import Campaign, Wish

SEED = 20261122
INSTANCES = 300
FAULTS = 16


def test_faults_lose_nothing(tmp_path: Path) -> None:
    wish = Wish(SEED, INSTANCES, FAULTS, folder=150, machines=2, rows=256, rate=400_000.0)
    outcome = Campaign(tmp_path, wish, lambda line: None).run()
    sys.stdout.write(f"seed {SEED}: {outcome}\n")
    assert outcome.findings.clean, f"seed {SEED}: {outcome}"
    assert outcome.struck.total() == FAULTS
