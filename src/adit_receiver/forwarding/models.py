"""The tables of destinations on a receiver of its own, and of what is known about any destination."""

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_ASSOCIATIONS = 16


class Verification(models.TextChoices):
    """How it is found out whether a DICOM server has what it said it took."""

    NONE = "none", _("Not at all: its answer to each instance counts")
    INSTANCES = "instances", _("C-FIND, each instance")
    STUDIES = "studies", _("C-FIND, number of instances of the study")
    COMMITMENT = "commitment", _("Storage commitment")


class Destination(models.Model):
    """Where uploads may go, on a receiver of its own (inside ADIT its nodes are used)."""

    class Kind(models.TextChoices):
        DICOM = "dicom", _("DICOM server")
        FOLDER = "folder", _("Folder")

    name = models.CharField(_("name"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    ae_title = models.CharField(_("AE title"), max_length=16, blank=True)
    host = models.CharField(_("host"), max_length=255, blank=True)
    port = models.PositiveIntegerField(
        _("port"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    associations = models.PositiveSmallIntegerField(
        _("associations"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_ASSOCIATIONS)],
        help_text=_("Connections at once, of all workers together; empty for the receiver's setting."),
    )
    verification = models.CharField(
        _("verification"),
        max_length=16,
        choices=Verification.choices,
        default=Verification.NONE,
        help_text=_("Files stay in the spool until the server has confirmed that it has them."),
    )
    tls = models.BooleanField(_("TLS"), default=False, help_text=_("The server speaks DICOM over TLS."))
    tls_ca = models.CharField(
        _("authorities"), max_length=1024, blank=True, help_text=_("PEM file on the server; empty for the system's.")
    )
    tls_certificate = models.CharField(
        _("our certificate"), max_length=1024, blank=True, help_text=_("PEM file, if the server wants one of us.")
    )
    tls_key = models.CharField(_("its key"), max_length=1024, blank=True, help_text=_("PEM file without a passphrase."))
    tls_verify_host = models.BooleanField(
        _("check the host name"), default=True, help_text=_("The certificate must be of the host above.")
    )
    folder = models.CharField(_("folder"), max_length=1024, blank=True)
    folder_quota = models.PositiveBigIntegerField(
        _("quota of the folder"),
        null=True,
        blank=True,
        help_text=_("Bytes that the folder may hold in all; empty for no limit."),
    )
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="upload_destinations", verbose_name=_("users")
    )
    groups = models.ManyToManyField(
        "auth.Group", blank=True, related_name="upload_destinations", verbose_name=_("groups")
    )

    class Meta:
        verbose_name = _("destination")
        verbose_name_plural = _("destinations")
        app_label = "adit_receiver"
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

    def clean(self) -> None:
        """Raises ValidationError: files that are named are not there, or one of a pair is missing."""
        problems: dict[str, Any] = {}
        for field in ("tls_ca", "tls_certificate", "tls_key"):
            path = getattr(self, field)
            if path and not Path(path).is_file():
                problems[field] = _("There is no such file on the server.")
        if bool(self.tls_certificate) != bool(self.tls_key):
            problems["tls_key" if self.tls_certificate else "tls_certificate"] = _("Certificate and key go together.")
        if problems:
            raise ValidationError(problems)


class DestinationCheck(models.Model):
    """Whether a destination answers, as the worker has found out last; wherever the destination itself is kept."""

    key = models.CharField(max_length=128, unique=True, help_text=_("What the account adapter finds it by."))
    name = models.CharField(max_length=128)
    asked = models.DateTimeField(null=True, blank=True, help_text=_("When somebody wanted to know."))
    checked = models.DateTimeField(null=True, blank=True)
    well = models.BooleanField(default=False)
    text = models.TextField(blank=True)

    class Meta:
        app_label = "adit_receiver"
        default_permissions: ClassVar = []

    def __str__(self) -> str:
        return self.name
