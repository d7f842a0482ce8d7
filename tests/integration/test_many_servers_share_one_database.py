"""Two web servers and two workers on one PostgreSQL and one spool, into Orthanc; long: ``make soak-servers``."""

from pathlib import Path

import pytest

from tests.soak.many_servers.campaign import Campaign, Wish


@pytest.mark.timeout(400)
def test_whoever_is_killed_everything_is_delivered_exactly_once(tmp_path: Path) -> None:
    wish = Wish(uploads=2, instances=16, kills=1, seed=5, restarts=1, durable=False, patience=300)
    outcome = Campaign(tmp_path, wish).run()
    assert outcome.wrong == []
    assert set(outcome.kills.values()) == {1}  # PostgreSQL, too
    assert len(outcome.taken) == 2  # both web servers had connections
