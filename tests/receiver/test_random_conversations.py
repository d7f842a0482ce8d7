"""Random conversations, right and wrong, side by side: a short run of ``make prove-door``."""

from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.parts.databases import database_maker
from tests.soak.door.run import run


@pytest.mark.timeout(400)
def test_whatever_is_said_each_connection_answers_or_ends_and_spool_and_rows_agree(
    django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> None:
    with django_db_blocker.unblock():
        outcome = run(database_maker(), tmp_path, seed=1, messages=1500)
    assert (outcome.error_lines, outcome.places) == ([], set())
    assert outcome.stored
    assert not outcome.told["closed 4500"]
