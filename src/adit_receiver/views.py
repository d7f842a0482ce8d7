"""The pages of jobs, as ADIT's: list, job, task, results, and what may be done. Staff see everybody's."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from .audit.changes import address_of, name_of
from .audit.models import Event
from .audit.record import Fact, record
from .bookkeeping import FINAL_JOBS, FINAL_TASKS, task_counts
from .errors import JobActionError
from .job_actions import ACTIONS, act, allowed_actions
from .models import ForwardState, JobState, Mode, TaskState, UploadJob, UploadTask
from .page import page, show
from .results import result_columns, result_row, result_series, result_table
from .tables import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_bytes

JOBS_A_PAGE = 50
TASKS_A_PAGE = 200
SERIES_A_PAGE = 200
_SORTS = {
    "created": "created",
    "destination": "destination_name",
    "mode": "mode",
    "project": "project_name",
    "state": "state",
}


@require_safe
def start(_request: HttpRequest) -> HttpResponse:
    """The address without a path."""
    return redirect("adit_receiver:jobs")


@page
@require_safe
def jobs(request: HttpRequest) -> HttpResponseBase:
    """The job list; ``?state=``, ``?mode=``, ``?q=`` (project, destination, owner) pick, ``?sort=`` sorts."""
    state = _choice(request, "state", JobState.values)
    mode = _choice(request, "mode", Mode.values)
    text = request.GET.get("q", "").strip()[:100]
    sort = _choice(request, "sort", [*_SORTS, *(f"-{name}" for name in _SORTS)]) or "-created"
    rows = _visible(request)
    if state:
        rows = rows.filter(state=state)
    if mode:
        rows = rows.filter(mode=mode)
    if text:
        found = Q(project_name__icontains=text) | Q(destination_name__icontains=text)
        rows = rows.filter(found | Q(owner__username__icontains=text) if sees_all(request) else found)
    counted = rows.select_related("owner").annotate(
        n_stored=Count("stored"),
        n_delivered=Count("stored", filter=Q(stored__forward__state=ForwardState.DELIVERED)),
        n_failed=Count("stored", filter=Q(stored__forward__state=ForwardState.FAILED)),
    )
    order = f"-{_SORTS[sort[1:]]}" if sort.startswith("-") else _SORTS[sort]
    return show(
        request,
        "adit_receiver/jobs.html",
        {
            "jobs": Paginator(counted.order_by(order, "-created", "pk"), JOBS_A_PAGE).get_page(request.GET.get("page")),
            "state": state,
            "mode": mode,
            "text": text,
            "sort": sort,
            "states": JobState.choices,
            "modes": Mode.choices,
            "all_owners": sees_all(request),
        },
    )


@page
@require_safe
def job(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """A job's facts, its tasks (``?state=`` picks), and what may be done with it; looks again by itself."""
    found = _job(request, job_id)
    counts = task_counts(found.pk)
    state = _choice(request, "state", TaskState.values)
    rows = found.tasks.filter(state=state) if state else found.tasks.all()
    tasks = Paginator(rows.order_by("pk"), TASKS_A_PAGE).get_page(request.GET.get("page"))
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
            "processed": found.tasks.filter(state__in=FINAL_TASKS).count(),
            "all_tasks": len(counts),
            "state": state,
            "states": TaskState.choices,
            "live": found.state not in FINAL_JOBS,
            "actions": allowed_actions(found, staff=sees_all(request)),
            "with_patient_ids": found.mode == Mode.NONE,
            "all_owners": sees_all(request),
        },
    )


@page
@require_http_methods(["GET", "HEAD", "POST"])
def job_action(request: HttpRequest, job_id: UUID, name: str) -> HttpResponseBase:
    """Asks (GET) and does (POST) what may be done with a job."""
    found = _job(request, job_id)
    action = ACTIONS.get(name)
    if action is None:
        raise Http404
    if action.staff and not sees_all(request):
        raise PermissionDenied
    if request.method != "POST":
        allowed = action.allowed(found)
        return show(request, "adit_receiver/job_action.html", {"job": found, "action": action, "allowed": allowed})
    own = found.owner_id == request.user.pk
    try:
        act(action, job_id, who=name_of(request), address=address_of(request), owner=own)
    except JobActionError as error:
        messages.error(request, error.message)
        return redirect("adit_receiver:job", job_id)
    messages.success(request, str(action.done))
    return redirect("adit_receiver:jobs") if name == "delete" else redirect("adit_receiver:job", job_id)


@page
@require_safe
def task(request: HttpRequest, job_id: UUID, task_id: int) -> HttpResponseBase:
    """A task's facts and its log."""
    found = _job(request, job_id)
    row = get_object_or_404(UploadTask, pk=task_id, job_id=found.pk)
    stored, delivered, failed = task_counts(found.pk).get(row.pk, (0, 0, 0))
    return show(
        request,
        "adit_receiver/task.html",
        {
            "job": found,
            "task": row,
            "stored": stored,
            "delivered": delivered,
            "failed": failed,
            "live": row.state not in FINAL_TASKS,
            "with_patient_ids": found.mode == Mode.NONE,
            "all_owners": sees_all(request),
        },
    )


@page
@require_safe
def results(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """What the job has brought, series by series."""
    found = _job(request, job_id)
    rows = Paginator(result_series(found), SERIES_A_PAGE).get_page(request.GET.get("page"))
    return show(
        request,
        "adit_receiver/results.html",
        {
            "job": found,
            "columns": result_columns(found),
            "rows": [result_row(found, series) for series in rows],
            "series": rows,
        },
    )


@page
@require_safe
def results_file(request: HttpRequest, job_id: UUID, kind: str) -> HttpResponseBase:
    """The same as a file, ``csv`` or ``xlsx``; each download is written down."""
    found = _job(request, job_id)
    if kind not in {"csv", "xlsx"}:
        raise Http404
    counts = {"series": result_series(found).count()}
    record(Fact(Event.DOWNLOAD, name_of(request), address_of(request), found.pk, kind, "results", counts))
    name = f"results-{timezone.now():%Y-%m-%d}-{found.pk.hex[:8]}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if kind == "xlsx":
        return HttpResponse(xlsx_bytes("results", result_table(found)), content_type=XLSX_TYPE, headers=headers)
    return StreamingHttpResponse(csv_lines(result_table(found)), content_type=CSV_TYPE, headers=headers)


def sees_all(request: HttpRequest) -> bool:
    """Whether the user sees everybody's jobs."""
    return isinstance(request.user, AbstractUser) and request.user.is_staff


def _visible(request: HttpRequest) -> QuerySet[UploadJob]:
    rows = UploadJob.objects.all()
    return rows if sees_all(request) else rows.filter(owner_id=request.user.pk)


def _job(request: HttpRequest, job_id: UUID) -> UploadJob:
    return get_object_or_404(_visible(request).select_related("owner"), pk=job_id)


def _choice(request: HttpRequest, name: str, values: list[str]) -> str:
    """A parameter of the address, if it is one of these."""
    asked = request.GET.get(name, "")
    return asked if asked in values else ""
