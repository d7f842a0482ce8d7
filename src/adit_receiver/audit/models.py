"""The tables of the audit log. They know no other table: what is deleted there stays known here."""

from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Event(models.TextChoices):
    """What is written down."""

    LOGIN = "login", _("Login")
    LOGIN_FAILED = "login-failed", _("Failed login")
    LOGIN_BLOCKED = "login-blocked", _("Logins blocked for a while")
    LOGIN_REFUSED = "login-refused", _("Refused at login")
    JOB_OPENED = "job-opened", _("Job opened")
    JOB_RESUMED = "job-resumed", _("Job opened again")
    JOB_REFUSED = "job-refused", _("Refused at a job")
    INSTANCE_REFUSED = "instance-refused", _("Instances refused at the door")
    RULE_BROKEN = "rule-broken", _("Protocol broken")
    JOB_SENT = "job-sent", _("Everything sent")
    JOB_CHANGED = "job-changed", _("Job changed by a person")
    DELIVERY_BEGAN = "delivery-began", _("Delivery began")
    DELIVERY_ENDED = "delivery-ended", _("Delivery ended")
    DOWNLOAD = "download", _("Download")
    TOKEN_CHANGED = "token-changed", _("Token made or revoked by its owner")
    ADMIN_CHANGE = "admin-change", _("Change by an administrator")
    MAILED = "mailed", _("Mail about a job")
    EXPIRED = "expired", _("Deleted, since it was kept long enough")


class AppendOnlyError(TypeError):
    """The program tried to change or delete what happened."""


def _refuse() -> NoReturn:
    raise AppendOnlyError("Entries of the audit log are added, and never changed or deleted.")


class _AppendOnly(models.QuerySet["AuditEntry"]):
    """Reads and adds."""

    def update(self, **_values: Any) -> NoReturn:
        _refuse()

    async def aupdate(self, **_values: Any) -> NoReturn:
        _refuse()

    def delete(self) -> NoReturn:
        _refuse()

    async def adelete(self) -> NoReturn:
        _refuse()

    def _raw_delete(self, using: str | None) -> NoReturn:
        _refuse()

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> NoReturn:
        _refuse()

    def update_or_create(self, *_args: Any, **_values: Any) -> NoReturn:
        _refuse()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> NoReturn:
        _refuse()  # it could overwrite, too; nobody needs it


class AuditEntry(models.Model):
    """One thing that happened, or one kind of thing that happened often."""

    at = models.DateTimeField(
        _("at"), default=timezone.now, db_index=True, help_text=_("When, or when for the first time.")
    )
    until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("When for the last time, if it happened often.")
    )
    number = models.PositiveBigIntegerField(_("number"), default=1, help_text=_("How often."))
    event = models.CharField(_("event"), max_length=32, choices=Event.choices)
    who = models.CharField(
        _("user"), max_length=254, blank=True, help_text=_("User name; empty where nobody has signed in.")
    )
    address = models.CharField(
        _("address"), max_length=64, blank=True, help_text=_("From where; empty for the receiver itself.")
    )
    job = models.UUIDField(_("job"), null=True, blank=True)
    code = models.CharField(_("code"), max_length=64, blank=True, help_text=_("Why, or what was done."))
    subject = models.CharField(
        _("subject"), max_length=254, blank=True, help_text=_("Of what: a destination, a setting.")
    )
    counts = models.JSONField(_("counts"), default=dict, blank=True)

    objects = _AppendOnly.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        base_manager_name = "objects"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes: ClassVar = [models.Index(fields=["job", "id"], name="adit_receiver_audit_job")]
        default_permissions: ClassVar = ["view"]
        permissions: ClassVar = [("export_audit_log", "Can download the audit log")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.event}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            _refuse()
        super().save(*args, **(options | {"force_insert": True}))

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        _refuse()


class AuditTally(models.Model):
    """How often something happened since it was written down; becomes an entry, and is deleted."""

    key = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of what happened, hex"))
    facts = models.JSONField()
    job = models.UUIDField(null=True, blank=True, db_index=True)
    number = models.PositiveBigIntegerField(default=0)
    first = models.DateTimeField()
    last = models.DateTimeField()
    due = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions: ClassVar = []

    def __str__(self) -> str:
        return self.key


class AuditRetention(models.Model):
    """While there is one, entries older than it may be deleted; it never outlives the transaction that deletes them."""

    before = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar = []

    def __str__(self) -> str:
        return str(self.before)
