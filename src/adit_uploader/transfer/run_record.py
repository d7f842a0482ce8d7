"""What a run knows of itself: takes what the lanes tell, counts, and writes the receipt. Does no I/O."""

import time
from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.values import dataclass

from .events import Event, InstancesRefused, LaneReplaced, Progress, Reconnecting, SeriesCount, SeriesMoved
from .handout import PlanIndex
from .harmless import is_harmless
from .lane_messages import GaveUp, Moved, Recipe, Refused, Retrying, Sent, Stored, Written
from .lanes import Crashed, Report
from .ledger import Ledger, Mark
from .meter import Meter
from .picture_record import held_message, pictures
from .plan import UploadPlan
from .receipt import (
    Counts,
    Item,
    Outcome,
    Problem,
    ReasonCode,
    Receipt,
    RunState,
    SentPatient,
    Versions,
)
from .versions import VERSION

if TYPE_CHECKING:  # a run without a server starts without the wire
    from adit_uploader.protocol.digests import DigestName
    from adit_uploader.protocol.messages import Counts as CountsThere
    from adit_uploader.protocol.messages import TaskInfo

TICK = 0.1  # seconds between two looks at the lanes


def ignore(event: Event) -> None:
    """Take an event and do nothing."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, as its driver saw it."""

    state: RunState
    problem: Problem | None = None
    waiting: bool = False
    job: str = ""
    server: str = ""
    receiver: str = ""
    protocol: int = 0
    key_list: str = ""
    resumed: bool = False


