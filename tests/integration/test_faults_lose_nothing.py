"""A short run of ``make soak-faults``: real programs, killed, stopped, cut off and let down while they work."""

import os
import sys
from pathlib import Path

import pytest

from tests.soak.faults.campaign import Campaign, Wish
from tests.soak.faults.plan import LONG, OF_SMALL_DISKS, Kind

SEED = 20261122
INSTANCES = 500
FAULTS = 28


@pytest.mark.timeout(900)
def test_faults_lose_nothing(tmp_path: Path) -> None:
    """Every kind of fault once, but for those that last a minute; without root none that needs a small disk."""
    root = os.geteuid() == 0
    wish = Wish(SEED, INSTANCES, FAULTS, folder=100, machines=2, rows=256, rate=60_000.0, every=False, small_disks=root)
    outcome = Campaign(tmp_path, wish, lambda line: None).run()
    sys.stdout.write(f"seed {SEED}: {outcome}\n")
    assert outcome.findings.clean, f"seed {SEED}: {outcome}"
    assert outcome.instances == INSTANCES
    assert outcome.findings.delivered + outcome.findings.refused >= INSTANCES
    assert outcome.struck.total() > FAULTS / 2  # on slow machines some come too late
    kinds = set(Kind) - LONG - (set() if root else OF_SMALL_DISKS)
    assert len(outcome.struck) > len(kinds) / 2


def test_the_documentation_names_every_kind_of_fault() -> None:
    text = (Path(__file__).parents[2] / "docs" / "durability.md").read_text()
    assert [kind.value for kind in Kind if kind.value not in text] == []
