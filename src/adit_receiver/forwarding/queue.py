"""The work queue: forward rows under a lease. All of it works the same on SQLite and PostgreSQL.

    waiting --lease--> leased --record--> delivered | sent | failed | waiting (later)
                       leased --give_back / postpone / the lease ran out--> waiting, or canceled with its job

What is sent and not confirmed is asked for (``sent``). A row belongs to the lease whose token it carries; whoever lost
it changes nothing any more. A token is ``WORKER/RANDOM``, so that the leases of a killed worker can be found.
"""

import logging
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from adit_receiver.bookkeeping import settle_moved, settle_task, tasks_with_jobs
from adit_receiver.errors import SpoolError
from adit_receiver.models import Forward, ForwardState, JobState, StoredInstance, TaskState, UploadJob, UploadTask
from adit_receiver.spool import Spool
from adit_receiver.transactions import again

from .leased import Leased, parcels_of
from .pacing import JITTER, SETTING, delay
from .parcels import Delivery, Outcome, Parcel
from .task_texts import log_lines, write_message

logger = logging.getLogger(__name__)

GIVEN_UP = Q(instance__job__state__in=(JobState.CANCELING, JobState.CANCELED))
CANCELED = "Canceled by its owner."
_PATIENT = (ForwardState.WAITING, ForwardState.SENT)  # states in which a row waits for a time
FIRST_DELAY = 5.0  # seconds after an instance was not taken for the first time
LONGEST_DELAY = 600.0
SMALLEST_SHARE = 16  # instances: for fewer a lease of their own costs more than it gains
_LONGEST = timedelta(seconds=LONGEST_DELAY * (1 + JITTER))


