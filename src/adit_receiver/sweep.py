"""Cleaning up after crashes: files that no row speaks of, and beginnings that nobody came back for.

Safe at any time and in any number of processes: whoever writes a file holds its lock until its row is committed, so a
file that is free and has no row is nobody's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from .audit.record import write_counted
from .logins import forget_old
from .models import PartialInstance, StoredInstance, WorkerBeat
from .spool import Spool
from .transactions import again, wait_for_writers

_FORGOTTEN = timedelta(days=1)  # of a worker that has ended without a word


@dataclass(frozen=True, slots=True)
class Swept:
    """How many were deleted. partials: beginnings of instances that had expired."""

    orphans: int
    partials: int


@again
def tidy(now: datetime) -> None:
    """Writes what the audit log has counted long enough, and forgets failed logins. Raises django.db.DatabaseError."""
    write_counted(now)
    forget_old(now)
    WorkerBeat.objects.filter(seen__lt=now - _FORGOTTEN).delete()


def sweep(spool: Spool, partial_days: float) -> Swept:
    """Deletes orphans and expired partial files.

    Raises:
        SpoolError: the disk's.
        django.db.DatabaseError: the database's; or somebody writes for so long that nobody knows what is an orphan.
    """
    tidy(timezone.now())
    partials = 0
    limit = timezone.now() - timedelta(days=partial_days)
    for row in PartialInstance.objects.filter(updated__lt=limit):
        if spool.delete_incoming(row.spool_name):
            row.delete()
            partials += 1
    orphans = 0
    incoming, stored = list(spool.abandoned(spool.incoming)), list(spool.abandoned(spool.stored))
    wait_for_writers()
    for path in incoming:
        if not PartialInstance.objects.filter(spool_name=path.name).exists():
            orphans += spool.remove(path)
    for path in stored:
        # asked after the lock was found free: had its writer just committed, the row is there now
        if not StoredInstance.objects.filter(spool_name=path.name).exists():
            orphans += spool.remove(path)
    return Swept(orphans, partials)
