"""What each user takes and has taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, QuerySet, Sum

from .models import PartialInstance, StoredInstance, UploadJob

LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one user.

    Attributes:
        spooled: bytes in the spool, of which the quota speaks.
        jobs: that there are records of.
        instances, size: stored lately; size in bytes.
        last: when a job was opened last.
    """

    user: str
    spooled: int
    jobs: int
    instances: int
    size: int
    last: datetime | None


def usage_of_all(now: datetime) -> Sequence[Usage]:
    """Of everybody who has a job; who takes most comes first."""
    jobs = _by_owner(UploadJob.objects.all(), "owner_id", n=Count("pk"))
    stored = _by_owner(StoredInstance.objects.exclude(spool_name=""), "job__owner_id", n=Sum("length"))
    partial = _by_owner(PartialInstance.objects.all(), "job__owner_id", n=Sum("length"))
    lately = _by_owner(
        StoredInstance.objects.filter(received__gte=now - LATELY), "job__owner_id", n=Count("pk"), size=Sum("length")
    )
    last = dict(UploadJob.objects.order_by("owner_id", "created").values_list("owner_id", "created"))
    names = {user.pk: user.get_username() for user in get_user_model().objects.filter(pk__in=jobs)}
    nothing: dict[str, int] = {}
    rows = [
        Usage(
            user=names[key],
            spooled=stored.get(key, nothing).get("n", 0) + partial.get(key, nothing).get("n", 0),
            jobs=jobs[key]["n"],
            instances=lately.get(key, nothing).get("n", 0),
            size=lately.get(key, nothing).get("size", 0),
            last=last.get(key),
        )
        for key in names
    ]
    return sorted(rows, key=lambda row: (-row.spooled, -row.size, row.user))


def _by_owner(rows: "QuerySet[Any]", owner: str, **sums: Count | Sum) -> dict[int, dict[str, int]]:
    return {row[owner]: row for row in rows.order_by().values(owner).annotate(**sums)}
