"""What was sent and is not confirmed: asked for under a lease, until the destination has confirmed it or never does.

    sent --confirmed--> delivered, and the spooled file goes
         --missing--> asked again; after some times sent again (waiting); after some times unconfirmed
         --can't be asked--> asked again; after some times unconfirmed
         --promised--> sent, until the report comes or the promise is too old; then asked again

An unconfirmed instance has come to its end, as a warning; its file stays, so that it can be sent again.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from random import Random
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from adit_receiver.bookkeeping import settle_task
from adit_receiver.conf import ReceiverSettings
from adit_receiver.models import Forward, ForwardState, JobState, StoredInstance
from adit_receiver.spool import Spool
from adit_receiver.transactions import again

from .pacing import delay
from .queue import Due, delete_files, lock_jobs
from .reports import Report
from .task_texts import write_log, write_message

MAX_AT_ONCE = 512
LONGEST_PAUSE = 60.0  # seconds between two questions for the same instance
_NOT_THERE = "The destination said that it took it, but does not have it."
_TO_BE_SENT_AGAIN = "It is sent again."
_KEPT = "Its file stays in the receiver's spool: retry the job, or ask whoever runs the destination."


class Verdict(Enum):
    """What the destination says of an instance."""

    THERE = auto()
    MISSING = auto()
    CANNOT = auto()  # it does not answer that question
    PROMISED = auto()  # it will report


@dataclass(frozen=True, slots=True)
class SentInstance:
    """An instance that is asked for. key: of its forward row."""

    key: int
    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of an instance. text: why, for people."""

    key: int
    verdict: Verdict
    text: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """Instances of one destination that one lane asks for. jobs: that they belong to."""

    token: str
    destination_key: str
    instances: tuple[SentInstance, ...]
    jobs: frozenset[UUID]


def due(now: datetime) -> list[Due]:
    """Where something is to be asked for now."""
    rows = (
        Forward.objects.filter(state=ForwardState.SENT, next_try__lte=now, lease_owner="")
        .order_by()
        .values("instance__job__destination_key")
        .annotate(n=Count("pk"), name=Min("instance__job__destination_name"))
    )
    return [Due(row["instance__job__destination_key"], row["name"], row["n"]) for row in rows]


def take(destination_key: str, worker: str, *, seconds: float, now: datetime) -> Asking | None:
    """Takes what is to be asked for at a destination; None if there is nothing."""
    token = f"{worker}/{secrets.token_hex(8)}"
    keys = _take(token, destination_key, now + timedelta(seconds=seconds), now)
    rows = Forward.objects.filter(pk__in=keys, lease_owner=token).select_related("instance__task").order_by("pk")
    instances = tuple(
        SentInstance(
            row.pk,
            row.instance.sop_class_uid,
            row.instance.sop_instance_uid,
            row.instance.series_instance_uid,
            row.instance.task.study_instance_uid,
        )
        for row in rows
    )
    jobs = frozenset(row.instance.job_id for row in rows)
    return Asking(token, destination_key, instances, jobs) if instances else None


@again
def _take(token: str, destination_key: str, until: datetime, now: datetime) -> list[int]:
    rows = (
        Forward.objects.filter(
            state=ForwardState.SENT,
            next_try__lte=now,
            lease_owner="",
            instance__job__destination_key=destination_key,
        )
        .order_by("next_try", "pk")
        .select_for_update(skip_locked=True, of=("self",))
    )
    keys = list(rows.values_list("pk", flat=True)[:MAX_AT_ONCE])
    # looks again: of two workers that picked the same row one takes it
    Forward.objects.filter(pk__in=keys, state=ForwardState.SENT, lease_owner="").update(
        lease_owner=token, lease_until=until
    )
    return keys


def expected(destination_key: str, study_instance_uid: str) -> int:
    """How many instances of a study the destination should have of us."""
    rows = StoredInstance.objects.filter(
        job__destination_key=destination_key,
        task__study_instance_uid=study_instance_uid,
        forward__state__in=(ForwardState.SENT, ForwardState.DELIVERED),
    )
    return rows.aggregate(n=Count("sop_instance_uid", distinct=True))["n"] or 0


@again
def promise(held: Asking, transaction: str) -> None:
    """Notes under which transaction the destination will report, before it is asked: it may be quick."""
    Forward.objects.filter(pk__in=_keys(held), lease_owner=held.token).update(commitment=transaction)


def record(held: Asking, findings: Sequence[Finding], settings: ReceiverSettings) -> None:
    """Writes down what was found, in one transaction; then the files of what is confirmed go."""
    rows = Forward.objects.filter(pk__in=[finding.key for finding in findings], lease_owner=held.token)
    gone = _record(rows, {finding.key: finding for finding in findings}, held.jobs, settings)
    # what is not deleted now, because we are killed, is an orphan for the sweep
    delete_files(Spool(settings.spool), gone)


def take_report(report: Report, settings: ReceiverSettings) -> bool:
    """Writes down what a server reports; whether the transaction is one that is waited for.

    What the report leaves out is asked for again.
    """
    rows = Forward.objects.filter(commitment=report.transaction, state=ForwardState.SENT)
    told = dict(rows.values_list("pk", "instance__sop_instance_uid"))
    jobs = frozenset(rows.values_list("instance__job_id", flat=True))
    findings = {}
    for key, uid in told.items():
        if uid in report.there:
            findings[key] = Finding(key, Verdict.THERE)
        elif uid in report.missing:
            findings[key] = Finding(
                key, Verdict.MISSING, f"The destination does not vouch for it: {report.missing[uid]}."
            )
    gone = _record(Forward.objects.filter(pk__in=findings, commitment=report.transaction), findings, jobs, settings)
    delete_files(Spool(settings.spool), gone)
    return bool(told)


