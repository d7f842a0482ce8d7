"""Cleaning up after crashes: files that no row speaks of, and beginnings that nobody came back for.

Safe at any time and in any number of processes: whoever writes a file holds its lock until its row is committed, so a
file that is free and has no row is nobody's.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from .models import PartialInstance, StoredInstance
from .spool import Spool
from .transactions import wait_for_writers


@dataclass(frozen=True, slots=True)
class Swept:
    """How many were deleted. partials: beginnings of instances that had expired."""

    orphans: int
    partials: int


def sweep(spool: Spool, partial_days: float) -> Swept:
    """Deletes orphans and expired partial files.

    Raises:
        SpoolError: the disk's.
    """
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
