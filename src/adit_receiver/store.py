"""From arrived to acknowledged: data synced, named, folder synced, rows committed, in this order and in groups.

The order is the promise: whoever was told "stored" finds the instance after any crash. What fails before the commit
leaves a file without a row, which the sweep deletes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.digests import algorithm_of, knows
from adit_uploader.protocol.messages import Begin

from .bookkeeping import settle_task
from .door import JobFacts, Refusal, check_patient
from .errors import AccessDeniedError, SpoolError
from .models import Forward, ForwardState, JobLease, PartialInstance, StoredInstance, UploadJob, UploadTask
from .spool import IncomingFile, Spool
from .transactions import again

GROUP = 32  # instances a commit
_OTHER_CONTENT = "An earlier upload has delivered other content under the same SOPInstanceUID."


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole instance that passed the door, still under ``incoming``.

    Attributes:
        partial: whether a saved beginning of it may be there.
    """

    begin: Begin
    file: IncomingFile
    digest: str
    partial: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """The instance is durable. duplicate: it was so before."""

    duplicate: bool = False


Outcome = Kept | Refusal


def digest_in_job(job_id: UUID, sop_instance_uid: str) -> str | None:
    """Digest of the instance that a job has under this UID."""
    return (
        StoredInstance.objects.filter(job_id=job_id, sop_instance_uid=sop_instance_uid)
        .values_list("digest", flat=True)
        .first()
    )


def used_bytes(owner_id: int) -> int:
    """What a user's instances take in the spool, bytes."""
    stored = StoredInstance.objects.filter(job__owner_id=owner_id).exclude(spool_name="").aggregate(n=Sum("length"))
    partial = PartialInstance.objects.filter(job__owner_id=owner_id).aggregate(n=Sum("length"))
    return (stored["n"] or 0) + (partial["n"] or 0)


def save_partial(spool: Spool, job_id: UUID, begin: Begin, file: IncomingFile) -> None:
    """Makes the beginning of a large instance durable, so that an interrupted upload goes on from there.

    Raises:
        SpoolError: the disk's.
    """
    file.sync()
    spool.keep_name()
    rows = PartialInstance.objects.filter(job_id=job_id, sop_instance_uid=begin.sop_instance_uid)
    before = rows.values_list("spool_name", flat=True).first()
    PartialInstance.objects.update_or_create(
        job_id=job_id,
        sop_instance_uid=begin.sop_instance_uid,
        defaults={
            "length": begin.length,
            "offset": file.offset,
            "spool_name": file.name,
            "updated": timezone.now(),
        },
    )
    if before is not None and before != file.name:
        spool.delete_incoming(before)  # of another connection, which deletes it at its end if it still writes it


def forget_unnamed(spool: Spool, files: Collection[IncomingFile]) -> None:
    """Deletes those of these closed files that no row names: another connection has saved its own beginning since.

    Raises:
        django.db.DatabaseError: unknown which these are; the sweep deletes them.
    """
    if not files:
        return
    names = {file.name for file in files}
    rows = PartialInstance.objects.filter(spool_name__in=sorted(names)).values_list("spool_name", flat=True)
    for name in names.difference(rows):
        spool.delete_incoming(name)


def forget_partial(spool: Spool, job_id: UUID, sop_instance_uid: str) -> None:
    """Deletes the saved beginning of an instance, if there is one and nobody writes it."""
    row = PartialInstance.objects.filter(job_id=job_id, sop_instance_uid=sop_instance_uid).first()
    if row is not None and spool.delete_incoming(row.spool_name):
        row.delete()


