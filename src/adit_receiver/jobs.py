"""Jobs as a connection sees them: opened, resumed, listed, watched, finished, canceled."""

import hashlib
from collections.abc import Collection
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone

from adit_uploader.deid.profiles import PROFILES, Profile
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.messages import (
    Counts,
    JobInfo,
    ModeName,
    OpenJob,
    ProfileName,
    TaskInfo,
    Tasks,
)
from adit_uploader.protocol.messages import (
    JobState as WireJobState,
)
from adit_uploader.protocol.messages import (
    TaskState as WireTaskState,
)

from .accounts import PERMISSIONS, Target
from .audit.of_session import SessionAudit
from .bookkeeping import FINAL_JOBS, NOT_DELIVERED, cancel_job, counted_tasks, settle_tasks_of
from .door import JobFacts
from .errors import AccessDeniedError
from .models import ForwardState, JobLease, JobState, Mode, ReceiverPolicy, StoredInstance, UploadJob
from .models import ProfileName as Profiles
from .policy import current_policy, forwarding_hours, urgent_only
from .site_profiles import offered_profile
from .transactions import again

_LONGEST_PART = 64  # characters
_NO_SUCH_JOB = "There is no such job of yours."


def allowed_modes(permissions: Collection[str], policy: ReceiverPolicy) -> tuple[ModeName, ...]:
    """The modes that a user with these permissions may use here."""
    allowed = [mode for mode in Mode.values if mode in policy.allowed_modes]
    return tuple(cast("ModeName", mode) for mode in allowed if PERMISSIONS[mode] in permissions)


def allowed_profiles(policy: ReceiverPolicy) -> tuple[ProfileName, ...]:
    """The built-in profiles that users may use, the receiver's choice first."""
    if policy.only_site_profiles:
        return ()
    further = [name for name in Profiles.values if name in policy.allowed_profiles and name != policy.profile]
    return tuple(cast("ProfileName", name) for name in (policy.profile, *further))


def check_opening(
    asked: OpenJob, *, permissions: Collection[str], destinations: Collection[Target], policy: ReceiverPolicy
) -> tuple[Target, Profile]:
    """Whether this user may have such a job now; the destination and the profile that it names.

    Raises:
        AccessDeniedError: no; carries the refusal code.
    """
    if asked.mode not in allowed_modes(permissions, policy):
        raise AccessDeniedError("You may not upload in this mode.", RefusalCode.MODE_NOT_ALLOWED)
    profile = _asked_profile(asked, policy)
    if policy.single_patient_only and asked.patients > 1:
        raise AccessDeniedError("A job may hold a single patient only here.", RefusalCode.PSEUDONYM_MISMATCH)
    target = next((target for target in destinations if target.name == asked.destination), None)
    if target is None:
        raise AccessDeniedError("You may not send to this destination.", RefusalCode.DESTINATION_NOT_ALLOWED)
    return target, profile


def check_running(job: JobFacts, permissions: Collection[str], destinations: Collection[Target]) -> None:
    """Whether the user may still send what is being sent.

    Raises:
        AccessDeniedError: no (4403).
    """
    if job.mode not in allowed_modes(permissions, current_policy()):
        raise AccessDeniedError("You may not upload in this mode any more.", CloseCode.PERMISSION)
    if all(target.key != job.destination_key for target in destinations):
        raise AccessDeniedError("You may not send to this destination any more.", CloseCode.PERMISSION)


def _asked_profile(asked: OpenJob, policy: ReceiverPolicy) -> Profile:
    if not asked.profile_hash and asked.profile in allowed_profiles(policy):
        return PROFILES[asked.profile]
    profile = offered_profile(asked.profile, asked.profile_hash)
    if profile is None:
        raise AccessDeniedError(
            "This de-identification profile is not allowed here, or was changed. Sign in again to get the present one.",
            RefusalCode.PROFILE,
        )
    return profile


