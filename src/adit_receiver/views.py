"""The pages: a user's jobs, and a job with its tasks. Staff see everybody's."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from .bookkeeping import task_counts
from .models import ForwardState, JobState, Mode, UploadJob
from .page import page, show

JOBS_A_PAGE = 50
TASKS_A_PAGE = 200


@require_safe
def start(_request: HttpRequest) -> HttpResponse:
    """The address without a path."""
    return redirect("adit_receiver:jobs")


@page
@require_safe
def jobs(request: HttpRequest) -> HttpResponseBase:
    """The job list, newest first; ``?state=`` picks a state, ``?page=`` a page."""
    asked = request.GET.get("state", "")
    state = asked if asked in JobState.values else ""
    rows = _visible(request)
    if state:
        rows = rows.filter(state=state)
    counted = rows.select_related("owner").annotate(
        n_stored=Count("stored"),
        n_delivered=Count("stored", filter=Q(stored__forward__state=ForwardState.DELIVERED)),
        n_failed=Count("stored", filter=Q(stored__forward__state=ForwardState.FAILED)),
    )
    return show(
        request,
        "adit_receiver/jobs.html",
        {
            "jobs": Paginator(counted.order_by("-created", "pk"), JOBS_A_PAGE).get_page(request.GET.get("page")),
            "state": state,
            "states": JobState.choices,
            "all_owners": _sees_all(request),
        },
    )


@page
@require_safe
def job(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """A job's facts and its tasks."""
    found = get_object_or_404(_visible(request).select_related("owner"), pk=job_id)
    counts = task_counts(found.pk)
    tasks = Paginator(found.tasks.order_by("pk"), TASKS_A_PAGE).get_page(request.GET.get("page"))
    nothing = (0, 0, 0)
    return show(
        request,
        "adit_receiver/job.html",
        {
            "job": found,
            "tasks": tasks,
            "rows": [(task, *counts.get(task.pk, nothing)) for task in tasks],
            "stored": sum(stored for stored, _, _ in counts.values()),
            "delivered": sum(delivered for _, delivered, _ in counts.values()),
            "failed": sum(failed for _, _, failed in counts.values()),
            "with_patient_ids": found.mode == Mode.NONE,
            "all_owners": _sees_all(request),
        },
    )


def _sees_all(request: HttpRequest) -> bool:
    return isinstance(request.user, AbstractUser) and request.user.is_staff


def _visible(request: HttpRequest) -> QuerySet[UploadJob]:
    rows = UploadJob.objects.all()
    return rows if _sees_all(request) else rows.filter(owner_id=request.user.pk)
