"""What the receiver remembers: who may send where, jobs, tasks, stored instances, forward rows.

Job and task states carry ADIT's own codes. A destination is kept in a job as key and name, never as a foreign key:
inside ADIT the destinations are ADIT's tables.
"""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .audit.models import AuditEntry, AuditRetention, AuditTally
from .forwarding.models import Destination, DestinationCheck, Verification

__all__ = [
    "AuditEntry",
    "AuditRetention",
    "AuditTally",
    "Destination",
    "DestinationCheck",
    "Verification",
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


class Mode(models.TextChoices):
    """How patients were pseudonymized before they were sent."""

    INTERNAL = "internal", _("Internal")
    BATCH = "batch", _("Batch file")
    FIXED = "fixed", _("Fixed")
    NONE = "none", pgettext_lazy("pseudonyms", "None")  # Django's own "None" is a dash in German


class ProfileName(models.TextChoices):
    """De-identification profiles by name."""

    BASIC = "basic", _("Basic")
    RESEARCH = "research", _("Research")
    RESEARCH_FULL_DATES = "research-full-dates", _("Research with full dates")


class BurnedIn(models.TextChoices):
    """What clients do with series that may show text in their pictures."""

    ASK = "ask", _("Ask the user for each series")
    NEVER = "never", _("Never send them")


class UserProfile(models.Model):
    """What a plain Django user lacks: the department, which goes into pseudonyms."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="upload_profile")
    department = models.CharField(max_length=128, blank=True)
    language = models.CharField(
        max_length=8, blank=True, choices=[("en", "English"), ("de", "Deutsch")], help_text=_("Of mails to this user.")
    )

    def __str__(self) -> str:
        return f"{self.user}: {self.department}"


class Token(models.Model):
    """A user's key to the websocket. Only its digest is kept: 256 random bits need no slow hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="upload_tokens")
    name = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of the token, hex"))
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.user}: {self.name or self.pk}"


def all_modes() -> list[str]:
    """What a policy allows unless somebody decides otherwise."""
    return list(Mode.values)


class ReceiverPolicy(models.Model):
    """The one row of what an administrator decides. Sizes are bytes; read it with ``policy.current_policy``."""

    locked = models.BooleanField(default=False, help_text=_("Nobody but staff can upload."))
    suspended = models.BooleanField(default=False, help_text=_("Uploads are taken, forwarding waits."))
    allowed_modes = models.JSONField(
        default=all_modes, blank=True, help_text=_("How patients may be pseudonymized, as far as users may it at all.")
    )
    profile = models.CharField(max_length=32, choices=ProfileName.choices, default=ProfileName.RESEARCH)
    allowed_profiles = models.JSONField(
        default=list, blank=True, help_text=_("Further profiles that users may pick, as a list of names.")
    )
    only_site_profiles = models.BooleanField(
        default=False, help_text=_("Users may use this receiver's own profiles and no built-in one.")
    )
    burned_in = models.CharField(max_length=8, choices=BurnedIn.choices, default=BurnedIn.ASK)
    single_patient_only = models.BooleanField(default=False)
    largest_instance = models.PositiveBigIntegerField(default=8 * 1024**3)
    quota_per_user = models.PositiveBigIntegerField(default=200 * 1024**3, help_text=_("Bytes in the spool."))
    free_space_floor = models.PositiveBigIntegerField(
        default=1024**3, help_text=_("Bytes of the spool's disk that are never used.")
    )
    unverified = models.BooleanField(
        default=False, help_text=_("Jobs are forwarded only once an administrator has looked at them.")
    )
    window_begin = models.TimeField(
        null=True, blank=True, help_text=_("Forward only from this time of day on, urgent jobs excepted.")
    )
    window_end = models.TimeField(null=True, blank=True, help_text=_("Until then; may be in the next morning."))
    window_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", help_text=_("Of these times, for example Europe/Berlin.")
    )
    spool_days = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Files that could not be delivered are deleted after so many days.")
    )
    job_days = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Records of ended jobs are deleted after so many days.")
    )

    class Meta:
        verbose_name_plural = _("receiver policy")
        constraints: ClassVar = [
            models.CheckConstraint(name="adit_receiver_policy_one_row", condition=models.Q(id=1)),
        ]

    def __str__(self) -> str:
        return str(_("Receiver policy"))

    def clean(self) -> None:
        """Raises ValidationError: a time zone or a mode that there is not, or half a window."""
        problems: dict[str, Any] = {}
        if self.window_zone not in available_timezones():
            problems["window_zone"] = _("There is no such time zone. Write it as Europe/Berlin.")
        if (self.window_begin is None) != (self.window_end is None):
            problems["window_end"] = _("A window has a begin and an end.")
        elif self.window_begin is not None and self.window_begin == self.window_end:
            problems["window_end"] = _("A window that ends when it begins is never open, or always. Leave both empty.")
        for field, known in (("allowed_modes", Mode.values), ("allowed_profiles", ProfileName.values)):
            given = getattr(self, field)
            if not isinstance(given, list) or not set(map(str, given)) <= set(known):
                problems[field] = _("A list of these names: %(names)s") % {"names": ", ".join(known)}
        if problems:
            raise ValidationError(problems)


