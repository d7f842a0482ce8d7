"""A short run of ``make soak-powercut``, and what has to be durable before the first byte is sent."""

import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random

import pytest

from adit_receiver.private_files import make_private_file
from adit_uploader.pseudonyms.key_list import KeyList, KeyListRow, write_key_list
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.journal import Journal, NewInstance
from tests.soak.powercut.cuts import Plan, run
from tests.soak.powercut.disk import DISK, mounted, recorded_disk

SEED = 20261122
SIZE = 32 * 1024 * 1024
JOB = uuid.uuid4().hex
CUTS = 8


def survives(base: Path, act: Callable[[Path], AbstractContextManager[None]], look: Callable[[Path], None]) -> None:
    """Does something on a disk, whose power goes in the moment in which it is done; then looks at what is left.

    Cut several times: in some of them all is lost that was not synced, in some a part of it.
    """
    with recorded_disk(base, SIZE) as (disk, recording), act(disk):
        moment = recording.now
    random = Random(SEED)  # noqa: S311 - blocks, not secrets
    for _ in recording.images([moment] * CUTS, random, base / "cut.image"):
        with mounted(base / "cut.image", base / DISK) as disk:
            look(disk)


def test_a_job_that_was_begun_is_in_the_journal_after_a_power_cut(tmp_path: Path) -> None:
    @contextmanager
    def begin(disk: Path) -> Iterator[None]:
        with Journal(disk / "data" / "journal.sqlite3") as journal:
            journal.begin(
                JOB,
                fingerprint="plan",
                server="server",
                destination="Archive",
                mode="internal",
                profile="research",
                program="test",
                instances=[NewInstance(0, "1.2", "1.3", "file", None, 1, 1)],
            )
            yield  # closing it would sync what beginning did not

    def look(disk: Path) -> None:
        with Journal(disk / "data" / "journal.sqlite3") as journal:
            assert journal.open_job("plan") == JOB
            assert sum(journal.counts(JOB).values()) == 1

    survives(tmp_path, begin, look)


def test_a_key_list_that_was_written_is_there_after_a_power_cut(tmp_path: Path) -> None:
    @contextmanager
    def write(disk: Path) -> Iterator[None]:
        write_key_list(KeyList(Mode.INTERNAL, (KeyListRow("PAT-1", "pseudonym"),)), disk / "list.csv")
        yield

    survives(tmp_path, write, lambda disk: found_in(disk / "list.csv", "PAT-1"))


def test_a_receivers_secrets_are_there_after_a_power_cut(tmp_path: Path) -> None:
    @contextmanager
    def make(disk: Path) -> Iterator[None]:
        make_private_file(disk / "django-secret-key", "secret\n")
        yield

    survives(tmp_path, make, lambda disk: found_in(disk / "django-secret-key", "secret"))


def found_in(path: Path, word: str) -> None:
    assert word in path.read_text()


@pytest.mark.timeout(600)
def test_power_cuts_lose_nothing(tmp_path: Path) -> None:
    outcome = run(tmp_path, Plan(SEED, cuts=3, instances=120, resume=2, large=0), lambda line: None)
    sys.stdout.write(f"seed {SEED}: {outcome}\n")
    assert outcome.clean, f"seed {SEED}: {outcome}: {outcome.unclean}"
    assert outcome.acknowledged > 0
