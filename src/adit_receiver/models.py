"""What the receiver remembers: who may send where, jobs, tasks, stored instances, forward rows.

Job and task states carry ADIT's own codes. A destination is kept in a job as key and name, never as a foreign key:
inside ADIT the destinations are ADIT's tables.
"""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .audit.models import AuditEntry, AuditTally

__all__ = ["AuditEntry", "AuditTally"]  # Django looks for tables here

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
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")


class Mode(models.TextChoices):
    """How patients were pseudonymized before they were sent."""

    INTERNAL = "internal", _("Internal")
    BATCH = "batch", _("Batch file")
    FIXED = "fixed", _("Fixed")
    NONE = "none", _("None")


class ProfileName(models.TextChoices):
    """De-identification profiles by name."""

    BASIC = "basic", _("Basic")
    RESEARCH = "research", _("Research")
    RESEARCH_FULL_DATES = "research-full-dates", _("Research with full dates")


class BurnedIn(models.TextChoices):
    """What clients do with series that may show text in their pictures."""

    ASK = "ask", _("Ask the user for each series")
    NEVER = "never", _("Never send them")


class Destination(models.Model):
    """Where uploads may go, on a receiver of its own (inside ADIT its nodes are used)."""

    class Kind(models.TextChoices):
        DICOM = "dicom", _("DICOM server")
        FOLDER = "folder", _("Folder")

    name = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    ae_title = models.CharField(_("AE title"), max_length=16, blank=True)
    host = models.CharField(max_length=255, blank=True)
    port = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    folder = models.CharField(max_length=1024, blank=True)
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="upload_destinations")
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="upload_destinations")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="adit_receiver_destination_complete",
                condition=(
                    (
                        models.Q(kind="dicom")
                        & ~models.Q(ae_title="")
                        & ~models.Q(host="")
                        & models.Q(port__isnull=False)
                    )
                    | (models.Q(kind="folder") & ~models.Q(folder=""))
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name


class UserProfile(models.Model):
    """What a plain Django user lacks: the department, which goes into pseudonyms."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="upload_profile")
    department = models.CharField(max_length=128, blank=True)

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


class ReceiverPolicy(models.Model):
    """The one row of what an administrator decides. Sizes are bytes; read it with ``policy.current_policy``."""

    locked = models.BooleanField(default=False, help_text=_("Nobody but staff can upload."))
    suspended = models.BooleanField(default=False, help_text=_("Uploads are taken, forwarding waits."))
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

    class Meta:
        verbose_name_plural = _("receiver policy")
        constraints: ClassVar = [
            models.CheckConstraint(name="adit_receiver_policy_one_row", condition=models.Q(id=1)),
        ]

    def __str__(self) -> str:
        return str(_("Receiver policy"))


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
    project_name = models.CharField(max_length=1024, blank=True)
    project_description = models.CharField(max_length=1024, blank=True)
    trial_protocol_id = models.CharField(max_length=64, blank=True)
    trial_protocol_name = models.CharField(max_length=64, blank=True)
    urgent = models.BooleanField(default=False)
    mail = models.BooleanField(default=False, help_text=_("Tell the owner when it is finished."))
    patients = models.PositiveIntegerField(default=0, help_text=_("As announced by the client."))
    studies = models.PositiveIntegerField(default=0, help_text=_("As announced by the client."))
    instances = models.PositiveIntegerField(default=0, help_text=_("As announced by the client."))
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
    attempts = models.PositiveIntegerField(default=0)
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
    sha256 = models.CharField(max_length=64)
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
    attempts = models.PositiveIntegerField(default=0)
    next_try = models.DateTimeField(default=timezone.now)
    message = models.TextField(blank=True)
    warning = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["state", "next_try"], name="adit_receiver_forward_due")]

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