class SiteProfile(models.Model):
    """A de-identification profile of this receiver's own. Never edited: another content is another version."""

    name = models.CharField(max_length=24)
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of its content, hex"))
    text = models.TextField(help_text=_("The profile's file (TOML); docs/profiles.md describes it."))
    keeps = models.JSONField(default=list, blank=True, help_text=_("The identifiers that it keeps."))
    offered = models.BooleanField(default=True, help_text=_("Users may choose it, and jobs by it are taken."))
    preferred = models.BooleanField(default=False, help_text=_("It is used unless the user picks another."))
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["name", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="adit_receiver_profile_version"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(offered=True), name="adit_receiver_profile_offered"
            ),
            models.UniqueConstraint(
                fields=["preferred"], condition=models.Q(preferred=True), name="adit_receiver_profile_preferred"
            ),
            models.CheckConstraint(
                name="adit_receiver_profile_preferred_is_offered",
                condition=models.Q(preferred=False) | models.Q(offered=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class UploadJob(models.Model):
    """One upload. Its id is made by the client, so that opening it again resumes it."""

    id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="upload_jobs")
    destination_key = models.CharField(max_length=128, help_text=_("What the account adapter finds it by."))
    destination_name = models.CharField(max_length=128)
    mode = models.CharField(max_length=16, choices=Mode.choices)
    profile = models.CharField(max_length=32)
    profile_hash = models.CharField(
        max_length=64, blank=True, default="", help_text=_("Of one of the receiver's own profiles: SHA-256, hex.")
    )
    digest = models.CharField(max_length=16, default="sha256", help_text=_("Algorithm of its files' digests."))
    project_name = models.CharField(max_length=1024, blank=True)
    project_description = models.CharField(max_length=1024, blank=True)
    trial_protocol_id = models.CharField(max_length=64, blank=True)
    trial_protocol_name = models.CharField(max_length=64, blank=True)
    urgent = models.BooleanField(default=False)
    mail = models.BooleanField(default=False, help_text=_("Tell the owner when it is finished."))
    patients = models.PositiveBigIntegerField(default=0, help_text=_("As announced by the client."))
    studies = models.PositiveBigIntegerField(default=0, help_text=_("As announced by the client."))
    instances = models.PositiveBigIntegerField(default=0, help_text=_("As announced by the client."))
    state = models.CharField(max_length=2, choices=JobState.choices, default=JobState.PENDING)
    message = models.TextField(blank=True)
    client_counts = models.JSONField(default=dict, blank=True, help_text=_("Outcomes as the client told at its end."))
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    finished_by_client = models.DateTimeField(null=True, blank=True)

    class Meta:
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

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="leases")
    part = models.CharField(max_length=1024)
    connection = models.UUIDField()
    server = models.CharField(max_length=64, blank=True, help_text=_("The process that has this connection."))
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "part"], name="adit_receiver_lease_part")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.part}"