def commit(
    spool: Spool, job: JobFacts, connection: UUID, group: Sequence[Arrived], tasks: dict[tuple[str, str], int]
) -> list[Outcome]:
    """Stores a group; an outcome for each, in its order. Every file is closed afterwards, and gone unless kept.

    Args:
        tasks: keys of the job's tasks by patient and study, as far as the caller knows them; more are added.

    Raises:
        AccessDeniedError: the job's part is another connection's by now; nothing was stored.
        SpoolError: the folder could not be synced; nothing was stored.
        django.db.DatabaseError: unknown whether it was stored; the files stay until the sweep knows.
    """
    outcomes: dict[int, Outcome] = {}
    try:
        others = _delivered_before(job, group)
        earlier = {key for key, alike in others.items() if alike}
        fresh = [arrived for arrived in group if _key(arrived) not in earlier]
        failed = spool.publish([arrived.file for arrived in fresh])
        for arrived in fresh:
            if error := failed.get(arrived.file):
                outcomes[id(arrived)] = Refusal(error.code, error.message)
        whole = [arrived for arrived in group if id(arrived) not in outcomes]
        found = _commit_rows(job, connection, whole, others, outcomes, known=tasks)
        tasks.update(found)
        _forget_partials(spool, job, group)
        for arrived in group:
            if outcomes[id(arrived)] != Kept() or _key(arrived) in earlier:
                arrived.file.discard()
    except (AccessDeniedError, SpoolError):
        for arrived in group:
            arrived.file.discard()
        _forget_partials(spool, job, group)
        raise
    finally:
        for arrived in group:
            arrived.file.close()
    return [outcomes[id(arrived)] for arrived in group]


def _forget_partials(spool: Spool, job: JobFacts, group: Sequence[Arrived]) -> None:
    """What is saved of these: the files are elsewhere by now, or gone; others' beginnings are of no more use."""
    if may_be := [arrived.begin.sop_instance_uid for arrived in group if arrived.partial]:
        rows = PartialInstance.objects.filter(job_id=job.id, sop_instance_uid__in=may_be)
        for uid in list(rows.values_list("sop_instance_uid", flat=True)):
            forget_partial(spool, job.id, uid)


def _key(arrived: Arrived) -> tuple[str, str]:
    return arrived.begin.sop_instance_uid, arrived.digest


def _delivered_before(job: JobFacts, group: Sequence[Arrived]) -> dict[tuple[str, str], bool]:
    """(SOPInstanceUID, digest) of what this owner's earlier jobs have delivered there; whether one was of this kind."""
    elsewhere = StoredInstance.objects.filter(
        sop_instance_uid__in=[arrived.begin.sop_instance_uid for arrived in group]
    ).exclude(job_id=job.id)
    if not elsewhere.exists():  # a short question, and mostly the answer
        return {}
    rows = elsewhere.filter(
        job__owner_id=job.owner_id,
        job__destination_key=job.destination_key,
        forward__state=ForwardState.DELIVERED,
    )
    kind = (job.mode, job.profile.digest, job.profile.name)
    found: dict[tuple[str, str], bool] = {}
    by_uid = {arrived.begin.sop_instance_uid: arrived for arrived in group}
    for uid, digest, *of_job in rows.order_by().values_list(
        "sop_instance_uid", "digest", "job__mode", "job__profile_hash", "job__profile"
    ):
        arrived = by_uid[uid]
        if algorithm_of(digest) != job.digest:  # of a job with digests of another kind: like is compared with like
            if not knows(algorithm_of(digest)):
                continue
            if arrived.file.digest_by(algorithm_of(digest)) == digest:
                digest = arrived.digest  # noqa: PLW2901 - the same content
        found[uid, digest] = found.get((uid, digest), False) or tuple(of_job) == kind
    return found


