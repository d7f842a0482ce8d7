"""The tables of what administrators decide: the policy, and the receiver's own de-identification profiles."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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


def all_modes() -> list[str]:
    """What a policy allows unless somebody decides otherwise."""
    return list(Mode.values)


class ReceiverPolicy(models.Model):
    """The one row of what an administrator decides. Sizes are bytes; read it with ``policy.current_policy``."""

    locked = models.BooleanField(_("locked"), default=False, help_text=_("Nobody but staff can upload."))
    suspended = models.BooleanField(_("suspended"), default=False, help_text=_("Uploads are taken, forwarding waits."))
    allowed_modes = models.JSONField(
        _("allowed modes"),
        default=all_modes,
        blank=True,
        help_text=_("How patients may be pseudonymized, as far as users may it at all."),
    )
    profile = models.CharField(_("profile"), max_length=32, choices=ProfileName.choices, default=ProfileName.RESEARCH)
    allowed_profiles = models.JSONField(
        _("allowed profiles"),
        default=list,
        blank=True,
        help_text=_("Further profiles that users may pick, as a list of names."),
    )
    only_site_profiles = models.BooleanField(
        _("own profiles only"),
        default=False,
        help_text=_("Users may use this receiver's own profiles and no built-in one."),
    )
    burned_in = models.CharField(_("text in pictures"), max_length=8, choices=BurnedIn.choices, default=BurnedIn.ASK)
    single_patient_only = models.BooleanField(_("one patient a job only"), default=False)
    largest_instance = models.PositiveBigIntegerField(_("largest file, bytes"), default=8 * 1024**3)
    quota_per_user = models.PositiveBigIntegerField(
        _("quota of a user"), default=200 * 1024**3, help_text=_("Bytes in the spool.")
    )
    free_space_floor = models.PositiveBigIntegerField(
        _("space that stays free"), default=1024**3, help_text=_("Bytes of the spool's disk that are never used.")
    )
    unverified = models.BooleanField(
        _("jobs wait for an administrator"),
        default=False,
        help_text=_("Jobs are forwarded only once an administrator has looked at them."),
    )
    window_begin = models.TimeField(
        _("forward from"),
        null=True,
        blank=True,
        help_text=_("Forward only from this time of day on, urgent jobs excepted."),
    )
    window_end = models.TimeField(
        _("forward until"), null=True, blank=True, help_text=_("Until then; may be in the next morning.")
    )
    window_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", help_text=_("Of these times, for example Europe/Berlin.")
    )
    spool_days = models.PositiveIntegerField(
        _("days for files"),
        null=True,
        blank=True,
        help_text=_("Files that could not be delivered are deleted after so many days."),
    )
    job_days = models.PositiveIntegerField(
        _("days for records"),
        null=True,
        blank=True,
        help_text=_("Records of ended jobs are deleted after so many days."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("receiver policy")
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

    name = models.CharField(_("name"), max_length=24)
    version = models.PositiveIntegerField(_("version"))
    digest = models.CharField(_("digest"), max_length=64, help_text=_("SHA-256 of its content, hex"))
    text = models.TextField(_("text"), help_text=_("The profile's file (TOML); docs/profiles.md describes it."))
    keeps = models.JSONField(_("keeps"), default=list, blank=True, help_text=_("The identifiers that it keeps."))
    offered = models.BooleanField(
        _("offered"), default=True, help_text=_("Users may choose it, and jobs by it are taken.")
    )
    preferred = models.BooleanField(
        _("preferred"), default=False, help_text=_("It is used unless the user picks another.")
    )
    created = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("own profile")
        verbose_name_plural = _("own profiles")
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
