"""The whole way: lanes, wire, a real receiver, a folder destination; and what must not break it."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adit_uploader.account.servers import ServerAddress
from adit_uploader.dicom.scan import scan
from adit_uploader.protocol.messages import Welcome
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.pseudonyms.internal import internal_pseudonym
from adit_uploader.transfer.errors import WrongToken
from adit_uploader.transfer.events import Event, LaneReplaced, Progress, Reconnecting
from adit_uploader.transfer.jobs import list_jobs, show_job
from adit_uploader.transfer.plan import make_plan
from adit_uploader.transfer.receipt import RunState
from adit_uploader.transfer.sign_in import sign_in
from adit_uploader.transfer.upload import Upload, ignore
from tests.parts.receiver import Receiver, running_receiver
from tests.transfer.studies import write_studies


@dataclass
class Place:
    """A running receiver with a folder destination."""

    receiver: Receiver
    destination: Path

    @property
    def server(self) -> ServerAddress:
        return ServerAddress.parse(self.receiver.url, insecure_loopback=True)

    def token(self) -> str:
        """A fresh one."""
        return self.receiver.user("ada", destinations=("Archive",)).read_text().strip()

    def upload(
        self, folder: Path, home: Path, token: str, on_event: Callable[[Event], None] = ignore, **options: Any
    ) -> Upload:
        welcome: Welcome = sign_in(self.server, token)
        plan = make_plan(
            scan([folder]),
            InternalChoice(welcome.department),
            profile=welcome.profile,
            site_key=bytes.fromhex(welcome.site_key),
            destination="Archive",
            policies=welcome.policies,
        )
        return Upload(plan, self.server, token, journal=home / "journal.sqlite", on_event=on_event, **options)

    def delivered(self) -> dict[str, bytes]:
        """By path below the destination; what is still being written there has no such name yet."""
        return {
            path.relative_to(self.destination).as_posix(): path.read_bytes() for path in self.destination.rglob("*.dcm")
        }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    base = tmp_path_factory.mktemp("place")
    (base / "archive").mkdir()
    with running_receiver(base / "data") as receiver:
        receiver.destination("Archive", "--folder", str(base / "archive"))
        yield Place(receiver, base / "archive")


@pytest.fixture
def empty(place: Place) -> Iterator[Place]:
    """The place with nothing delivered that the test could take for its own."""
    before = set(place.delivered())
    yield place
    assert before <= set(place.delivered())


def test_everything_arrives_once_and_again_and_from_elsewhere_the_same(empty: Place, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", patients=2, series=2, instances=5)
    receipt = empty.upload(folder, tmp_path / "home", empty.token()).run()
    counts = receipt.counts
    assert (counts.found, counts.pseudonymized, counts.sent, counts.stored, counts.delivered) == (20,) * 5
    assert receipt.complete
    first = empty.delivered()
    assert len(first) == 20
    department = "Radiology"
    assert {one.pseudonym for one in receipt.patients} == {
        internal_pseudonym(department, f"PAT-0000{number}") for number in (1, 2)
    }

    again = empty.upload(folder, tmp_path / "home", empty.token()).run()
    assert again.complete
    assert again.job != receipt.job
    assert empty.delivered() == first

    elsewhere = empty.upload(folder, tmp_path / "another home", empty.token()).run()
    assert elsewhere.complete
    assert elsewhere.manifest_sha256 == receipt.manifest_sha256
    assert empty.delivered() == first

    token = empty.token()
    jobs = list_jobs(empty.server, token)
    assert {receipt.job, again.job, elsewhere.job} <= {job.job for job in jobs}
    tasks = show_job(empty.server, token, receipt.job)
    assert [task.delivered for task in tasks.tasks] == [10, 10]


def test_a_server_that_is_killed_and_comes_back_costs_nothing(empty: Place, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", patients=3, series=2, instances=40)
    events: list[Event] = []
    killed: list[int] = []

    def kill(event: Event) -> None:
        events.append(event)
        if isinstance(event, Progress) and event.counts.stored > 20 and not killed:
            killed.append(event.counts.stored)
            empty.receiver.kill()
            empty.receiver.start()

    receipt = empty.upload(folder, tmp_path / "home", empty.token(), kill).run()
    assert 20 < killed[0] < 240
    assert [event for event in events if isinstance(event, Reconnecting)]
    assert receipt.complete, receipt.problem
    assert receipt.counts.delivered == 240
    names = [Path(name).stem for name in empty.delivered()]
    assert len(names) == len(set(names))


def test_a_lane_that_is_killed_costs_nothing(empty: Place, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", patients=2, series=3, instances=40, rows=16)
    events: list[Event] = []
    killed: list[int] = []

    def kill(event: Event) -> None:
        events.append(event)
        if isinstance(event, Progress) and event.counts.stored > 10 and not killed:
            pid = multiprocessing.active_children()[0].pid
            assert pid is not None
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)

    receipt = empty.upload(folder, tmp_path / "home", empty.token(), kill).run()
    assert killed
    assert [event for event in events if isinstance(event, LaneReplaced)]
    assert receipt.complete, receipt.problem
    assert receipt.counts.stored == 240


def test_cancel_ends_the_job_at_the_receiver_too(empty: Place, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", patients=2, series=3, instances=50, rows=16)
    uploads: list[Upload] = []

    def cancel(event: Event) -> None:
        if isinstance(event, Progress) and event.counts.stored > 5:
            uploads[0].cancel()

    token = empty.token()
    uploads.append(empty.upload(folder, tmp_path / "home", token, cancel))
    receipt = uploads[0].run()
    assert receipt.state is RunState.CANCELED
    assert not receipt.complete
    assert show_job(empty.server, token, receipt.job).state in {"CI", "CA"}
    assert not multiprocessing.active_children()


def test_a_token_that_is_replaced_is_told(empty: Place, tmp_path: Path) -> None:
    with pytest.raises(WrongToken):
        sign_in(empty.server, "0" * 40)
