"""Writes down what happened: an entry, and a log line when it is committed.

What one client can do a thousand times a second is counted and not written each time: ``record_often`` writes the first
and, when a minute is over, how many followed; ``count_refusals`` writes one entry a job and code.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from adit_receiver.transactions import again

from .models import AuditEntry, AuditTally, Event

_logger = logging.getLogger("adit_receiver.audit")
OFTEN = timedelta(minutes=1)
REFUSALS = timedelta(minutes=10)  # of a job that is not finished


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened.

    Attributes:
        who: user name; '' where nobody has signed in, or the receiver did it itself.
        address: from where; '' for the receiver itself.
        code: why, or what was done; a stable code.
        subject: of what: a destination's name, a setting.
        counts: how many of what.
    """

    event: Event
    who: str = ""
    address: str = ""
    job: UUID | None = None
    code: str = ""
    subject: str = ""
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)


def record(fact: Fact) -> None:
    """Writes an entry. Raises: django.db.DatabaseError."""
    _write(fact, at=timezone.now(), number=1, until=None)


@again
def record_often(fact: Fact, number: int = 1) -> None:
    """Writes an entry now, unless the same was written within the last minute: then one with a number follows.

    Raises: django.db.DatabaseError.
    """
    now = timezone.now()
    row, fresh = _tally(fact, now, OFTEN)
    if fresh:
        _write(fact, at=now, number=number, until=None)
    else:
        row.number += number
    row.last = now
    row.save(update_fields=["number", "last"])


@again
def count_refusals(fact: Fact, number: int) -> None:
    """Adds refusals of one kind up, until the job ends or some minutes are over.

    Raises: django.db.DatabaseError.
    """
    now = timezone.now()
    row, _ = _tally(fact, now, REFUSALS)
    row.number += number
    row.last = now
    row.save(update_fields=["number", "last"])


def write_counted(now: datetime, job: UUID | None = None) -> None:
    """Writes what has been counted long enough, and all of a job that has ended. Raises: django.db.DatabaseError."""
    # a tally that lasts longer than any was begun before the clock was set back
    due = Q(due__lte=now) | Q(due__gt=now + 2 * REFUSALS)
    if job is not None:
        due |= Q(job=job)
    if AuditTally.objects.filter(due).exists():
        _end_all(due)


@again
def _end_all(due: Q) -> None:
    for row in AuditTally.objects.select_for_update().filter(due).order_by("first", "pk"):
        _end(row)


def _tally(fact: Fact, now: datetime, length: timedelta) -> tuple[AuditTally, bool]:
    """The row that counts it, locked; whether it was begun just now."""
    facts = _plain(fact)
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    values = {"facts": facts, "job": fact.job, "first": now, "last": now, "due": now + length}
    row, made = AuditTally.objects.select_for_update().get_or_create(key=key, defaults=values)
    if made or now <= row.due <= now + 2 * length:
        return row, made
    _end(row)
    return AuditTally.objects.create(key=key, **values), True


def _end(row: AuditTally) -> None:
    if row.number:
        facts = row.facts | {"event": Event(row.facts["event"]), "job": row.job}
        _write(Fact(**facts), at=row.first, number=row.number, until=row.last)
    row.delete()


def _write(fact: Fact, *, at: datetime, number: int, until: datetime | None) -> None:
    values = asdict(fact) | {"who": fact.who[:254], "address": fact.address[:64], "subject": fact.subject[:254]}
    entry = AuditEntry.objects.create(**values, at=at, number=number, until=until)
    transaction.on_commit(partial(_log, entry))


def _log(entry: AuditEntry) -> None:
    said: dict[str, Any] = {
        "at": entry.at.isoformat(timespec="milliseconds"),
        "event": str(entry.event),
        "who": entry.who,
        "address": entry.address,
        "job": entry.job.hex if entry.job else "",
        "code": entry.code,
        "subject": entry.subject,
        "counts": dict(entry.counts),
        "number": entry.number if entry.number > 1 else 0,
        "until": entry.until.isoformat(timespec="milliseconds") if entry.until else "",
    }
    # JSON, so that a line stays a line whatever a name holds
    _logger.info("%s", json.dumps({name: value for name, value in said.items() if value}))


def _plain(fact: Fact) -> dict[str, Any]:
    return asdict(fact) | {"event": str(fact.event), "job": fact.job.hex if fact.job else None}
