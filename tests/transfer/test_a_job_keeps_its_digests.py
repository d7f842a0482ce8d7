"""By which algorithm an upload's files are compared: agreed once, written down, and never changed under way."""

from pathlib import Path
from typing import Any

import pytest

from adit_uploader.protocol.digests import BLAKE3, SHA256, hasher
from adit_uploader.transfer.errors import JobRefused
from adit_uploader.transfer.journal import Journal
from adit_uploader.transfer.receipt import Receipt, RunState
from adit_uploader.transfer.upload import Upload
from tests.transfer.small_receiver import TOKEN, SmallReceiver
from tests.transfer.studies import plan_of

pytestmark = pytest.mark.usefixtures("threaded")
BOTH = frozenset({BLAKE3})


def upload(folder: Path, receiver: SmallReceiver, home: Path, **options: Any) -> Upload:
    return Upload(plan_of(folder), receiver, TOKEN, journal=home / "journal.sqlite", lanes=1, **options)


def paused_after_one(folder: Path, receiver: SmallReceiver, home: Path) -> Upload:
    run = upload(folder, receiver, home)
    receiver.on_store = lambda uid: run.pause()
    assert run.run().state is RunState.PAUSED
    receiver.on_store = lambda uid: None
    return run


def digests_in_journal(home: Path, job: str) -> tuple[str, set[str]]:
    with Journal(home / "journal.sqlite") as journal:
        return journal.digest_of(job, SHA256), set(journal.digests(job).values())


def digests_made(receiver: SmallReceiver, job: str, name: str) -> set[str]:
    found = set()
    for kept in receiver.stored(job).values():
        made = hasher(name)
        made.update(kept.data)
        found.add(made.hexdigest())
    return found


@pytest.mark.parametrize("features", [frozenset(), BOTH])
def test_both_ends_take_the_best_that_they_know(
    receiver: SmallReceiver, folder: Path, tmp_path: Path, features: frozenset[str]
) -> None:
    receiver.features = features
    run = upload(folder, receiver, tmp_path)
    receipt = run.run()
    name = BLAKE3 if features else SHA256
    assert receipt.complete
    assert receipt.manifest_digest == name
    assert {job.digest for job in receiver.jobs.values()} == {name}
    assert digests_in_journal(tmp_path, run.job) == (name, digests_made(receiver, run.job, name))


@pytest.mark.parametrize(("before", "after"), [(frozenset(), BOTH), (BOTH, BOTH)])
def test_an_upload_goes_on_with_the_digests_with_which_it_began(
    receiver: SmallReceiver, folder: Path, tmp_path: Path, before: frozenset[str], after: frozenset[str]
) -> None:
    receiver.features = before
    first = paused_after_one(folder, receiver, tmp_path)
    receiver.features = after
    again = upload(folder, receiver, tmp_path)
    receipt = again.run()
    name = BLAKE3 if before else SHA256
    assert receipt.complete
    assert receipt.resumed
    assert (again.job, receipt.manifest_digest) == (first.job, name)
    assert digests_in_journal(tmp_path, first.job) == (name, digests_made(receiver, first.job, name))


def test_a_server_that_lacks_the_jobs_algorithm_is_named_and_nothing_is_sent(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    receiver.features = BOTH
    first = paused_after_one(folder, receiver, tmp_path)
    stored = len(receiver.kept)
    receiver.features = frozenset()
    with pytest.raises(JobRefused, match="BLAKE3"):
        upload(folder, receiver, tmp_path).run()
    assert len(receiver.kept) == stored
    receiver.features = BOTH
    receipt: Receipt = upload(folder, receiver, tmp_path).run()
    assert (receipt.job, receipt.complete) == (first.job, True)


def test_an_upload_that_was_queued_chooses_when_it_is_sent(
    receiver: SmallReceiver, folder: Path, tmp_path: Path
) -> None:
    job = upload(folder, receiver, tmp_path).queue()
    receiver.features = BOTH
    receipt = upload(folder, receiver, tmp_path).run()
    assert (receipt.job, receipt.manifest_digest) == (job, BLAKE3)
    assert digests_in_journal(tmp_path, job)[0] == BLAKE3