class UploadTask(models.Model):
    """One study of a job, on its way to the destination."""

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="tasks")
    patient_id = models.CharField(max_length=64, help_text=_("The pseudonym; in mode None the PatientID."))
    study_instance_uid = models.CharField(max_length=MAX_UID)
    state = models.CharField(max_length=2, choices=TaskState.choices, default=TaskState.PENDING)
    attempts = models.PositiveIntegerField(
        default=0, help_text=_("How often delivery was tried, of the instance that took most.")
    )
    message = models.TextField(blank=True)
    log = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "patient_id", "study_instance_uid"], name="adit_receiver_task_study")
        ]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.study_instance_uid}"


class StoredInstance(models.Model):
    """An instance that was acknowledged. Its file lies in the spool until it is delivered."""

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="stored")
    task = models.ForeignKey(UploadTask, on_delete=models.CASCADE, related_name="stored")
    sop_instance_uid = models.CharField(max_length=MAX_UID)
    sop_class_uid = models.CharField(max_length=MAX_UID)
    transfer_syntax_uid = models.CharField(max_length=MAX_UID)
    series_instance_uid = models.CharField(max_length=MAX_UID)
    length = models.PositiveBigIntegerField(help_text=_("Bytes."))
    digest = models.CharField(max_length=80, help_text=_("SHA-256 as hex, or blake3: and hex."))
    spool_name = models.CharField(
        max_length=64, blank=True, db_index=True, help_text=_("Name in the spool; empty once the file is gone.")
    )
    received = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "sop_instance_uid"], name="adit_receiver_instance_once")
        ]
        indexes: ClassVar = [models.Index(fields=["sop_instance_uid"], name="adit_receiver_instance_uid")]

    def __str__(self) -> str:
        return self.sop_instance_uid


class Forward(models.Model):
    """The way of one instance to the destination: the truth of the work queue."""

    instance = models.OneToOneField(StoredInstance, on_delete=models.CASCADE, related_name="forward")
    state = models.CharField(max_length=16, choices=ForwardState.choices, default=ForwardState.WAITING)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(
        default=0, help_text=_("Of those that count: not while a destination is away, and anew once a person says so.")
    )
    tries = models.PositiveIntegerField(default=0, help_text=_("How often delivery was tried, whoever wanted it."))
    next_try = models.DateTimeField(default=timezone.now)
    message = models.TextField(blank=True)
    warning = models.TextField(blank=True)
    ended = models.DateTimeField(null=True, blank=True, help_text=_("When it came to its outcome."))
    asked = models.PositiveIntegerField(
        default=0, help_text=_("How often the destination was asked whether it has it.")
    )
    commitment = models.CharField(
        max_length=MAX_UID, blank=True, help_text=_("Transaction in which the destination is to say so.")
    )

    class Meta:
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

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="partials")
    sop_instance_uid = models.CharField(max_length=MAX_UID)
    length = models.PositiveBigIntegerField(help_text=_("Bytes of the whole instance."))
    offset = models.PositiveBigIntegerField(help_text=_("Bytes that are durable."))
    spool_name = models.CharField(max_length=64, unique=True)
    updated = models.DateTimeField(default=timezone.now)

    class Meta:
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

    job = models.ForeignKey(UploadJob, on_delete=models.CASCADE, related_name="mails")
    state = models.CharField(max_length=2, choices=JobState.choices)
    created = models.DateTimeField(default=timezone.now)
    sent = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try = models.DateTimeField(default=timezone.now)
    message = models.TextField(blank=True, help_text=_("Why it could not be sent."))

    class Meta:
        default_permissions: ClassVar = []
        indexes: ClassVar = [
            models.Index(fields=["next_try"], name="adit_receiver_mail_due", condition=models.Q(sent=None))
        ]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.state}"
