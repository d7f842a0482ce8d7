"""How long things are kept: files that could not be delivered, and records of jobs, as the policy says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from .audit.models import Event
from .audit.record import Fact, record
from .bookkeeping import FINAL_JOBS, NOT_DELIVERED, cancel_job
from .forwarding.task_texts import write_message
from .models import Forward, ForwardState, JobLease, JobState, ReceiverPolicy, StoredInstance, UploadJob
from .spool import Spool

_AT_ONCE = 200  # jobs a look
_UNFINISHED = "The upload was not finished within the {days} days for which files are kept."
_EXPIRED = "Its file was deleted after the {days} days for which files are kept. Upload it again."


@dataclass(frozen=True, slots=True)
class Expired:
    """How many were canceled or deleted."""

    unfinished: int = 0
    files: int = 0
    jobs: int = 0


def expire(policy: ReceiverPolicy, now: datetime, spool: Spool) -> Expired:
    """Carries the policy out.

    Raises:
        SpoolError: the disk's; what is not deleted now is an orphan for the sweep.
        django.db.DatabaseError: the database's.
    """
    unfinished = files = jobs = 0
    if policy.spool_days is not None:
        limit = now - timedelta(days=policy.spool_days)
        unfinished = _give_up_unfinished(limit, policy.spool_days, now)
        files = _delete_files(limit, policy.spool_days, spool)
    if policy.job_days is not None:
        jobs = _delete_jobs(now - timedelta(days=policy.job_days), policy.job_days, spool)
    return Expired(unfinished, files, jobs)


def _give_up_unfinished(limit: datetime, days: int, now: datetime) -> int:
    """Uploads of which nothing has come for so long, and that nobody is sending."""
    rows = (
        UploadJob.objects.filter(finished_by_client=None, created__lt=limit)
        .exclude(state__in=(*FINAL_JOBS, JobState.CANCELING))
        .exclude(stored__received__gte=limit)
        .exclude(pk__in=JobLease.objects.filter(until__gt=now).values("job_id"))
    )
    keys = list(rows.values_list("pk", flat=True).distinct()[:_AT_ONCE])
    for job_id in keys:
        with transaction.atomic():
            cancel_job(job_id, _UNFINISHED.format(days=days))
            _note(job_id, "unfinished", {"days": days})
    return len(keys)


def _delete_files(limit: datetime, days: int, spool: Spool) -> int:
    """Files of instances that came to their end without being delivered."""
    ended = Q(forward__state__in=(*NOT_DELIVERED, ForwardState.CANCELED))
    rows = StoredInstance.objects.filter(ended, job__state__in=FINAL_JOBS, job__ended__lt=limit).exclude(spool_name="")
    jobs = list(rows.order_by().values_list("job_id", flat=True).distinct()[:_AT_ONCE])
    number = 0
    for job_id in jobs:
        with transaction.atomic():
            job = UploadJob.objects.select_for_update().filter(pk=job_id).first()
            if job is None or job.state not in FINAL_JOBS or job.ended is None or job.ended >= limit:
                continue  # somebody has just sent it again
            gone = dict(rows.filter(job_id=job_id).values_list("pk", "spool_name"))
            StoredInstance.objects.filter(pk__in=gone).update(spool_name="")
            Forward.objects.filter(instance__in=gone).update(message=_EXPIRED.format(days=days))
            for task_id in job.tasks.filter(stored__in=gone).values_list("pk", flat=True).distinct():
                write_message(task_id)
            _note(job_id, "files", {"files": len(gone), "days": days})
        # rows first: a file without a row is swept, a row without a file would be a loss
        for name in gone.values():
            spool.delete(name)
        number += len(gone)
    return number


def _delete_jobs(limit: datetime, days: int, spool: Spool) -> int:
    rows = UploadJob.objects.filter(state__in=FINAL_JOBS, ended__lt=limit)
    keys = list(rows.values_list("pk", flat=True)[:_AT_ONCE])
    number = 0
    for job_id in keys:
        with transaction.atomic():
            job = rows.select_for_update().filter(pk=job_id).first()
            if job is None:
                continue
            stored = list(job.stored.exclude(spool_name="").values_list("spool_name", flat=True))
            partial = list(job.partials.values_list("spool_name", flat=True))
            _note(job_id, "job", {"instances": job.stored.count(), "days": days})
            job.delete()
        for name in stored:
            spool.delete(name)
        for name in partial:
            spool.delete_incoming(name)
        number += 1
    return number


def _note(job_id: UUID, code: str, counts: dict[str, int]) -> None:
    record(Fact(Event.EXPIRED, job=job_id, code=code, counts=counts))