@dataclass(frozen=True, slots=True)
class Lease:
    """Instances that one lane of one worker carries to one destination.

    Attributes:
        jobs: that they belong to.
        confirm_after: seconds after which the destination is asked whether it has them; None if it is not asked.
        more: whether more was due than it holds.
    """

    token: str
    destination_key: str
    parcels: tuple[Parcel, ...]
    jobs: frozenset[UUID]
    confirm_after: float | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Work for one destination. count: due instances."""

    destination_key: str
    destination_name: str
    count: int


def due_destinations(now: datetime, *, urgent_only: bool = False) -> list[Due]:
    """Where something is to be sent now, the urgent first, then who has waited longest."""
    rows = (
        Forward.objects.filter(_allowed(urgent_only), state=ForwardState.WAITING, next_try__lte=now)
        .order_by()
        .values("instance__job__destination_key")
        .annotate(
            n=Count("pk"),
            urgent=Count("pk", filter=Q(instance__job__urgent=True)),
            name=Min("instance__job__destination_name"),
            first=Min("next_try"),
        )
    )
    ordered = sorted(rows, key=lambda row: (row["urgent"] == 0, row["first"]))
    return [Due(row["instance__job__destination_key"], row["name"], row["n"]) for row in ordered]


def _allowed(urgent_only: bool) -> Q:
    """Of jobs that an administrator has let through, where they ask to be asked; and perhaps of urgent ones alone."""
    allowed = ~Q(instance__job__state=JobState.UNVERIFIED)
    return allowed & Q(instance__job__urgent=True) if urgent_only else allowed


def next_due(now: datetime) -> datetime | None:
    """When the next row becomes due that is not due yet."""
    rows = Forward.objects.filter(state__in=_PATIENT, next_try__gt=now)
    first: datetime | None = rows.aggregate(first=Min("next_try"))["first"]
    return first


def lease(
    destination_key: str,
    worker: str,
    *,
    limit: int,
    seconds: float,
    now: datetime,
    spool: Spool,
    confirm_after: float | None = None,
    urgent_only: bool = False,
    among: int = 1,
    own_digests: bool = True,
) -> Lease | None:
    """Takes due rows of a destination; None if there are none. No two leases ever hold the same row.

    Args:
        confirm_after: as in ``Lease``.
        urgent_only: those of urgent jobs alone.
        among: how many share what is due: the others get their part, where it is worth a lease.
        own_digests: whether parcels tell what their owner has delivered there before.
    """
    token = f"{worker}/{secrets.token_hex(8)}"
    until = now + timedelta(seconds=seconds)
    allowed = _allowed(urgent_only)
    picked, more = _take(token, destination_key, limit=limit, among=among, until=until, now=now, allowed=allowed)
    if not picked:
        return None
    jobs = frozenset(picked.values())
    rows = _begin(Forward.objects.filter(pk__in=picked, lease_owner=token, state=ForwardState.LEASED), jobs)
    parcels = parcels_of(rows, spool, own_digests=own_digests)
    return Lease(token, destination_key, parcels, jobs, confirm_after, more)


@again
def _take(
    token: str, destination_key: str, *, limit: int, among: int, until: datetime, now: datetime, allowed: Q
) -> tuple[dict[int, UUID], bool]:
    """Puts due rows under the lease; their jobs by key, and whether more are due. Locks no jobs: whoever holds one may
    wait for these rows.
    """
    due = (
        Forward.objects.filter(
            allowed, state=ForwardState.WAITING, next_try__lte=now, instance__job__destination_key=destination_key
        )
        .order_by("-instance__job__urgent", "next_try", "pk")
        .select_for_update(skip_locked=True, of=("self",))  # of PostgreSQL: another worker is just taking those
    )
    found = list(due.values_list("pk", "instance__job_id")[: limit * among])
    picked = dict(found[: min(limit, max(SMALLEST_SHARE, -(-len(found) // among)))])
    # looks at the state again: of two workers that picked the same row one takes it
    taken = Forward.objects.filter(pk__in=picked, state=ForwardState.WAITING).update(
        state=ForwardState.LEASED, lease_owner=token, lease_until=until
    )
    return (picked, len(found) > len(picked)) if taken else ({}, False)


@again
def _begin(mine: "QuerySet[Forward]", jobs: Collection[UUID]) -> list[Leased]:
    """Brings the tasks of leased rows up to what begins now; the rows.

    A task has as many attempts as the one of its instances that was tried most: leases are many in the first already.
    """
    lock_jobs(jobs)
    rows = Leased.of(mine)
    for task_id, of_task in groupby(rows, attrgetter("task_id")):
        task, *others = of_task
        attempt = 1 + max(row.tries for row in (task, *others))
        if attempt > task.task_attempts:
            UploadTask.objects.filter(pk=task_id, attempts__lt=attempt).update(attempts=attempt)
        if task.task_state != TaskState.IN_PROGRESS:
            settle_task(task_id)
    return rows


def at_once(work: Callable[[], None]) -> None:
    """Does it."""
    work()


def record(
    held: Lease,
    deliveries: Sequence[Delivery],
    *,
    attempts: int,
    now: datetime,
    random: Random,
    spool: Spool,
    then: Callable[[Callable[[], None]], None] = at_once,
) -> None:
    """Writes outcomes down, in one transaction; then deletes the spooled files of what was delivered, if nobody asks
    the destination whether it has them.

    Args:
        attempts: after so many tries "not now" counts as a failure.
        then: is given the deleting, which may be done later and by another thread.
    """
    if not deliveries:
        return
    gone = _write_down(held, {delivery.parcel.key: delivery for delivery in deliveries}, attempts, now, random)
    # what is not deleted now, because we are killed, is an orphan for the sweep
    then(partial(delete_files, spool, gone))


@again
def _write_down(
    held: Lease, by_key: Mapping[int, Delivery], attempts: int, now: datetime, random: Random
) -> dict[int, str]:
    """The transaction of ``record``; names of the files that nobody needs any more, by the keys of their instances."""
    lock_jobs(held.jobs)
    rows = (
        Forward.objects.filter(pk__in=by_key, lease_owner=held.token)
        .order_by("pk")
        .values_list("pk", "attempts", "warning", "instance_id", "instance__task_id", "instance__spool_name")
    )
    told = [
        _Told(by_key[key], tries, warning, instance_id, task_id, spool_name)
        for key, tries, warning, instance_id, task_id, spool_name in rows
    ]
    plain = [each.delivery.parcel.key for each in told if each.plain]
    Forward.objects.filter(pk__in=plain).update(
        **_taken(held.confirm_after, now),
        attempts=F("attempts") + 1,
        tries=F("tries") + 1,
        message="",
        lease_owner="",
        lease_until=None,
    )
    for each in told:
        if not each.plain:
            _record_one(each.delivery, each.attempts + 1, attempts, now, random, confirm_after=held.confirm_after)
    gone: dict[int, str] = {}
    if held.confirm_after is None:
        gone = {each.instance_id: each.spool_name for each in told if each.delivered and each.spool_name}
    StoredInstance.objects.filter(pk__in=gone).update(spool_name="")
    _tell_tasks(told, now)
    return gone


def _taken(confirm_after: float | None, now: datetime) -> dict[str, Any]:
    """What becomes of a row whose instance the destination has taken."""
    if confirm_after is None:
        return {"state": ForwardState.DELIVERED, "ended": now}
    return {"state": ForwardState.SENT, "next_try": now + timedelta(seconds=confirm_after), "asked": 0}


@dataclass(frozen=True, slots=True)
class _Told:
    """An outcome, and what the rows of its instance said before."""

    delivery: Delivery
    attempts: int
    warning: str
    instance_id: int
    task_id: int
    spool_name: str

    @property
    def delivered(self) -> bool:
        return self.delivery.outcome is Outcome.DELIVERED

    @property
    def plain(self) -> bool:
        """Delivered, and nothing to say about it."""
        return self.delivered and not self.delivery.message


def _tell_tasks(told: Sequence[_Told], now: datetime) -> None:
    """States, messages and logs of the tasks whose rows have changed. What counts all rows of a task is left out where
    it would find nothing new: groups of a large study would otherwise count it again and again.
    """
    for task in tasks_with_jobs({each.task_id for each in told}):
        of_task = [each for each in told if each.task_id == task.pk]
        log_lines(task.pk, [each.delivery for each in of_task], now)
        if any(each.delivered or each.delivery.outcome is Outcome.FAILED for each in of_task):
            settle_moved(task)
        else:
            settle_task(task.pk)
        if task.message or any(each.warning or not each.plain for each in of_task):
            write_message(task.pk)


def delete_files(spool: Spool, names: Mapping[int, str]) -> None:
    """Deletes spooled files by the keys of their instances, whose rows name no file any more."""
    for key, name in names.items():
        try:
            spool.delete(name)
        except SpoolError as error:
            logger.warning("A delivered instance stays in the spool for now: %s", error.message)
            StoredInstance.objects.filter(pk=key).update(spool_name=name)


def delete_delivered(spool: Spool) -> None:
    """Deletes the spooled files of delivered instances that a failing disk has left."""
    delete_files(spool, _forget_delivered())


@again
def _forget_delivered() -> dict[int, str]:
    """Names of files of delivered instances by their keys; no row names them any more."""
    left = dict(
        StoredInstance.objects.filter(forward__state=ForwardState.DELIVERED)
        .exclude(spool_name="")
        .values_list("pk", "spool_name")
    )
    StoredInstance.objects.filter(pk__in=left).update(spool_name="")
    return left


def postpone(destination_key: str, message: str, until: datetime, now: datetime, held: Lease | None = None) -> None:
    """Lets the rows of a lease, which were tried, and all that is due for the same destination wait until then."""
    rows = Forward.objects.filter(
        Q(lease_owner=held.token) if held else Q(state=ForwardState.WAITING, next_try__lte=now),
        instance__job__destination_key=destination_key,
    )
    tried = {"tries": F("tries") + 1} if held else {}
    _let_wait(rows, message=message, next_try=until, **tried)
    if held is not None:
        postpone(destination_key, message, until, now)


@again
def fail_all(destination_key: str, message: str) -> None:
    """Nothing will ever be delivered there."""
    rows = Forward.objects.filter(state=ForwardState.WAITING, instance__job__destination_key=destination_key)
    facts = _lock_jobs_of(rows)
    # looks at the state again: another worker may have just taken some
    Forward.objects.filter(pk__in=facts, state=ForwardState.WAITING).update(
        state=ForwardState.FAILED, message=message, ended=timezone.now()
    )
    _settle(facts.values())


def give_back(held: Lease) -> None:
    """Returns what of a lease has no outcome, unchanged."""
    _let_wait(Forward.objects.filter(lease_owner=held.token))


def give_back_of(worker: str) -> None:
    """Returns everything that a dead worker held."""
    _let_wait(Forward.objects.filter(lease_owner__startswith=f"{worker}/"))


def give_back_expired(now: datetime, seconds: float) -> None:
    """Returns everything whose lease ran out, or lasts longer than any is given: the clock was set back since.

    Args:
        seconds: for which leases are given.
    """
    out = Q(lease_until__lt=now) | Q(lease_until__gt=now + timedelta(seconds=2 * seconds))
    _let_wait(Forward.objects.filter(out, state=ForwardState.LEASED))


def speaks_of_the_future(now: datetime) -> bool:
    """Whether rows are from a later time than now: the clock was set back since."""
    stored = StoredInstance.objects.filter(received__gt=now + timedelta(seconds=SETTING))
    waiting = Forward.objects.filter(state=ForwardState.WAITING, next_try__gt=now + _LONGEST)
    return stored.exists() or waiting.exists()


@again
def wait_no_more(now: datetime) -> None:
    """Makes everything due that waits: what it waits for was said by another clock."""
    Forward.objects.filter(state__in=_PATIENT, next_try__gt=now).update(next_try=now)


@again
def wait_no_longer_than_ever(now: datetime) -> None:
    """Makes due what waits longer than any pause: it was being stored while the clock was set back."""
    Forward.objects.filter(state=ForwardState.WAITING, next_try__gt=now + _LONGEST).update(next_try=now)


def given_up(held: Lease) -> frozenset[int]:
    """Keys of those parcels of a lease whose jobs were canceled meanwhile."""
    return frozenset(Forward.objects.filter(GIVEN_UP, lease_owner=held.token).values_list("pk", flat=True))


def hold(tokens: Collection[str], seconds: float, now: datetime) -> None:
    """Prolongs leases whose lanes are alive."""
    if tokens:
        _prolong(tokens, now + timedelta(seconds=seconds))


@again
def _prolong(tokens: Collection[str], until: datetime) -> None:
    held = Forward.objects.filter(lease_owner__in=tokens, state__in=(ForwardState.LEASED, ForwardState.SENT))
    # those that are just being written down need it no longer, and their writer locks them in another order
    held = held.select_for_update(skip_locked=True)
    Forward.objects.filter(pk__in=list(held.values_list("pk", flat=True))).update(lease_until=until)


def _record_one(
    delivery: Delivery, tries: int, attempts: int, now: datetime, random: Random, *, confirm_after: float | None
) -> None:
    row = Forward.objects.get(pk=delivery.parcel.key)
    row.attempts, row.tries = tries, row.tries + 1
    row.lease_owner, row.lease_until = "", None
    row.message = ""
    if delivery.outcome is Outcome.DELIVERED:
        for name, value in _taken(confirm_after, now).items():
            setattr(row, name, value)
        if delivery.message not in row.warning:  # said before, when it was not confirmed
            row.warning = " ".join(text for text in (row.warning, delivery.message) if text)
    elif delivery.outcome is Outcome.FAILED:
        row.state, row.ended = ForwardState.FAILED, now
        row.message = delivery.message
    elif UploadJob.objects.filter(stored__forward=row, state__in=(JobState.CANCELING, JobState.CANCELED)).exists():
        row.state, row.ended = ForwardState.CANCELED, now
        row.message = CANCELED
    elif delivery.outcome is Outcome.RETRY and tries >= attempts:
        row.state, row.ended = ForwardState.FAILED, now
        row.message = delivery.message
    else:
        row.state = ForwardState.WAITING
        row.message = delivery.message
        row.next_try = now + delay(tries, first=FIRST_DELAY, longest=LONGEST_DELAY, random=random)
    row.save()


def _let_wait(rows: "QuerySet[Forward]", **changes: object) -> None:
    """Rows back to waiting; those of canceled jobs are canceled."""
    if rows.exists():
        _put_back(rows, changes)


@again
def _put_back(rows: "QuerySet[Forward]", changes: Mapping[str, object]) -> None:
    facts = _lock_jobs_of(rows)
    mine = Forward.objects.filter(
        pk__in=facts, state__in=(ForwardState.LEASED, ForwardState.WAITING), lease_owner__in=_tokens(facts)
    )
    free = {"lease_owner": "", "lease_until": None}
    canceled = list(mine.filter(GIVEN_UP).values_list("pk", flat=True))
    mine.exclude(pk__in=canceled).update(state=ForwardState.WAITING, **free, **changes)
    mine.filter(pk__in=canceled).update(state=ForwardState.CANCELED, message=CANCELED, ended=timezone.now(), **free)
    _settle(facts.values())


def _lock_jobs_of(rows: "QuerySet[Forward]") -> dict[int, Forward]:
    """The rows by key, once their jobs are locked: nobody cancels a job or settles a task at the same time."""
    lock_jobs(set(rows.order_by().values_list("instance__job_id", flat=True)))
    return {row.pk: row for row in rows.select_related("instance")}


def lock_jobs(jobs: Collection[UUID]) -> None:
    """Locks jobs, always in the same order: two that lock in another one would wait for each other.

    SQLite has one writer at a time, and nothing to lock.
    """
    if connection.features.has_select_for_update:
        list(UploadJob.objects.select_for_update().filter(pk__in=jobs).order_by("pk").values_list("pk"))


def _settle(rows: Iterable[Forward]) -> None:
    for task_id in sorted({row.instance.task_id for row in rows}):
        settle_task(task_id)
        write_message(task_id)


def _tokens(facts: dict[int, Forward]) -> set[str]:
    return {row.lease_owner for row in facts.values()}
