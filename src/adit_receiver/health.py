"""Whether the receiver is well: database, spool, worker, destinations; each check says what is wrong and what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from .conf import receiver_settings
from .errors import SpoolError
from .models import DestinationCheck, Forward, ForwardState, WorkerBeat
from .policy import current_policy, forwarding_hours, urgent_only
from .spool import Spool

ALIVE = timedelta(seconds=90)  # since a worker last looked; it looks every few seconds, and says so every ten
_LONG_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Check:
    """What was found.

    Attributes:
        name: stable, for programs.
        text: for people.
        vital: whether uploads fail while it is not well; else they wait.
    """

    name: str
    well: bool
    text: str
    vital: bool = True


def check_all(now: datetime) -> list[Check]:
    """All checks; never raises for what they look for."""
    try:
        return [
            Check("database", True, _("The database answers.")),
            _spool(),
            _worker(now),
            *_destinations(now),
            *_answers(),
        ]
    except DatabaseError as error:
        # only its kind: a database's text holds values
        return [Check("database", False, _("The database fails: %(kind)s.") % {"kind": type(error).__name__})]


def _spool() -> Check:
    floor = current_policy().free_space_floor
    try:
        free = Spool(receiver_settings().spool).free()
    except (SpoolError, OSError):
        return Check("spool", False, _("The spool folder can't be read. Is its disk there?"))
    sizes = {"free": f"{free / 1024**3:.1f}", "floor": f"{floor / 1024**3:.1f}"}
    if free < floor:
        return Check(
            "spool", False, _("Only %(free)s GiB are free, %(floor)s GiB are kept free: nothing is taken.") % sizes
        )
    return Check("spool", True, _("%(free)s GiB are free, of which %(floor)s GiB are kept free.") % sizes)


def worker_is_alive(now: datetime) -> bool:
    """Whether a worker has looked for work lately."""
    return _workers(now) > 0


def _workers(now: datetime) -> int:
    return WorkerBeat.objects.filter(seen__gt=now - ALIVE, seen__lt=now + ALIVE).count()


def _worker(now: datetime) -> Check:
    alive = _workers(now)
    if not alive:
        return Check("worker", False, _("No worker has looked for work lately: nothing is delivered."), vital=False)
    return Check("worker", True, _("Workers that look for work: %(number)d.") % {"number": alive}, vital=False)


def _destinations(now: datetime) -> list[Check]:
    """Those to which something waits, or was delivered: whether instances wait for long, and why."""
    waiting = Q(state__in=(ForwardState.WAITING, ForwardState.LEASED, ForwardState.SENT))
    rows = (
        Forward.objects.filter(waiting)
        .order_by()
        .values("instance__job__destination_name")
        .annotate(n=Count("pk"), since=Min("instance__received"), tried=Count("pk", filter=~Q(message="")))
    )
    policy = current_policy()
    if policy.suspended:
        return [Check("suspended", True, _("Forwarding is suspended by the administrator."), vital=False)]
    if urgent_only(policy, now):
        hours = {"hours": str(forwarding_hours(policy))}
        text = _("Only urgent jobs are forwarded now; others from %(hours)s.") % hours
        return [Check("hours", True, text, vital=False)]
    return [
        Check(
            f"destination {row['instance__job__destination_name']}",
            not (row["tried"] and now - row["since"] > _LONG_WAIT),
            _("%(number)d instances wait, the first since %(since)s UTC.")
            % {"number": row["n"], "since": f"{row['since']:%Y-%m-%d %H:%M}"},
            vital=False,
        )
        for row in sorted(rows, key=lambda row: str(row["instance__job__destination_name"]))
    ]


def _answers() -> list[Check]:
    """Whether each destination answered when a worker looked last."""
    rows = DestinationCheck.objects.filter(checked__isnull=False).order_by("name")
    return [Check(f"destination {row.name} answers", row.well, row.text, vital=False) for row in rows]
