"""The door at length: the whole permission matrix, and 100,000 random messages. ``make prove-door``.

``PROVE_SEED=`` says the same again, ``PROVE_MESSAGES=`` fewer.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import randbelow

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.parts.databases import DatabaseMaker, database_maker
from tests.soak.door.run import run

pytestmark = pytest.mark.timeout(4 * 3600)
# bytes, after the first fifth
_GROWTH = 32 * 2**20  # of what allocators keep
_GIVEN_OUT = 8 * 2**20  # of what is in use: what conversations hold just then, and the caches of SQLite's connections


@pytest.fixture(scope="module")
def maker(django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseMaker]:
    with django_db_blocker.unblock():
        yield database_maker()


def test_a_hundred_thousand_random_messages(maker: DatabaseMaker, tmp_path: Path) -> None:
    seed = int(os.environ.get("PROVE_SEED") or randbelow(2**32))
    messages = int(os.environ.get("PROVE_MESSAGES") or 100_000)
    tell(f"seed {seed}")
    outcome = run(maker, tmp_path, seed, messages, tell)
    tell(str(outcome))
    assert (outcome.error_lines, outcome.places) == ([], set())
    early = next(sample for sample in outcome.memory if sample.messages >= messages // 5)
    assert outcome.memory[-1].resident - early.resident < _GROWTH
    assert outcome.memory[-1].blocks < 1.05 * early.blocks
    assert outcome.memory[-1].given_out - early.given_out < _GIVEN_OUT


def tell(line: str) -> None:
    """At once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
