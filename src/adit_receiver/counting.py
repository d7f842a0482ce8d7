"""How many instances of jobs and tasks are stored, delivered and failed: one query for all rows of a page."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from .bookkeeping import NOT_DELIVERED
from .models import ForwardState, StoredInstance


@dataclass(frozen=True, slots=True)
class Instances:
    """Numbers of instances."""

    stored: int = 0
    delivered: int = 0
    failed: int = 0


NONE = Instances()
_DELIVERED = Count("forward", filter=Q(forward__state=ForwardState.DELIVERED))
_FAILED = Count("forward", filter=Q(forward__state__in=NOT_DELIVERED))


def of_jobs(jobs: Collection[UUID]) -> dict[UUID, Instances]:
    """By job; one without instances is missing."""
    return _by(StoredInstance.objects.filter(job__in=jobs), "job_id")


def of_tasks(tasks: Collection[int]) -> dict[int, Instances]:
    """By task; one without instances is missing."""
    return _by(StoredInstance.objects.filter(task__in=tasks), "task_id")


def _by(rows: "QuerySet[StoredInstance]", key: str) -> dict[Any, Instances]:
    counted = rows.order_by().values_list(key).annotate(n=Count("pk"), d=_DELIVERED, f=_FAILED)
    return {found: Instances(stored, delivered, failed) for found, stored, delivered, failed in counted}