@again
def open_job(
    job: JobFacts,
    asked: OpenJob,
    destination_name: str,
    *,
    connection: UUID,
    lease_seconds: float,
    server: str = "",
    unverified: bool = False,
    audit: SessionAudit,
) -> tuple[UploadJob, bool]:
    """Makes the job, or finds it again, and takes the lease of its part; whether it was there already.

    Args:
        unverified: a new job waits until an administrator has looked at it.

    Raises:
        AccessDeniedError: the id is another user's (4403), the part is another connection's (4409), the job was
            canceled or is another one than it was.
    """
    with transaction.atomic():
        made = _make(job, asked, destination_name, unverified=unverified)
        row = UploadJob.objects.select_for_update().get(pk=job.id)
        if row.owner_id != job.owner_id:
            raise AccessDeniedError("This job id is not yours.", CloseCode.PERMISSION)
        before = (row.mode, row.profile, row.profile_hash, row.destination_key, row.digest)
        if before != (job.mode, job.profile.name, job.profile.digest, job.destination_key, job.digest):
            raise AccessDeniedError(
                "This job was opened with another mode, profile, destination or digest.", RefusalCode.CONFLICT
            )
        if row.state in {JobState.CANCELING, JobState.CANCELED}:
            raise AccessDeniedError("This job was canceled.", RefusalCode.JOB_CLOSED)
        if not hold_lease(job.id, job.part, connection, lease_seconds, server):
            raise AccessDeniedError("Another connection is sending this job.", CloseCode.JOB_IN_USE)
        audit.opened(asked, resumed=not made)
    return row, not made


def _make(job: JobFacts, asked: OpenJob, destination_name: str, *, unverified: bool) -> bool:
    _, made = UploadJob.objects.get_or_create(
        pk=job.id,
        defaults={
            "owner_id": job.owner_id,
            "destination_key": job.destination_key,
            "destination_name": destination_name,
            "mode": asked.mode,
            "profile": asked.profile,
            "profile_hash": asked.profile_hash,
            "project_name": asked.project_name,
            "project_description": asked.project_description,
            "trial_protocol_id": asked.trial_protocol_id,
            "trial_protocol_name": asked.trial_protocol_name,
            "urgent": asked.urgent,
            "mail": asked.mail,
            "digest": asked.digest,
            "patients": asked.patients,
            "studies": asked.studies,
            "instances": asked.instances,
            "state": JobState.UNVERIFIED if unverified else JobState.PENDING,
        },
    )
    return made


def part_key(part: str) -> str:
    """What a part of a job is kept under: its name, or the digest of a long one; an index has limits."""
    return part if part.isascii() and len(part) <= _LONGEST_PART else hashlib.sha256(part.encode()).hexdigest()


def hold_lease(job_id: UUID, part: str, connection: UUID, seconds: float, server: str = "") -> bool:
    """Takes or prolongs the lease of a job's part; False if another connection holds it."""
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    # one that lasts longer than any is given was given before the clock was set back; who holds it prolongs it anew
    free = Q(connection=connection) | Q(until__lt=now) | Q(until__gt=now + timedelta(seconds=2 * seconds))
    rows = JobLease.objects.filter(job_id=job_id, part=part)
    if rows.filter(free).update(connection=connection, server=server, until=until):
        return True
    try:
        with transaction.atomic():
            _, made = rows.get_or_create(
                job_id=job_id, part=part, defaults={"connection": connection, "server": server, "until": until}
            )
    except IntegrityError:
        return False
    return made


@again
def release_leases(connection: UUID) -> None:
    """Lets go of all that a connection holds."""
    JobLease.objects.filter(connection=connection).delete()


def split_offer(job_id: UUID, uids: Collection[str]) -> tuple[list[str], list[str], dict[str, int]]:
    """What of an offer is needed, is there, and is there up to an offset; in the offer's order."""
    have = set(
        StoredInstance.objects.filter(job_id=job_id, sop_instance_uid__in=uids).values_list(
            "sop_instance_uid", flat=True
        )
    )
    rows = UploadJob(pk=job_id).partials.filter(sop_instance_uid__in=uids).values_list("sop_instance_uid", "offset")
    partial = {uid: offset for uid, offset in rows if uid not in have}
    need = [uid for uid in uids if uid not in have and uid not in partial]
    return need, [uid for uid in uids if uid in have], partial


def finish_job(job_id: UUID, counts: Counts, audit: SessionAudit) -> int:
    """Notes that the client has sent everything; how many instances the job has.

    Raises:
        AccessDeniedError: the client counts otherwise, or the job was canceled.
    """
    audit.write()  # what it has counted in memory would be lost with a transaction that is given up
    return _finish(job_id, counts, audit)


