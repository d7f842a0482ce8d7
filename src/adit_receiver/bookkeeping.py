"""States of tasks and jobs, worked out from their forward rows; whoever changes a row settles its task and job.

The rules (``task_state``, ``job_state``) are pure. ``settle_task`` and ``settle_job`` write what they say, inside the
caller's transaction or their own.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from .audit.models import Event
from .audit.record import Fact, record
from .models import Forward, ForwardState, JobMail, JobState, TaskState, UploadJob, UploadTask
from .transactions import again

FINAL_TASKS = frozenset({TaskState.CANCELED, TaskState.SUCCESS, TaskState.WARNING, TaskState.FAILURE})
NOT_DELIVERED = (ForwardState.FAILED, ForwardState.UNCONFIRMED)
"""How an instance ends that can be sent once more."""
FINAL_JOBS = frozenset({JobState.CANCELED, JobState.SUCCESS, JobState.WARNING, JobState.FAILURE})


def task_state(forwards: Mapping[str, int], *, warnings: int, upload_ended: bool) -> TaskState:
    """State of a task.

    Args:
        forwards: number of forward rows by ``ForwardState``.
        warnings: number of delivered rows with a warning.
        upload_ended: nothing can arrive any more: the client finished the job, or it was canceled.
    """
    waiting = forwards.get(ForwardState.WAITING, 0)
    leased = forwards.get(ForwardState.LEASED, 0) + forwards.get(ForwardState.SENT, 0)
    delivered = forwards.get(ForwardState.DELIVERED, 0)
    failed = forwards.get(ForwardState.FAILED, 0)
    canceled = forwards.get(ForwardState.CANCELED, 0)
    unconfirmed = forwards.get(ForwardState.UNCONFIRMED, 0)
    if waiting or leased or not upload_ended:
        return TaskState.IN_PROGRESS if leased or delivered or failed or unconfirmed else TaskState.PENDING
    if failed:
        return TaskState.FAILURE if not delivered and not unconfirmed else TaskState.WARNING
    if unconfirmed:
        return TaskState.WARNING
    if canceled:
        return TaskState.CANCELED
    return TaskState.WARNING if warnings else TaskState.SUCCESS


def job_state(
    tasks: Collection[str], *, canceled: bool, upload_ended: bool, refused: int = 0, unverified: bool = False
) -> JobState:
    """State of a job by the states of its tasks. A job whose upload did not end is never final.

    Args:
        refused: instances that the client told as refused when it finished the job.
        unverified: an administrator has to let it through first.
    """
    states = set(tasks)
    running = states - FINAL_TASKS
    if canceled:
        return JobState.CANCELING if TaskState.IN_PROGRESS in running else JobState.CANCELED
    if unverified or running or not upload_ended:
        begun = JobState.IN_PROGRESS if states - {TaskState.PENDING} else JobState.PENDING
        return JobState.UNVERIFIED if unverified else begun
    if TaskState.FAILURE in states or (refused and not states):
        return JobState.WARNING if states - {TaskState.FAILURE} else JobState.FAILURE
    if refused and states == {TaskState.SUCCESS}:
        return JobState.WARNING
    if TaskState.CANCELED in states:
        return JobState.CANCELED if states == {TaskState.CANCELED} else JobState.WARNING
    return JobState.WARNING if TaskState.WARNING in states else JobState.SUCCESS


@again
def settle_task(task_id: int) -> None:
    """Brings the task's state up to its forward rows, then the job's. Call it after any change of forward rows."""
    # always the job first: two that lock in another order would wait for each other
    job = UploadJob.objects.select_for_update().get(tasks__pk=task_id)
    task = UploadTask.objects.get(pk=task_id)
    rows = Forward.objects.filter(instance__task_id=task_id)
    forwards = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    warnings = rows.filter(state=ForwardState.DELIVERED).exclude(warning="").count()
    state = task_state(forwards, warnings=warnings, upload_ended=_upload_ended(job))
    if state != task.state:
        now = timezone.now()
        task.state = state
        task.started = task.started or (now if state != TaskState.PENDING else None)
        task.ended = now if state in FINAL_TASKS else None
        task.save(update_fields=["state", "started", "ended"])
    settle_job(job.pk)


def tasks_with_jobs(keys: Collection[int]) -> "QuerySet[UploadTask]":
    """These tasks as ``settle_moved`` looks at them, without their logs, which may be long."""
    return (
        UploadTask.objects.filter(pk__in=keys)
        .select_related("job")
        .only("message", "state", "job__state", "job__finished_by_client")
        .order_by("pk")
    )


def settle_moved(task: UploadTask) -> None:
    """``settle_task`` after rows of a task were delivered or have failed, without counting all of them if that can't
    change anything: a task in progress stays so while its upload goes on, or a row of it waits or is being sent.

    Args:
        task: of ``tasks_with_jobs``, read since its job was locked by the caller.
    """
    if task.state != TaskState.IN_PROGRESS or (_upload_ended(task.job) and not _has_open_rows(task.pk)):
        settle_task(task.pk)


def _has_open_rows(task_id: int) -> bool:
    """Whether a row waits or is being sent; asked from the youngest on, since the oldest are delivered first."""
    rows = Forward.objects.filter(
        instance__task_id=task_id, state__in=(ForwardState.WAITING, ForwardState.LEASED, ForwardState.SENT)
    ).order_by("-instance_id")
    return bool(rows.values_list("pk")[:1])


def settle_tasks_of(job_id: UUID) -> None:
    """The same for all tasks of a job, and for a job without tasks."""
    for task_id in UploadTask.objects.filter(job_id=job_id).values_list("pk", flat=True):
        settle_task(task_id)
    settle_job(job_id)


@again
def settle_job(job_id: UUID) -> None:
    """Brings the job's state up to its tasks."""
    with transaction.atomic():
        job = UploadJob.objects.select_for_update().get(pk=job_id)
        tasks = list(UploadTask.objects.filter(job_id=job_id).order_by().values_list("state", flat=True).distinct())
        canceled = job.state in {JobState.CANCELING, JobState.CANCELED}
        refused = job.client_counts.get("refused", 0)
        state = job_state(
            tasks,
            canceled=canceled,
            upload_ended=_upload_ended(job),
            refused=refused,
            unverified=job.state == JobState.UNVERIFIED,
        )
        if state == job.state:
            return
        now = timezone.now()
        before, job.state = job.state, state
        job.started = job.started or (now if state != JobState.PENDING else None)
        job.ended = now if state in FINAL_JOBS else None
        job.save(update_fields=["state", "started", "ended"])
        if before == JobState.PENDING or state in FINAL_JOBS:
            _write_down(job)
        if job.mail and state in FINAL_JOBS:
            JobMail.objects.create(job=job, state=state)


