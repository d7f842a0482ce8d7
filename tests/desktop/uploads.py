"""Stand-ins for uploads, and what they end with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import Mock

from adit_uploader.pseudonyms.choice import Choice
from adit_uploader.transfer.events import Event
from adit_uploader.transfer.plan import UploadPlan, make_plan
from adit_uploader.transfer.receipt import Counts, Item, Receipt, RunState, Versions
from adit_uploader.transfer.receipt import Outcome as ItemOutcome
from tests.desktop.parts import TWO
from tests.desktop.room import Room

COMPLETE = Receipt(
    kind="upload",
    job="0" * 32,
    state=RunState.FINISHED,
    mode="internal",
    profile="research",
    server="wss://adit.example.org:443",
    destination="archive",
    counts=Counts(found=4, pseudonymized=4, sent=4, stored=4, delivered=4),
    complete=True,
    waiting=False,
    items=(),
    patients=(),
    tasks=(),
    problem=None,
    versions=Versions("1"),
    manifest_sha256="",
    manifest_instances=0,
    started="2024-02-29T10:00:00Z",
    ended="2024-02-29T10:01:00Z",
)
REFUSED = Item(ItemOutcome.REFUSED, "quota", "quota", path="/made-up/1.dcm")
NOT_SENT = Item(ItemOutcome.NOT_SENT, "stopped", "stopped", count=2, series_instance_uid="1.2")
HELD = Item(ItemOutcome.HELD, "ultrasound", "held", count=3)


class Uploads:
    """Makes stand-ins for uploads; each does what the test says."""

    def __init__(self) -> None:
        self.made: list[UploadPlan] = []
        self.requests: list[tuple[str, str]] = []
        self.awake = 0  # how many uploads run while the computer is kept from sleeping
        self.upload = Mock()
        self.upload.run.side_effect = self.run
        self.events: list[Event] = []
        self.end: Receipt | Exception = COMPLETE
        self._on_event: Callable[[Event], None] | None = None

    def __call__(
        self,
        plan: UploadPlan,
        server: object,
        token: str,
        *,
        on_event: Callable[[Event], None],
        request: str,
        resume: str,
    ) -> Mock:
        self.made.append(plan)
        self.requests.append((request, resume))
        self._on_event = on_event
        return self.upload

    @contextmanager
    def stay_awake(self) -> Iterator[None]:
        self.awake += 1
        yield
        self.awake -= 1

    def run(self) -> Receipt:
        assert self._on_event is not None
        assert self.awake == 1
        for event in self.events:
            self._on_event(event)
        if isinstance(self.end, Exception):
            raise self.end
        return self.end


def put_plan(room: Room, choice: Choice) -> UploadPlan:
    room.desk.mode = choice.mode
    room.desk.plan = make_plan(TWO, choice, profile="research", site_key=b"k" * 32, destination="archive")
    return room.desk.plan