@again
def _record(
    rows: "QuerySet[Forward]", findings: Mapping[int, Finding], jobs: Collection[UUID], settings: ReceiverSettings
) -> dict[int, str]:
    """The transaction; names of the files that nobody needs any more, by the keys of their instances."""
    now, random = timezone.now(), Random()  # noqa: S311 - spreads tries
    lock_jobs(jobs)
    mine = list(rows.filter(state=ForwardState.SENT).select_related("instance__job").order_by("pk"))
    there = [row for row in mine if findings[row.pk].verdict is Verdict.THERE]
    Forward.objects.filter(pk__in=[row.pk for row in there]).update(
        state=ForwardState.DELIVERED, ended=now, message="", commitment="", lease_owner="", lease_until=None
    )
    gone = {row.instance_id: row.instance.spool_name for row in there if row.instance.spool_name}
    StoredInstance.objects.filter(pk__in=gone).update(spool_name="")
    lines: dict[int, list[tuple[str, str]]] = {}
    for row in mine:
        finding = findings[row.pk]
        if finding.verdict is not Verdict.THERE and (said := _move(row, finding, settings, now, random)):
            lines.setdefault(row.instance.task_id, []).append((row.instance.sop_instance_uid, said))
    for task_id in sorted({row.instance.task_id for row in mine}):
        write_log(task_id, lines.get(task_id, ()), now)
        settle_task(task_id)
        write_message(task_id)
    return gone


def _move(row: Forward, finding: Finding, settings: ReceiverSettings, now: datetime, random: Random) -> str:
    """Brings a row on that is not confirmed; what is to be said of it in the log."""
    row.lease_owner, row.lease_until = "", None
    row.asked += 1
    said = ""
    reported = bool(row.commitment) and finding.verdict is Verdict.MISSING
    if finding.verdict is Verdict.PROMISED:
        row.next_try = now + timedelta(seconds=settings.commitment_seconds)
        if row.asked > settings.confirm_questions:
            said = _end(row, "The destination has not reported whether it has it.", now)
    elif row.asked < settings.confirm_questions and not reported:
        row.message = finding.text or _NOT_THERE
        row.next_try = now + delay(row.asked, first=settings.confirm_seconds, longest=LONGEST_PAUSE, random=random)
    elif finding.verdict is Verdict.MISSING and row.attempts < settings.confirm_attempts and not _canceled(row):
        said = f"{finding.text or _NOT_THERE} {_TO_BE_SENT_AGAIN}"
        row.state, row.message, row.asked = ForwardState.WAITING, said, 0
        row.next_try = now + delay(row.attempts, first=settings.confirm_seconds, longest=LONGEST_PAUSE, random=random)
    else:
        said = _end(row, finding.text or _NOT_THERE, now)
    if finding.verdict is not Verdict.PROMISED:
        row.commitment = ""
    row.save()
    return said


def _end(row: Forward, text: str, now: datetime) -> str:
    row.state, row.ended, row.commitment = ForwardState.UNCONFIRMED, now, ""
    row.message = f"It was sent, but its arrival is not confirmed. {text} {_KEPT}"
    return row.message


def _canceled(row: Forward) -> bool:
    return row.instance.job.state in {JobState.CANCELING, JobState.CANCELED}


def postpone(destination_key: str, until: datetime, now: datetime, held: Asking | None = None) -> None:
    """Nothing is asked for at a destination until then: it does not answer at all, which counts for nothing."""
    rows = Forward.objects.filter(
        Q(next_try__lte=now, lease_owner=""), state=ForwardState.SENT, instance__job__destination_key=destination_key
    )
    _let_wait(list(rows.values_list("pk", flat=True)), until)
    if held is not None:
        _let_wait(_keys(held), until)


@again
def _let_wait(keys: Sequence[int], until: datetime) -> None:
    Forward.objects.filter(pk__in=keys, state=ForwardState.SENT).update(next_try=until)


@again
def give_up(destination_key: str, text: str) -> None:
    """Nothing can be asked for there any more."""
    rows = Forward.objects.filter(state=ForwardState.SENT, instance__job__destination_key=destination_key)
    lock_jobs(set(rows.values_list("instance__job_id", flat=True)))
    tasks = set()
    for row in rows.select_related("instance"):
        row.lease_owner, row.lease_until = "", None
        _end(row, text, timezone.now())
        row.save()
        tasks.add(row.instance.task_id)
    for task_id in sorted(tasks):
        settle_task(task_id)
        write_message(task_id)


def release(held: Asking) -> None:
    """Lets go of what was not written down."""
    _release(Q(lease_owner=held.token))


def release_of(worker: str) -> None:
    """Lets go of everything that a dead worker asked for."""
    _release(Q(lease_owner__startswith=f"{worker}/"))


def release_expired(now: datetime, seconds: float) -> None:
    """Lets go of everything whose lease ran out, or lasts longer than any is given: the clock was set back since."""
    _release(Q(lease_until__lt=now) | Q(lease_until__gt=now + timedelta(seconds=2 * seconds)))


def _release(which: Q) -> None:
    rows = Forward.objects.filter(which, state=ForwardState.SENT).exclude(lease_owner="")
    if rows.exists():
        _free(list(rows.values_list("pk", "lease_owner")))


@again
def _free(held: Sequence[tuple[int, str]]) -> None:
    Forward.objects.filter(
        pk__in=[key for key, _ in held], lease_owner__in={token for _, token in held}, state=ForwardState.SENT
    ).update(lease_owner="", lease_until=None)


def _keys(held: Asking) -> list[int]:
    return [instance.key for instance in held.instances]