def _write_down(job: UploadJob) -> None:
    """Tells the audit log that delivery has begun, or how it has ended: two entries a job, however large it is."""
    counts: dict[str, int] = {}
    if job.state in FINAL_JOBS:
        rows = Forward.objects.filter(instance__job_id=job.pk).order_by().values_list("state").annotate(n=Count("pk"))
        counts = dict(rows)
    event = Event.DELIVERY_ENDED if job.state in FINAL_JOBS else Event.DELIVERY_BEGAN
    code = JobState(job.state).name.lower()
    record(Fact(event, job.owner.get_username(), "", job.pk, code, job.destination_name, counts))


@again
def cancel_job(job_id: UUID, message: str) -> None:
    """Gives a job up: what waits is not delivered any more; what is being sent ends as it ends."""
    with transaction.atomic():
        job = UploadJob.objects.select_for_update().get(pk=job_id)
        if job.state in FINAL_JOBS | {JobState.CANCELING}:
            return
        job.state = JobState.CANCELING
        job.message = message
        job.save(update_fields=["state", "message"])
        Forward.objects.filter(instance__job_id=job_id, state=ForwardState.WAITING).update(
            state=ForwardState.CANCELED, message=message, ended=timezone.now()
        )
        settle_tasks_of(job_id)


def counted_tasks(job_id: UUID) -> "QuerySet[Any, Any]":
    """Every task of a job as the wire tells it, in one statement: where something is delivered meanwhile, a second one
    would see another moment, and a task be told as ended with the counts from before its end.

    Each has ``n_stored``, ``n_delivered`` and ``n_failed`` (which is failed or never confirmed) beside its own fields.
    """
    return (
        UploadTask.objects.filter(job_id=job_id)
        .order_by("pk")
        .values("pk", "study_instance_uid", "patient_id", "state", "attempts", "message")
        .annotate(
            n_stored=Count("stored"),
            n_delivered=Count("stored", filter=Q(stored__forward__state=ForwardState.DELIVERED)),
            n_failed=Count("stored", filter=Q(stored__forward__state__in=NOT_DELIVERED)),
        )
    )


def _upload_ended(job: UploadJob) -> bool:
    return job.finished_by_client is not None or job.state in {JobState.CANCELING, JobState.CANCELED}
