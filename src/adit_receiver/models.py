"""What the receiver remembers: who may send where, jobs, tasks, stored instances, forward rows.

Job and task states carry ADIT's own codes. A destination is kept in a job as key and name, never as a foreign key:
inside ADIT the destinations are ADIT's tables.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .audit.models import AuditEntry, AuditRetention, AuditTally
from .forwarding.models import Destination, DestinationCheck, Verification
from .policy_models import BurnedIn, Mode, ProfileName, ReceiverPolicy, SiteProfile, all_modes

__all__ = [
    "AuditEntry",
    "AuditRetention",
    "AuditTally",
    "BurnedIn",
    "Destination",
    "DestinationCheck",
    "Mode",
    "ProfileName",
    "ReceiverPolicy",
    "SiteProfile",
    "Verification",
    "all_modes",
]  # Django looks for tables here

MAX_UID = 64  # PS3.5 section 9.1


class JobState(models.TextChoices):
    """States of a job, as in ADIT."""

    UNVERIFIED = "UV", _("Unverified")
    PENDING = "PE", _("Pending")  # opened, nothing has been forwarded yet
    IN_PROGRESS = "IP", _("In progress")
    CANCELING = "CI", _("Canceling")
    CANCELED = "CA", _("Canceled")
    SUCCESS = "SU", _("Success")
    WARNING = "WA", _("Warning")
    FAILURE = "FA", _("Failure")


class TaskState(models.TextChoices):
    """States of a task, as in ADIT."""

    PENDING = "PE", _("Pending")
    IN_PROGRESS = "IP", _("In progress")
    CANCELED = "CA", _("Canceled")
    SUCCESS = "SU", _("Success")
    WARNING = "WA", _("Warning")
    FAILURE = "FA", _("Failure")


class ForwardState(models.TextChoices):
    """States of one instance on its way to the destination."""

    WAITING = "waiting", _("Waiting")
    LEASED = "leased", _("Being sent")
    SENT = "sent", _("Sent, not confirmed yet")
    DELIVERED = "delivered", _("Delivered")
    UNCONFIRMED = "unconfirmed", _("Sent, and never confirmed")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")


class UserProfile(models.Model):
    """What a plain Django user lacks: the department, which goes into pseudonyms."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="upload_profile", verbose_name=_("user")
    )
    department = models.CharField(_("department"), max_length=128, blank=True)
    language = models.CharField(
        _("language"),
        max_length=8,
        blank=True,
        choices=[("en", "English"), ("de", "Deutsch")],
        help_text=_("Of mails to this user."),
    )

    class Meta:
        verbose_name = _("department of a user")
        verbose_name_plural = _("departments of users")

    def __str__(self) -> str:
        return f"{self.user}: {self.department}"