@again
def _finish(job_id: UUID, counts: Counts, audit: SessionAudit) -> int:
    job = UploadJob.objects.select_for_update().filter(pk=job_id).first()
    if job is None or job.state in {JobState.CANCELING, JobState.CANCELED}:
        raise AccessDeniedError("This job was canceled.", RefusalCode.JOB_CLOSED)
    stored = job.stored.count()
    if counts.stored != stored:
        raise AccessDeniedError(
            f"The receiver has {stored} instances of this job, the client counts {counts.stored}.",
            RefusalCode.COUNTS_DIFFER,
        )
    if job.finished_by_client is None:
        job.finished_by_client = timezone.now()
        job.client_counts = {name: getattr(counts, name) for name in counts.__struct_fields__}
        job.save(update_fields=["finished_by_client", "client_counts"])
        audit.sent(job_id, counts)
        settle_tasks_of(job_id)
    return stored


def own_job(user: AbstractUser, job: str) -> UUID:
    """The id of a job of this user.

    Raises:
        AccessDeniedError: there is none.
    """
    job_id = UUID(hex=job)
    if not UploadJob.objects.filter(pk=job_id, owner_id=user.pk).exists():
        raise AccessDeniedError(_NO_SUCH_JOB, RefusalCode.JOB_CLOSED)
    return job_id


def cancel_own_job(user: AbstractUser, job: str, audit: SessionAudit) -> UUID:
    """Cancels a job of this user.

    Raises:
        AccessDeniedError: there is none, or it has ended already.
    """
    job_id = own_job(user, job)
    audit.write()  # what it has counted in memory would be lost with a transaction that is given up
    _cancel(job_id, audit)
    return job_id


@again
def _cancel(job_id: UUID, audit: SessionAudit) -> None:
    row = UploadJob.objects.select_for_update().get(pk=job_id)
    if row.state in FINAL_JOBS - {JobState.CANCELED}:
        raise AccessDeniedError("This job has ended already.", RefusalCode.JOB_CLOSED)
    if row.state not in {JobState.CANCELING, JobState.CANCELED}:
        cancel_job(job_id, "Canceled by its owner.")
        audit.canceled(job_id)


def state_of(job_id: UUID) -> str:
    """State of a job alone; '' if it is gone."""
    return UploadJob.objects.filter(pk=job_id).values_list("state", flat=True).first() or ""


def tasks_message(job_id: UUID) -> Tasks:
    """State of a job and its tasks as the wire says it."""
    job = UploadJob.objects.filter(pk=job_id).first()
    if job is None:  # deleted while it was watched
        return Tasks(job=job_id.hex, state="CA", message="This job was deleted.", tasks=())
    return Tasks(
        job=job_id.hex,
        state=cast("WireJobState", job.state),
        message=_short(job.message or waiting_note(job)),
        tasks=tuple(
            TaskInfo(
                study_instance_uid=task["study_instance_uid"],
                patient_id=task["patient_id"],
                state=cast("WireTaskState", task["state"]),
                stored=task["n_stored"],
                delivered=task["n_delivered"],
                failed=task["n_failed"],
                attempts=task["attempts"],
                message=_short(task["message"]),
            )
            for task in counted_tasks(job_id)
        ),
    )


def waiting_note(job: UploadJob) -> str:
    """Why a job waits that nobody has to do anything about, for people; '' if it does not."""
    if job.state in FINAL_JOBS:
        return ""
    if job.state == JobState.UNVERIFIED:
        return "It is delivered once an administrator has looked at it."
    policy = current_policy()
    if policy.suspended:
        return "Forwarding is suspended by the administrator; what is stored waits."
    if not job.urgent and urgent_only(policy, timezone.now()):
        return f"It is delivered in the hours in which this receiver forwards: {forwarding_hours(policy)}."
    return ""


def job_list(user: AbstractUser, limit: int) -> tuple[JobInfo, ...]:
    """The user's own jobs, newest first."""
    rows = (
        UploadJob.objects.filter(owner_id=user.pk)
        .order_by("-created")
        .annotate(
            n_stored=Count("stored"),
            n_delivered=Count("stored", filter=Q(stored__forward__state=ForwardState.DELIVERED)),
            n_failed=Count("stored", filter=Q(stored__forward__state__in=NOT_DELIVERED)),
        )[:limit]
    )
    return tuple(
        JobInfo(
            job=row.pk.hex,
            state=cast("WireJobState", row.state),
            mode=cast("ModeName", row.mode),
            destination=row.destination_name,
            created=row.created.isoformat(),
            stored=row.n_stored,
            delivered=row.n_delivered,
            failed=row.n_failed,
            project_name=row.project_name,
            message=_short(row.message),
        )
        for row in rows
    )


def _short(text: str) -> str:
    return text if len(text) <= 1000 else text[:999] + "…"
