"""What a person may do with a job: cancel, resume, retry failed, restart, delete, make urgent, ask for a mail.

    queue     not looked at yet (the policy asks for it)           staff
    cancel    not looked at, pending, in progress                  owner, staff
    resume    canceled                                             owner, staff
    retry     warning or failure with instances that failed        owner, staff
    delete    pending or canceled, nothing delivered, nobody sends owner, staff
    restart   ended, with instances that are not delivered         staff
    urgent    not ended                                            staff
    mail      not ended, its owner has an address                  owner, staff

As in ADIT, but that only what has not been delivered can be sent again: what was is not in the spool any more. A
canceled job may be deleted as well, so that its files take no room for ever.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .audit.models import Event
from .audit.record import Fact, record, write_counted
from .bookkeeping import FINAL_JOBS, NOT_DELIVERED, cancel_job, settle_tasks_of
from .conf import receiver_settings
from .errors import JobActionError, SpoolError
from .forwarding.engines import wake
from .mails import can_mail
from .models import Forward, ForwardState, JobLease, JobState, StoredInstance, UploadJob
from .spool import Spool
from .transactions import again

logger = logging.getLogger(__name__)
_CANCELED_BY_STAFF = "Canceled by an administrator."
_TOUCHED = (ForwardState.DELIVERED, ForwardState.LEASED, ForwardState.SENT, ForwardState.UNCONFIRMED)
_CANCELED_BY_OWNER = "Canceled by its owner."


@dataclass(frozen=True, slots=True)
class Action:
    """One of them.

    Attributes:
        label: for its button.
        question: what the page asks before.
        done: what it says afterwards.
        staff: whether it is for staff alone.
    """

    name: str
    label: str | Promise
    question: str | Promise
    done: str | Promise
    allowed: Callable[[UploadJob], bool]
    carry_out: Callable[[UploadJob, bool], None]
    staff: bool = False


def allowed_actions(job: UploadJob, *, staff: bool) -> list[Action]:
    """What may be done with the job as it is now."""
    return [action for action in ACTIONS.values() if (staff or not action.staff) and action.allowed(job)]


@again
def act(action: Action, job_id: UUID, *, who: str, address: str, owner: bool) -> None:
    """Does it, and writes it down, in one transaction.

    Args:
        who: user name.
        owner: whether the job is the user's own.

    Raises:
        JobActionError: the job is in another state by now.
    """
    job = UploadJob.objects.select_for_update().filter(pk=job_id).first()
    if job is None or not action.allowed(job):
        raise JobActionError("The job is in another state by now. Look at it again.")
    write_counted(timezone.now(), job_id)
    record(Fact(Event.JOB_CHANGED, who, address, job_id, action.name, job.destination_name))
    action.carry_out(job, owner)
    transaction.on_commit(wake)


def _forwards(job: UploadJob) -> "QuerySet[Forward]":
    return Forward.objects.filter(instance__job_id=job.pk)


def _cancelable(job: UploadJob) -> bool:
    return job.state in {JobState.UNVERIFIED, JobState.PENDING, JobState.IN_PROGRESS}


def _unverified(job: UploadJob) -> bool:
    return job.state == JobState.UNVERIFIED


def _resumable(job: UploadJob) -> bool:
    return job.state == JobState.CANCELED


def _retriable(job: UploadJob) -> bool:
    states = {JobState.FAILURE, JobState.WARNING}
    return job.state in states and _forwards(job).filter(state__in=NOT_DELIVERED).exists()


def _restartable(job: UploadJob) -> bool:
    ended = job.state in FINAL_JOBS
    return ended and _forwards(job).filter(state__in=(*NOT_DELIVERED, ForwardState.CANCELED)).exists()


def _deletable(job: UploadJob) -> bool:
    if job.state not in {JobState.UNVERIFIED, JobState.PENDING, JobState.CANCELED}:
        return False
    touched = _forwards(job).filter(state__in=_TOUCHED).exists()
    return not touched and not JobLease.objects.filter(job_id=job.pk, until__gt=timezone.now()).exists()


def _not_ended(job: UploadJob) -> bool:
    return job.state not in FINAL_JOBS


def _mailable(job: UploadJob) -> bool:
    return _not_ended(job) and bool(job.owner.email) and can_mail()


def _cancel(job: UploadJob, owner: bool) -> None:
    cancel_job(job.pk, _CANCELED_BY_OWNER if owner else _CANCELED_BY_STAFF)


def _send_again(job: UploadJob, *states: ForwardState) -> None:
    """Rows in these states wait again, as if they had never been tried; the job goes on from there."""
    job.state, job.message, job.ended = JobState.PENDING, "", None
    job.save(update_fields=["state", "message", "ended"])
    _forwards(job).filter(state__in=states).update(
        state=ForwardState.WAITING,
        attempts=0,
        asked=0,
        message="",
        next_try=timezone.now(),
        ended=None,
        lease_owner="",
        lease_until=None,
    )
    job.tasks.update(message="")
    settle_tasks_of(job.pk)


def _resume(job: UploadJob, _owner: bool) -> None:
    _send_again(job, ForwardState.CANCELED)


def _retry(job: UploadJob, _owner: bool) -> None:
    _send_again(job, *NOT_DELIVERED)


def _restart(job: UploadJob, _owner: bool) -> None:
    _send_again(job, *NOT_DELIVERED, ForwardState.CANCELED)


def _queue(job: UploadJob, _owner: bool) -> None:
    job.state = JobState.PENDING
    job.save(update_fields=["state"])
    settle_tasks_of(job.pk)


def _make_urgent(job: UploadJob, _owner: bool) -> None:
    UploadJob.objects.filter(pk=job.pk).update(urgent=not job.urgent)


def _change_mail(job: UploadJob, _owner: bool) -> None:
    UploadJob.objects.filter(pk=job.pk).update(mail=not job.mail)


def _delete(job: UploadJob, _owner: bool) -> None:
    spool = Spool(receiver_settings().spool)
    stored = list(
        StoredInstance.objects.filter(job_id=job.pk).exclude(spool_name="").values_list("spool_name", flat=True)
    )
    partial = list(job.partials.values_list("spool_name", flat=True))
    job.delete()

    def delete_files() -> None:
        # rows first: a file without a row is swept, a row without a file would be a loss
        try:
            for name in stored:
                spool.delete(name)
            for name in partial:
                spool.delete_incoming(name)
        except SpoolError as error:
            logger.warning("Files of a deleted job stay until the next sweep: %s", error.message)

    transaction.on_commit(delete_files)


ACTIONS = {
    action.name: action
    for action in (
        Action(
            "queue",
            _("Queue job"),
            _("You have looked at the job: it will be delivered."),
            _("The job was queued."),
            _unverified,
            _queue,
            staff=True,
        ),
        Action(
            "cancel",
            _("Cancel job"),
            _("What is not delivered yet will not be delivered, and the upload program stops sending."),
            _("The job was canceled."),
            _cancelable,
            _cancel,
        ),
        Action(
            "resume",
            _("Resume job"),
            _("What was not delivered will be delivered; the upload can be continued."),
            _("The job was resumed."),
            _resumable,
            _resume,
        ),
        Action(
            "retry",
            _("Retry failed"),
            _("The destination will be tried again for everything that failed."),
            _("What failed is tried again."),
            _retriable,
            _retry,
        ),
        Action(
            "restart",
            _("Restart job"),
            _("Everything that was not delivered, failed or canceled, will be sent to the destination again."),
            _("The job was restarted."),
            _restartable,
            _restart,
            staff=True,
        ),
        Action(
            "urgent",
            _("Change urgency"),
            _("Urgent jobs are delivered before others."),
            _("The urgency was changed."),
            _not_ended,
            _make_urgent,
            staff=True,
        ),
        Action(
            "mail",
            _("Change mail"),
            _("The owner gets a mail when the job has ended; or none any more, if there was to be one."),
            _("It was noted whether a mail is to be sent."),
            _mailable,
            _change_mail,
        ),
        Action(
            "delete",
            _("Delete job"),
            _("The job and everything that was stored for it will be deleted. This can't be undone."),
            _("The job was deleted."),
            _deletable,
            _delete,
        ),
    )
}