class Token(models.Model):
    """A user's key to the websocket. Only its digest is kept: 256 random bits need no slow hash."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="upload_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True, help_text=_("SHA-256 of the token, hex"))
    created = models.DateTimeField(_("made"), default=timezone.now)
    expires = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.user}: {self.name or self.pk}"


class UploadJob(models.Model):
    """One upload. Its id is made by the client, so that opening it again resumes it."""

    id = models.UUIDField(_("number of the job"), primary_key=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="upload_jobs", verbose_name=_("owner")
    )
    destination_key = models.CharField(
        _("key of the destination"), max_length=128, help_text=_("What the account adapter finds it by.")
    )
    destination_name = models.CharField(_("destination"), max_length=128)
    mode = models.CharField(_("pseudonyms"), max_length=16, choices=Mode.choices)
    profile = models.CharField(_("profile"), max_length=32)
    profile_hash = models.CharField(
        _("digest of the profile"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("Of one of the receiver's own profiles: SHA-256, hex."),
    )
    digest = models.CharField(
        _("kind of digests"), max_length=16, default="sha256", help_text=_("Algorithm of its files' digests.")
    )
    project_name = models.CharField(_("project"), max_length=1024, blank=True)
    project_description = models.CharField(_("description of the project"), max_length=1024, blank=True)
    trial_protocol_id = models.CharField(_("ID of the trial protocol"), max_length=64, blank=True)
    trial_protocol_name = models.CharField(_("name of the trial protocol"), max_length=64, blank=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    mail = models.BooleanField(_("mail at the end"), default=False, help_text=_("Tell the owner when it is finished."))
    patients = models.PositiveBigIntegerField(_("patients"), default=0, help_text=_("As announced by the client."))
    studies = models.PositiveBigIntegerField(_("studies"), default=0, help_text=_("As announced by the client."))
    instances = models.PositiveBigIntegerField(_("images"), default=0, help_text=_("As announced by the client."))
    state = models.CharField(_("state"), max_length=2, choices=JobState.choices, default=JobState.PENDING)
    message = models.TextField(_("message"), blank=True)
    client_counts = models.JSONField(
        _("counts at the end"), default=dict, blank=True, help_text=_("Outcomes as the client told at its end.")
    )
    created = models.DateTimeField(_("opened"), default=timezone.now)
    started = models.DateTimeField(_("begun"), null=True, blank=True)
    ended = models.DateTimeField(_("ended"), null=True, blank=True)
    finished_by_client = models.DateTimeField(_("all sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering: ClassVar = ["-created"]
        indexes: ClassVar = [models.Index(fields=["owner", "-created"], name="adit_receiver_job_owner")]
        permissions: ClassVar = [
            ("can_upload", "Can upload"),
            ("can_upload_internal", "Can upload with internal pseudonyms"),
            ("can_upload_batch", "Can upload with pseudonyms from a batch file"),
            ("can_upload_fixed", "Can upload with a fixed pseudonym"),
            ("can_upload_unpseudonymized", "Can upload without pseudonyms"),
            ("view_metrics", "Can see the receiver's metrics and health"),
        ]

    def __str__(self) -> str:
        return self.pk.hex


class JobLease(models.Model):
    """Which connection may write a part of a job. Lanes of one client share a job by parts."""

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="leases", verbose_name=_("job"))
    part = models.CharField(_("part"), max_length=1024)
    connection = models.UUIDField(_("connection"))
    server = models.CharField(
        _("process"), max_length=64, blank=True, help_text=_("The process that has this connection.")
    )
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("connection of a job")
        verbose_name_plural = _("connections of jobs")
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "part"], name="adit_receiver_lease_part")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.part}"


class UploadTask(models.Model):
    """One study of a job, on its way to the destination."""

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="tasks", verbose_name=_("job"))
    patient_id = models.CharField(
        _("patient"), max_length=64, help_text=_("The pseudonym; in mode None the PatientID.")
    )
    study_instance_uid = models.CharField(_("StudyInstanceUID"), max_length=MAX_UID)
    state = models.CharField(_("state"), max_length=2, choices=TaskState.choices, default=TaskState.PENDING)
    attempts = models.PositiveIntegerField(
        _("attempts"), default=0, help_text=_("How often delivery was tried, of the instance that took most.")
    )
    message = models.TextField(_("message"), blank=True)
    log = models.TextField(_("log"), blank=True)
    created = models.DateTimeField(_("opened"), default=timezone.now)
    started = models.DateTimeField(_("begun"), null=True, blank=True)
    ended = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "patient_id", "study_instance_uid"], name="adit_receiver_task_study")
        ]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.study_instance_uid}"


class StoredInstance(models.Model):
    """An instance that was acknowledged. Its file lies in the spool until it is delivered."""

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="stored", verbose_name=_("job"))
    task = models.ForeignKey(UploadTask, on_delete=models.CASCADE, related_name="stored", verbose_name=_("task"))
    sop_instance_uid = models.CharField(_("SOPInstanceUID"), max_length=MAX_UID)
    sop_class_uid = models.CharField(_("SOPClassUID"), max_length=MAX_UID)
    transfer_syntax_uid = models.CharField(_("TransferSyntaxUID"), max_length=MAX_UID)
    series_instance_uid = models.CharField(_("SeriesInstanceUID"), max_length=MAX_UID)
    length = models.PositiveBigIntegerField(_("length"), help_text=_("Bytes."))
    digest = models.CharField(_("digest"), max_length=80, help_text=_("SHA-256 as hex, or blake3: and hex."))
    spool_name = models.CharField(
        _("name in the spool"),
        max_length=64,
        blank=True,
        db_index=True,
        help_text=_("Name in the spool; empty once the file is gone."),
    )
    received = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("stored image")
        verbose_name_plural = _("stored images")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "sop_instance_uid"], name="adit_receiver_instance_once")
        ]
        indexes: ClassVar = [models.Index(fields=["sop_instance_uid"], name="adit_receiver_instance_uid")]

    def __str__(self) -> str:
        return self.sop_instance_uid


class Forward(models.Model):
    """The way of one instance to the destination: the truth of the work queue."""

    instance = models.OneToOneField(
        StoredInstance, on_delete=models.CASCADE, related_name="forward", verbose_name=_("image")
    )
    state = models.CharField(_("state"), max_length=16, choices=ForwardState.choices, default=ForwardState.WAITING)
    lease_owner = models.CharField(_("taken by"), max_length=64, blank=True)
    lease_until = models.DateTimeField(_("taken until"), null=True, blank=True)
    attempts = models.PositiveIntegerField(
        _("attempts"),
        default=0,
        help_text=_("Of those that count: not while a destination is away, and anew once a person says so."),
    )
    tries = models.PositiveIntegerField(
        _("all attempts"), default=0, help_text=_("How often delivery was tried, whoever wanted it.")
    )
    next_try = models.DateTimeField(_("next attempt"), default=timezone.now)
    message = models.TextField(_("message"), blank=True)
    warning = models.TextField(_("warning"), blank=True)
    ended = models.DateTimeField(_("ended"), null=True, blank=True, help_text=_("When it came to its outcome."))
    asked = models.PositiveIntegerField(
        _("asked"), default=0, help_text=_("How often the destination was asked whether it has it.")
    )
    commitment = models.CharField(
        _("transaction"),
        max_length=MAX_UID,
        blank=True,
        help_text=_("Transaction in which the destination is to say so."),
    )

    class Meta:
        verbose_name = _("delivery of an image")
        verbose_name_plural = _("deliveries of images")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "next_try"], name="adit_receiver_forward_due"),
            models.Index(
                fields=["commitment"], name="adit_receiver_forward_promise", condition=~models.Q(commitment="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instance_id}: {self.state}"


class PartialInstance(models.Model):
    """The durable beginning of a large instance, from which an interrupted upload goes on."""

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="partials", verbose_name=_("job"))
    sop_instance_uid = models.CharField(_("SOPInstanceUID"), max_length=MAX_UID)
    length = models.PositiveBigIntegerField(_("length"), help_text=_("Bytes of the whole instance."))
    offset = models.PositiveBigIntegerField(_("durable"), help_text=_("Bytes that are durable."))
    spool_name = models.CharField(_("name in the spool"), max_length=64, unique=True)
    updated = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("beginning of an image")
        verbose_name_plural = _("beginnings of images")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "sop_instance_uid"], name="adit_receiver_partial_once")
        ]

    def __str__(self) -> str:
        return f"{self.sop_instance_uid}: {self.offset}/{self.length}"


class FailedLogins(models.Model):
    """How often logins have failed lately, from one address or with one kind of token."""

    key = models.CharField(max_length=96, unique=True)
    number = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(db_index=True, help_text=_("When it is forgotten."))

    class Meta:
        default_permissions: ClassVar = []

    def __str__(self) -> str:
        return self.key


class KnownLogin(models.Model):
    """A token that has opened a connection lately: failures of others at the same address don't keep it out."""

    digest = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of the token, hex"))
    seen = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions: ClassVar = []

    def __str__(self) -> str:
        return str(self.seen)


class WorkerBeat(models.Model):
    """When a forwarding worker has looked for work, wherever it runs."""

    name = models.CharField(max_length=64, unique=True)
    host = models.CharField(max_length=255)
    seen = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions: ClassVar = []

    def __str__(self) -> str:
        return f"{self.name}: {self.seen}"


class JobMail(models.Model):
    """A mail to a job's owner that is to be sent: written with the state that it tells of."""

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="mails", verbose_name=_("job"))
    state = models.CharField(_("state"), max_length=2, choices=JobState.choices)
    created = models.DateTimeField(_("written"), default=timezone.now)
    sent = models.DateTimeField(_("sent"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_try = models.DateTimeField(_("next attempt"), default=timezone.now)
    message = models.TextField(_("message"), blank=True, help_text=_("Why it could not be sent."))

    class Meta:
        verbose_name = _("mail about a job")
        verbose_name_plural = _("mails about jobs")
        default_permissions: ClassVar = []
        indexes: ClassVar = [
            models.Index(fields=["next_try"], name="adit_receiver_mail_due", condition=models.Q(sent=None))
        ]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.state}"
