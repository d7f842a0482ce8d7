"""Django's admin for what an administrator decides: destinations and the policy; with usage and checks."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from .accounts import StandaloneAccounts
from .audit.changes import Audited
from .forwarding.checking import ask_for
from .forwarding.engines import wake
from .health import worker_is_alive
from .models import Destination, DestinationCheck, Mode, ProfileName, ReceiverPolicy
from .policy import current_policy
from .usage import usage_of_all


@admin.register(Destination)
class DestinationAdmin(Audited):
    list_display = ("name", "kind", "ae_title", "host", "port", "folder", "verification", "tls", "answers")
    list_filter = ("kind", "verification", "tls")
    search_fields = ("name", "ae_title", "host")
    filter_horizontal = ("users", "groups")
    actions = ("ask",)
    fieldsets: ClassVar = [
        (None, {"fields": ("name", "kind")}),
        (_("DICOM server"), {"fields": ("ae_title", "host", "port", "associations", "verification")}),
        (_("TLS"), {"fields": ("tls", "tls_ca", "tls_certificate", "tls_key", "tls_verify_host")}),
        (_("Folder"), {"fields": ("folder", "folder_quota")}),
        (_("Who may send there"), {"fields": ("users", "groups")}),
    ]

    @admin.display(description=_("Answers"), boolean=True)
    def answers(self, row: Destination) -> bool | None:
        """Whether it answered when a worker looked last."""
        found = DestinationCheck.objects.filter(key=str(row.pk), checked__isnull=False).first()
        return found.well if found else None

    @admin.action(description=_("Ask the chosen destinations whether they answer"), permissions=["change"])
    def ask(self, request: HttpRequest, queryset: QuerySet[Destination]) -> None:
        rows = list(queryset)
        self._ask_for(request, rows)
        self.message_user(request, _("The chosen destinations are being asked."), messages.INFO)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.check_view))
        return [path("<int:key>/check/", view, name="adit_receiver_destination_check"), *super().get_urls()]

    def check_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """POST asks, by a worker; GET tells what it found."""
        row = get_object_or_404(Destination, pk=key)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if request.method == "POST":
            self._ask_for(request, [row])
            return redirect("admin:adit_receiver_destination_check", key)
        found = DestinationCheck.objects.filter(key=str(row.pk)).first()
        asked = found.asked if found else None
        pending = found is None or found.checked is None or (asked is not None and found.checked < asked)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Does %(name)s answer?") % {"name": row.name},
            "destination": row,
            "check": found,
            "pending": pending,
            "worker": worker_is_alive(timezone.now()),
        }
        return TemplateResponse(request, "admin/adit_receiver/destination/check.html", context)

    def _ask_for(self, request: HttpRequest, rows: list[Destination]) -> None:
        """Notes the wish; a worker asks, from where deliveries go out, and no request waits for it."""
        known = StandaloneAccounts()
        ask_for([known.target(str(row.pk)) for row in rows], timezone.now())
        self.note(request, "check", rows)
        wake()


class PolicyForm(forms.ModelForm):
    """Names to tick where the row holds lists."""

    allowed_modes = forms.MultipleChoiceField(
        choices=Mode.choices, widget=forms.CheckboxSelectMultiple, required=False, label=_("Allowed modes")
    )
    allowed_profiles = forms.MultipleChoiceField(
        choices=ProfileName.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label=_("Further profiles"),
        help_text=_("That users may pick, beside the one above."),
    )

    class Meta:
        model = ReceiverPolicy
        fields = "__all__"


@admin.register(ReceiverPolicy)
class ReceiverPolicyAdmin(Audited):
    """The one row. Whoever opens the list for the first time finds it with the defaults."""

    form = PolicyForm
    list_display = ("__str__", "locked", "suspended", "profile", "burned_in", "window_begin", "window_end")
    fieldsets: ClassVar = [
        (_("Open or closed"), {"fields": ("locked", "suspended", "unverified")}),
        (_("What may come"), {"fields": ("allowed_modes", "single_patient_only", "burned_in", "largest_instance")}),
        (_("De-identification"), {"fields": ("profile", "allowed_profiles", "only_site_profiles")}),
        (_("Room"), {"fields": ("quota_per_user", "free_space_floor")}),
        (_("When it is forwarded"), {"fields": ("window_begin", "window_end", "window_zone")}),
        (_("How long it is kept"), {"fields": ("spool_days", "job_days")}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReceiverPolicy]:
        ReceiverPolicy.objects.get_or_create(pk=1)
        return super().get_queryset(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ReceiverPolicy, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        wake()  # what was suspended, or waited for its hours, goes on at once

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.usage_view)
        return [path("usage/", view, name="adit_receiver_usage"), *super().get_urls()]

    def usage_view(self, request: HttpRequest) -> HttpResponse:
        """What each user takes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        quota = current_policy().quota_per_user
        rows = [(row, round(100 * row.spooled / quota) if quota else 100) for row in usage_of_all(timezone.now())]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Usage by user"),
            "rows": rows,
            "quota": quota,
        }
        return TemplateResponse(request, "admin/adit_receiver/receiverpolicy/usage.html", context)
