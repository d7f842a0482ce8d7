"""Mails to the owners of finished jobs: written into a table with the state that they tell of, sent by the worker.

A mail names the job, its destination and counts. It names no patient, no study and no project, which people type.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from smtplib import SMTPException
from types import MappingProxyType

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.urls import NoReverseMatch, reverse

from .audit.models import Event
from .audit.record import Fact, record
from .conf import receiver_settings
from .forwarding.pacing import delay
from .models import Forward, ForwardState, JobMail, JobState, UploadJob, UserProfile

logger = logging.getLogger(__name__)

ATTEMPTS = 8
FIRST_DELAY = 30.0  # seconds
LONGEST_DELAY = 3600.0
_USUAL = "django.core.mail.backends.smtp.EmailBackend"  # where MAILERS names none
_HELD = timedelta(minutes=10)  # whoever sends a mail and is killed has had it for so long


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says, in one language; ``format`` strings."""

    states: Mapping[str, str]
    subject: str
    text: str
    link: str


_ENGLISH = Words(
    states=MappingProxyType(
        {
            JobState.SUCCESS: "everything was delivered",
            JobState.WARNING: "finished with warnings",
            JobState.FAILURE: "failed",
            JobState.CANCELED: "canceled",
        }
    ),
    subject="Upload {job}: {state}",
    text=(
        "Your upload {job} to {destination}: {state}.\n\n"
        "Begun: {created} UTC\nEnded: {ended} UTC\n"
        "Stored: {stored} images\nDelivered: {delivered}\nNot delivered: {failed}\n"
    ),
    link="\nThe job with its studies, messages and results:\n{link}\n",
)
_GERMAN = Words(
    states=MappingProxyType(
        {
            JobState.SUCCESS: "alles wurde zugestellt",
            JobState.WARNING: "mit Warnungen beendet",
            JobState.FAILURE: "fehlgeschlagen",
            JobState.CANCELED: "abgebrochen",
        }
    ),
    subject="Übertragung {job}: {state}",
    text=(
        "Ihre Übertragung {job} nach {destination}: {state}.\n\n"
        "Begonnen: {created} UTC\nBeendet: {ended} UTC\n"
        "Gespeichert: {stored} Bilder\nZugestellt: {delivered}\nNicht zugestellt: {failed}\n"
    ),
    link="\nDer Auftrag mit seinen Studien, Meldungen und Ergebnissen:\n{link}\n",
)


def due_mails(now: datetime) -> bool:
    """Whether a mail is to be sent now."""
    return _due(now).exists()


def send_due(now: datetime, random: Random) -> int:
    """Sends what is due, one after the other; how many were sent. Takes as long as the mail server does.

    Raises:
        django.db.DatabaseError: the database's.
    """
    sent = 0
    for key in list(_due(now).values_list("pk", flat=True)[:100]):
        # of several workers one gets it
        if _due(now).filter(pk=key).update(next_try=now + _HELD):
            sent += _send(JobMail.objects.select_related("job__owner").get(pk=key), now, random)
    return sent


def _due(now: datetime) -> "QuerySet[JobMail]":
    return JobMail.objects.filter(sent=None, next_try__lte=now, attempts__lt=ATTEMPTS).order_by("pk")


def _send(mail: JobMail, now: datetime, random: Random) -> bool:
    address = mail.job.owner.email
    if not address:
        JobMail.objects.filter(pk=mail.pk).update(attempts=ATTEMPTS, message="The owner has no mail address.")
        return False
    subject, text = mail_text(mail.job, mail.state)
    try:
        send_mail(subject, text, None, [address])
    except (OSError, SMTPException) as error:  # its text may hold the address
        attempts = mail.attempts + 1
        JobMail.objects.filter(pk=mail.pk).update(
            attempts=attempts,
            next_try=now + delay(attempts, first=FIRST_DELAY, longest=LONGEST_DELAY, random=random),
            message=f"The mail server did not take it: {type(error).__name__}.",
        )
        logger.warning("A mail about job %s was not sent: %s", mail.job_id.hex, type(error).__name__)
        return False
    with transaction.atomic():
        JobMail.objects.filter(pk=mail.pk).update(sent=now, message="")
        record(Fact(Event.MAILED, mail.job.owner.get_username(), "", mail.job_id, JobState(mail.state).name.lower()))
    return True


def mail_text(job: UploadJob, state: str) -> tuple[str, str]:
    """Subject and text, in the owner's language."""
    words = _GERMAN if _language(job) == "de" else _ENGLISH
    counts = Forward.objects.filter(instance__job_id=job.pk).aggregate(
        stored=Count("pk"),
        delivered=Count("pk", filter=Q(state=ForwardState.DELIVERED)),
    )
    values = {
        "job": job.pk.hex[:8],
        "destination": job.destination_name,
        "state": words.states[state],
        "created": f"{job.created:%Y-%m-%d %H:%M}",
        "ended": f"{job.ended:%Y-%m-%d %H:%M}" if job.ended else "—",
        "failed": counts["stored"] - counts["delivered"],
        **counts,
    }
    text = words.text.format(**values)
    if link := job_link(job):
        text += words.link.format(link=link)
    return words.subject.format(**values), text


def job_link(job: UploadJob) -> str:
    """Address of the job's page; '' where the settings don't say where the pages are."""
    public = receiver_settings().public_url.rstrip("/")
    if not public:
        return ""
    try:
        return public + reverse("adit_receiver:job", args=[job.pk])
    except NoReverseMatch:  # a worker whose project has no pages
        return ""


def _language(job: UploadJob) -> str:
    profile = UserProfile.objects.filter(user_id=job.owner_id).first()
    return (profile.language if profile else "") or str(settings.LANGUAGE_CODE)[:2]


def can_mail() -> bool:
    """Whether this project sends mails to people at all."""
    mailers = getattr(settings, "MAILERS", None)  # from Django 6.1 on, where a project has moved to it
    if mailers is None:
        backend = settings.EMAIL_BACKEND
    else:
        backend = mailers["default"].get("BACKEND", _USUAL) if "default" in mailers else ""
    return bool(backend) and not str(backend).endswith((".console.EmailBackend", ".dummy.EmailBackend"))