class RunRecord:
    """Belongs to the thread of the run."""

    def __init__(self, kind: Literal["upload", "local"], plan: UploadPlan, on_event: Callable[[Event], None]) -> None:
        self.kind: Literal["upload", "local"] = kind
        self.plan = plan
        self.index = PlanIndex(plan)
        self.ledger = Ledger(self.index.count)
        self.problem: Problem | None = None
        self.digest: DigestName = "sha256"  # algorithm of the job's digests
        self.tasks: tuple[TaskInfo, ...] = ()
        self._on_event = on_event
        self._refused: list[Item] = []
        self._stored_of = array("L", [0]) * self.index.series_count
        self._refused_of = array("L", [0]) * self.index.series_count
        self._series_moved: set[int] = set()
        self._moved = 0
        self._skipped = 0  # bytes of files that need not or can't be sent
        self._started = datetime.now(UTC)
        self._meter = Meter(time.monotonic())

    def emit(self, event: Event) -> None:
        self._on_event(event)

    def recipe(self) -> Recipe:
        name = "" if self.plan.mode is Mode.NONE else self.plan.profile
        return Recipe(name, self.plan.site_key, self.plan.trial, self.plan.site_profile)

    def start_clock(self) -> None:
        """Sending begins now."""
        self._meter = Meter(time.monotonic())

    def take(self, reports: list[Report]) -> None:
        """Write down what the lanes told, and tell those who listen."""
        refused: list[Item] = []
        for report in reports:
            match report.message:
                case Moved(size):
                    self._moved += size
                case Sent(number, _, digest):
                    self.ledger.sent(number, digest)
                case Stored(number, known):
                    if self.ledger.stored(number):
                        self._count_stored(number)
                        self._skipped += self.index.instance(number).size if known else 0
                case Written(number, size, digest):
                    self._moved += size
                    self.ledger.sent(number, digest)
                    if self.ledger.stored(number):
                        self._count_stored(number)
                case Refused() as refusal:
                    refused.append(self._refuse(refusal))
                case Retrying(title, message, seconds, attempt):
                    self.emit(Reconnecting(report.lane, title, message, seconds, attempt))
                case Crashed(lane):
                    self.emit(LaneReplaced(lane))
                case GaveUp(title, message):
                    self.problem = self.problem or Problem(title, message)
        if refused:
            self._refused += refused
            self.emit(InstancesRefused(tuple(refused)))

    def _count_stored(self, number: int) -> None:
        series = self.index.series(number)
        self._stored_of[series] += 1
        self._series_moved.add(series)

    def tell_series(self) -> None:
        """Tell those who listen which series got on since the last time."""
        if self._series_moved:
            moved, self._series_moved = sorted(self._series_moved), set()
            counts = (SeriesCount(one, self._stored_of[one], self._refused_of[one]) for one in moved)
            self.emit(SeriesMoved(tuple(counts)))

    def _refuse(self, refusal: Refused) -> Item:
        number = refusal.number
        series = self.index.series(number)
        self._refused_of[series] += 1
        self._series_moved.add(series)
        self.ledger.refused(number, refusal.code, pseudonymized=refusal.pseudonymized)
        instance = self.index.instance(number)
        self._skipped += instance.size
        return Item(
            Outcome.REFUSED,
            refusal.code,
            refusal.message,
            path=str(instance.location),
            sop_instance_uid=self.index.sop_instance_uid(number),
            series_instance_uid=self.plan.new_uid(instance.series_instance_uid),
            patient_id=instance.patient_id,
        )

    def counts(self) -> Counts:
        planned = self.plan.counts
        stored = self.ledger.count(Mark.STORED)
        return Counts(
            found=planned.found - planned.not_chosen,
            pseudonymized=self.ledger.count(Mark.PSEUDONYMIZED),
            sent=self.ledger.count(Mark.SENT) if self.kind == "upload" else 0,
            stored=stored,
            delivered=min(stored, sum(task.delivered for task in self.tasks)),
            refused=planned.refused + self.ledger.count(Mark.REFUSED),
            held=planned.held,
            left_out=planned.left_out,
            not_chosen=planned.not_chosen,
        )

    def told_counts(self) -> "CountsThere":
        """The counts as the receiver is told them."""
        from adit_uploader.protocol.messages import Counts as CountsThere  # noqa: PLC0415 - of uploads alone

        counts = self.counts()
        return CountsThere(
            found=counts.found,
            sent=counts.sent,
            stored=counts.stored,
            refused=counts.refused,
            held=counts.held,
            left_out=counts.left_out,
        )

    def progress(self) -> Progress:
        now = time.monotonic()
        total = self.plan.counts.bytes_to_send
        done = min(total, self._moved + self._skipped)
        counts = self.counts()
        bytes_rate, instance_rate = self._meter.rates(now, self._moved, counts.stored)
        remaining = (total - done) / bytes_rate if bytes_rate > 0 else None
        return Progress(counts, done, total, self._meter.seconds(now), bytes_rate, instance_rate, remaining)

    # ------------------------------------------------------------ at the end

    def patients(self) -> tuple[SentPatient, ...]:
        result = []
        number = 0
        for planned in self.plan.patients:
            first = number
            number += sum(1 for _ in planned.patient.instances())
            stored = sum(self.ledger.has(one, Mark.STORED) for one in range(first, number))
            result.append(
                SentPatient(
                    planned.pseudonym,
                    len(planned.patient.studies),
                    number - first,
                    stored,
                    planned.patient.patient_id,
                )
            )
        return tuple(result)

    def _items(self, state: RunState) -> tuple[Item, ...]:
        plan = self.plan
        items = list(self._refused)
        items += [
            Item(
                Outcome.REFUSED,
                one.code,
                one.message,
                count=sum(1 for _ in one.patient.instances()),
                patient_id=one.patient.patient_id,
            )
            for one in plan.refusals
        ]
        items += [
            Item(
                Outcome.HELD,
                one.reason,
                held_message(one),
                count=one.count,
                series_instance_uid=plan.new_uid(one.series.series_instance_uid),
                patient_id=one.patient.patient_id,
            )
            for one in plan.held
        ]
        items += [
            Item(
                Outcome.NOT_CHOSEN,
                one.reason,
                "This series was not chosen.",
                count=one.count,
                series_instance_uid=plan.new_uid(one.series.series_instance_uid),
                patient_id=one.patient.patient_id,
            )
            for one in plan.not_chosen
        ]
        items += self._not_sent(state)
        left_out = sorted(plan.left_out, key=is_harmless)  # a CD's viewer has many files: a lost image stands first
        items += [Item(Outcome.LEFT_OUT, one.reason, one.detail, path=str(one.location)) for one in left_out]
        return tuple(items)

    def _not_sent(self, state: RunState) -> list[Item]:
        missing: dict[tuple[str, str], int] = {}
        for number in self.ledger.open_numbers():
            instance = self.index.instance(number)
            key = (instance.patient_id, instance.series_instance_uid)
            missing[key] = missing.get(key, 0) + 1
        message = "The upload was stopped before these were stored."
        if self.kind == "local":
            message = "The run was stopped before these were written."
        return [
            Item(
                Outcome.NOT_SENT,
                ReasonCode.STOPPED if state is not RunState.INTERRUPTED else ReasonCode.INTERRUPTED,
                message,
                count=count,
                series_instance_uid=self.plan.new_uid(series_uid),
                patient_id=patient_id,
            )
            for (patient_id, series_uid), count in missing.items()
        ]

    def sent_words(self) -> dict[str, str]:
        """For the key list: what was stored of each patient, by pseudonym."""
        totals: dict[str, tuple[int, int]] = {}
        for one in self.patients():
            stored, all_ = totals.get(one.pseudonym, (0, 0))
            totals[one.pseudonym] = (stored + one.stored, all_ + one.instances)
        return {pseudonym: f"{stored} of {all_}" for pseudonym, (stored, all_) in totals.items()}

    def receipt(self, ending: Ending) -> Receipt:
        counts = self.counts()
        plan = self.plan
        used = plan.deidentification
        manifest, covered = self.ledger.manifest(self.index.sop_instance_uid)
        arrived = counts.stored if self.kind == "local" else counts.delivered
        # a file that the scan could not take may be an image that is now missing
        lost = not all(map(is_harmless, plan.left_out))
        complete = (
            ending.state is RunState.FINISHED
            and ending.problem is None
            and 0 < counts.found == counts.pseudonymized == counts.stored == arrived
            and (self.kind == "local" or counts.sent == counts.found)
            and not lost
        )
        return Receipt(
            kind=self.kind,
            job=ending.job,
            state=ending.state,
            mode=plan.mode.value,
            profile="" if used is None else used.name,
            profile_hash="" if used is None else used.digest,
            keeps_identifiers=() if used is None else tuple(target.name for target in used.keeps_identifiers),
            server=ending.server,
            destination=plan.destination,
            counts=counts,
            complete=complete,
            waiting=ending.waiting,
            items=self._items(ending.state),
            patients=self.patients(),
            tasks=self.tasks,
            problem=ending.problem,
            versions=Versions(
                VERSION,
                ending.receiver,
                ending.protocol,
                0 if used is None else used.version,
            ),
            manifest_sha256=manifest,
            manifest_instances=covered,
            manifest_digest=self.digest,
            started=self._started.isoformat(timespec="seconds"),
            ended=datetime.now(UTC).isoformat(timespec="seconds"),
            key_list=ending.key_list,
            resumed=ending.resumed,
            bytes_sent=self._moved,
            pictures=pictures(plan, self.index, self.ledger),
        )
