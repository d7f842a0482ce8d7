"""This computer's jobs and the server's in one list, and what can be done with each. Knows no view and asks nobody."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from adit_uploader.desktop.job_values import JobDeeds, JobLine, LocalJob, Place, ResultLine, UnfinishedBlock
from adit_uploader.protocol.messages import JobInfo, TaskInfo
from adit_uploader.pseudonyms.key_list import KeyList

CANCELABLE = frozenset({"UV", "PE", "IP"})


def job_lines(local: Iterable[LocalJob], there: Iterable[JobInfo], server: str) -> tuple[JobLine, ...]:
    """Newest first. server: key of the one that told of ``there``."""
    known = {job.job: job for job in local}
    told = {info.job: info for info in there}
    lines = [_here(job, told.get(job.job) if job.server == server else None) for job in known.values()]
    lines += [_there(info, server) for info in told.values() if info.job not in known]
    return tuple(sorted(lines, key=lambda line: line.created, reverse=True))


def _here(job: LocalJob, info: JobInfo | None) -> JobLine:
    mine = "running" if job.running else job.state
    return JobLine(
        job=job.job,
        created=job.created,
        place=Place.HERE if info is None else Place.BOTH,
        state=mine if info is None or (info.state == "UV" and not job.running) or job.running else info.state,
        server=job.server,
        destination=job.destination,
        mode=job.mode,
        images=job.images,
        stored=job.stored if info is None else max(job.stored, info.stored),
        delivered=job.delivered if info is None else info.delivered,
        failed=job.refused + (0 if info is None else info.failed),
        key_list=job.saved if job.key_list and job.mode != "none" else None,
        message="" if info is None else info.message,
    )


def _there(info: JobInfo, server: str) -> JobLine:
    return JobLine(
        job=info.job,
        created=_seconds(info.created),
        place=Place.SERVER,
        state=info.state,
        server=server,
        destination=info.destination,
        mode=info.mode,
        images=None,
        stored=info.stored,
        delivered=info.delivered,
        failed=info.failed,
        key_list=None,
        message=info.message,
    )


def _seconds(moment: str) -> float:
    """ISO 8601 as seconds since 1970; 0 where a server writes it otherwise."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0


def deeds(
    line: JobLine, local: LocalJob | None, *, block: UnfinishedBlock | None, failed: int, connected: bool, busy: bool
) -> JobDeeds:
    """What can be done with a job.

    Args:
        block: why what was asked for can't be planned again, as ``ResumingController`` says.
        failed: images that were refused, or could not be delivered.
        connected: whether somebody is signed in at its server. busy: an upload of this window is under way.
    """
    cancel = connected and line.place is not Place.HERE and line.state in CANCELABLE | {"open"}
    if local is None:
        return JobDeeds(cancel=cancel)
    is_open = local.state == "open" and local.left > 0
    wanted = is_open or failed > 0
    free = block is None and not busy
    return JobDeeds(
        go_on=is_open and free,
        block=block if wanted else None,
        retry=local.state != "open" and failed > 0 and free,
        cancel=cancel and not local.running,
        key_list=local.key_list,
        receipt=local.receipt,
        delete=not local.running,
    )


def result_lines(key_list: KeyList | None, tasks: Iterable[TaskInfo]) -> tuple[ResultLine, ...]:
    """The patients of a job: who became whom where this computer knows it, and what became of their studies."""
    of: dict[str, list[TaskInfo]] = {}
    for task in tasks:
        of.setdefault(task.patient_id, []).append(task)
    rows: Mapping[tuple[str, str], str] = (
        {(row.patient_id, row.pseudonym): row.sent for row in key_list.rows}
        if key_list is not None
        else {("", pseudonym): "" for pseudonym in of}
    )
    return tuple(
        ResultLine(
            patient_id=patient,
            pseudonym=pseudonym,
            sent=sent,
            studies=len(of.get(pseudonym, ())),
            stored=sum(task.stored for task in of.get(pseudonym, ())),
            delivered=sum(task.delivered for task in of.get(pseudonym, ())),
            failed=sum(task.failed for task in of.get(pseudonym, ())),
        )
        for (patient, pseudonym), sent in rows.items()
    )
