"""The pages of jobs, as ADIT's: list, job, task, results, and what may be done. Staff see everybody's."""

from collections import deque
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
from .bookkeeping import FINAL_JOBS, FINAL_TASKS
from .conf import receiver_settings
from .counting import NONE, of_jobs, of_tasks
from .errors import JobActionError
from .forwarding.task_texts import whole_log
from .job_actions import ACTIONS, act, allowed_actions
from .jobs import waiting_note
from .live import digest, nothing_new, shows_already
from .models import JobState, Mode, ProfileName, TaskState, UploadJob, UploadTask
from .page import page, show
from .results import result_columns, result_row, result_series, result_table
from .tables import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_bytes
from .token_views import server_of

JOBS_A_PAGE = 50
TASKS_A_PAGE = 200
SERIES_A_PAGE = 200
LINES_SHOWN = 1000  # of a task's log, the last ones
_SORTS = {
    "created": "created",
    "destination": "destination_name",
    "mode": "mode",
    "owner": "owner__username",
    "project": "project_name",
    "state": "state",
}


@require_safe
def start(_request: HttpRequest) -> HttpResponse:
    """The address without a path."""
    return redirect("adit_receiver:jobs")


@page
@require_safe
def help_page(request: HttpRequest) -> HttpResponseBase:
    """How to begin, and what the words on the pages mean."""
    settings = receiver_settings()
    return show(
        request,
        "adit_receiver/help.html",
        {
            "server": server_of(request),
            "download": settings.download_url,
            "tokens_elsewhere": settings.tokens_url,
        },
    )


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
    order = f"-{_SORTS[sort[1:]]}" if sort.startswith("-") else _SORTS[sort]
    ordered = rows.select_related("owner").order_by(order, "-created", "pk")
    shown = Paginator(ordered, JOBS_A_PAGE).get_page(request.GET.get("page"))
    counts = of_jobs([job.pk for job in shown])
    listed = [(job, counts.get(job.pk, NONE)) for job in shown]
    now = digest([(job.pk, job.state, job.urgent, count) for job, count in listed], shown.paginator.count)
    if shows_already(request, now):
        return nothing_new()
    return show(
        request,
        "adit_receiver/jobs.html",
        {
            "jobs": shown,
            "rows": listed,
            "state": state,
            "mode": mode,
            "text": text,
            "sort": sort,
            "chosen": bool(state or mode or text),
            "states": JobState.choices,
            "modes": Mode.choices,
            "all_owners": sees_all(request),
            "seen": now,
        },
    )


@page
@require_safe
def job(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """A job's facts, its tasks (``?state=`` picks), and what may be done with it; looks again by itself."""
    found = _job(request, job_id)
    state = _choice(request, "state", TaskState.values)
    rows = found.tasks.filter(state=state) if state else found.tasks.all()
    tasks = Paginator(rows.defer("log").order_by("pk"), TASKS_A_PAGE).get_page(request.GET.get("page"))
    counts = of_tasks([task.pk for task in tasks])
    listed = [(task, counts.get(task.pk, NONE)) for task in tasks]
    total = of_jobs([found.pk]).get(found.pk, NONE)
    states = dict(found.tasks.order_by().values_list("state").annotate(n=Count("pk")))
    processed, all_tasks = sum(states.get(each, 0) for each in FINAL_TASKS), sum(states.values())
    actions = allowed_actions(found, staff=sees_all(request))
    told = found.message or waiting_note(found)
    now = digest(
        (found.state, told, found.urgent, found.mail, found.finished_by_client, total, processed, all_tasks),
        [(task.pk, task.state, task.attempts, task.message, count) for task, count in listed],
        [action.name for action in actions],
    )
    if shows_already(request, now):
        return nothing_new()
    return show(
        request,
        "adit_receiver/job.html",
        {
            "job": found,
            "told": told,
            "tasks": tasks,
            "rows": listed,
            "total": total,
            "expected": max(found.instances, total.stored),
            "processed": processed,
            "all_tasks": all_tasks,
            "state": state,
            "states": TaskState.choices,
            "profile": dict(ProfileName.choices).get(found.profile, found.profile),
            "live": found.state not in FINAL_JOBS,
            "actions": actions,
            "with_patient_ids": found.mode == Mode.NONE,
            "all_owners": sees_all(request),
            "seen": now,
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
    count = of_tasks([row.pk]).get(row.pk, NONE)
    now = digest(row.state, row.attempts, row.message, row.log, count)
    if shows_already(request, now):
        return nothing_new()
    return show(
        request,
        "adit_receiver/task.html",
        {
            "job": found,
            "task": row,
            "count": count,
            "log": "\n".join(deque(whole_log(row), LINES_SHOWN)),
            "live": row.state not in FINAL_TASKS,
            "with_patient_ids": found.mode == Mode.NONE,
            "all_owners": sees_all(request),
            "seen": now,
        },
    )


@page
@require_safe
def task_log(request: HttpRequest, job_id: UUID, task_id: int) -> HttpResponseBase:
    """The whole log of a task as a text file; each download is written down."""
    found = _job(request, job_id)
    row = get_object_or_404(UploadTask, pk=task_id, job_id=found.pk)
    record(Fact(Event.DOWNLOAD, name_of(request), address_of(request), found.pk, "txt", "log", {"tasks": 1}))
    headers = {"Content-Disposition": f'attachment; filename="log-{found.pk.hex[:8]}-{row.pk}.txt"'}
    lines = (f"{line}\n" for line in whole_log(row))
    return StreamingHttpResponse(lines, content_type="text/plain; charset=utf-8", headers=headers)


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