@again
def _commit_rows(
    job: JobFacts,
    connection: UUID,
    group: Sequence[Arrived],
    others: Mapping[tuple[str, str], bool],
    outcomes: dict[int, Outcome],
    *,
    known: Mapping[tuple[str, str], int],
) -> dict[tuple[str, str], int]:
    """Gives the tasks' keys by patient and study. Sets all outcomes anew when it is run anew."""
    locked = UploadJob.objects.select_for_update().filter(pk=job.id)
    finished, state = locked.values_list("finished_by_client", "state").first() or (None, "deleted")
    if finished is not None or state not in {"UV", "PE", "IP"}:
        for arrived in group:
            outcomes[id(arrived)] = Refusal(RefusalCode.JOB_CLOSED, "This job takes no more instances.")
        return {}
    if JobLease.objects.filter(job_id=job.id, part=job.part).exclude(connection=connection).exists():
        raise AccessDeniedError("Another connection is sending this job.", CloseCode.JOB_IN_USE)
    uids = [arrived.begin.sop_instance_uid for arrived in group]
    digests = dict(
        StoredInstance.objects.filter(job_id=job.id, sop_instance_uid__in=uids).values_list(
            "sop_instance_uid", "digest"
        )
    )
    patients = _patients_of(job) if job.single_patient else set()
    tasks: dict[tuple[str, str], int] = {}
    instances: list[StoredInstance] = []
    for arrived in group:
        uid, digest = _key(arrived)
        if (known_digest := digests.get(uid)) is not None:
            outcomes[id(arrived)] = Kept(duplicate=True) if digest == known_digest else conflict()
            continue
        if refusal := check_patient(job, arrived.begin, patients):  # two lanes may each have begun with another one
            outcomes[id(arrived)] = refusal
            continue
        patients.add(arrived.begin.patient_id)
        digests[uid] = digest
        earlier = others.get(_key(arrived), False)
        instances.append(_instance(job, arrived, _task(tasks, known, job, arrived.begin), kept=not earlier))
        outcomes[id(arrived)] = Kept(duplicate=earlier)
    StoredInstance.objects.bulk_create(instances)
    Forward.objects.bulk_create(_forward(instance, others) for instance in instances)
    if partial := [arrived.file.name for arrived in group if arrived.partial]:
        PartialInstance.objects.filter(job_id=job.id, spool_name__in=partial).delete()
    for task_id in tasks.values():
        if not all(instance.spool_name for instance in instances if instance.task_id == task_id):
            settle_task(task_id)
    return tasks


def _patients_of(job: JobFacts) -> set[str]:
    return set(UploadTask.objects.filter(job_id=job.id).values_list("patient_id", flat=True))


def conflict() -> Refusal:
    """The answer to other content under a UID that the job has."""
    return Refusal(RefusalCode.CONFLICT, "The job has another instance under the same SOPInstanceUID.")


def _task(tasks: dict[tuple[str, str], int], known: Mapping[tuple[str, str], int], job: JobFacts, begin: Begin) -> int:
    key = begin.patient_id, begin.study_instance_uid
    if key not in tasks:
        # the job's row is locked: nobody else makes tasks of it now
        tasks[key] = known.get(key) or _made(job, begin)
    return tasks[key]


def _made(job: JobFacts, begin: Begin) -> int:
    task, _ = UploadTask.objects.get_or_create(
        job_id=job.id, patient_id=begin.patient_id, study_instance_uid=begin.study_instance_uid
    )
    return task.pk


def _instance(job: JobFacts, arrived: Arrived, task_id: int, *, kept: bool) -> StoredInstance:
    begin = arrived.begin
    return StoredInstance(
        job_id=job.id,
        task_id=task_id,
        sop_instance_uid=begin.sop_instance_uid,
        sop_class_uid=begin.sop_class_uid,
        transfer_syntax_uid=begin.transfer_syntax_uid,
        series_instance_uid=begin.series_instance_uid,
        length=begin.length,
        digest=arrived.digest,
        spool_name=arrived.file.name if kept else "",
    )


def _forward(instance: StoredInstance, others: Collection[tuple[str, str]]) -> Forward:
    if not instance.spool_name:
        return Forward(
            instance=instance,
            state=ForwardState.DELIVERED,
            message="Delivered by an earlier upload.",
            ended=timezone.now(),
        )
    conflicting = any(uid == instance.sop_instance_uid and digest != instance.digest for uid, digest in others)
    return Forward(instance=instance, warning=_OTHER_CONTENT if conflicting else "")
