"""Django's admin for everything that the receiver keeps. What happened is shown and not edited."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from adit_uploader.deid.errors import InvalidProfile

from .admin_deciding import DestinationAdmin, ReceiverPolicyAdmin
from .audit.changes import Audited, address_of, name_of
from .audit.export import audit_rows
from .audit.models import AuditEntry, Event
from .audit.record import Fact, record, write_counted
from .errors import ProfileNotAddedError
from .models import (
    Forward,
    JobLease,
    JobMail,
    PartialInstance,
    SiteProfile,
    StoredInstance,
    Token,
    UploadJob,
    UploadTask,
    UserProfile,
)
from .site_profiles import add_profile, checked_profile
from .tables import CSV_TYPE, csv_lines

__all__ = ["DestinationAdmin", "ReceiverPolicyAdmin"]  # Django looks for pages here


class Shown(admin.ModelAdmin):
    """Shows rows; nobody edits what happened."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(UserProfile)
class UserProfileAdmin(Audited):
    list_display = ("user", "department", "language")
    list_filter = ("department",)
    search_fields = ("user__username", "department")
    autocomplete_fields = ("user",)


@admin.register(Token)
class TokenAdmin(Audited):
    """Tokens are made by ``adit-receiver user``: nobody sees one twice, so none is made here."""

    list_display = ("user", "name", "created", "expires", "last_used", "revoked")
    list_filter = ("revoked",)
    search_fields = ("user__username", "name")
    readonly_fields = ("user", "digest", "created", "last_used", "revoked")
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("Revoke the chosen tokens"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        with transaction.atomic():
            rows = list(queryset.select_for_update().filter(revoked__isnull=True))
            Token.objects.filter(pk__in=[row.pk for row in rows]).update(revoked=timezone.now())
            self.note(request, "revoke", rows)


class SiteProfileForm(forms.ModelForm):
    """Takes a profile's file, and says what is wrong with it, line by line."""

    class Meta:
        model = SiteProfile
        fields = ("text", "preferred")

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        try:
            checked_profile(text)
        except InvalidProfile as error:
            raise forms.ValidationError([error.message, *error.lines]) from None
        except ProfileNotAddedError as error:
            raise forms.ValidationError(error.message) from None
        return text


@admin.register(SiteProfile)
class SiteProfileAdmin(Audited):
    """Profiles are added and withdrawn, never changed: results name them by their hash."""

    list_display = ("name", "version", "digest", "keeps", "offered", "preferred", "created")
    list_filter = ("offered",)
    search_fields = ("name",)
    actions = ("withdraw", "offer")
    form = SiteProfileForm

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: SiteProfile, form: Any, change: bool) -> None:
        row = add_profile(form.cleaned_data["text"], preferred=form.cleaned_data["preferred"])
        obj.__dict__.update(row.__dict__)

    @admin.action(description=_("Withdraw the chosen profiles"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[SiteProfile]) -> None:
        with transaction.atomic():
            self.note(request, "withdraw", queryset)
            queryset.update(offered=False, preferred=False)

    @admin.action(description=_("Offer the chosen profiles again"), permissions=["change"])
    def offer(self, request: HttpRequest, queryset: QuerySet[SiteProfile]) -> None:
        for row in queryset.order_by("name", "version"):
            try:
                with transaction.atomic():
                    add_profile(row.text, preferred=row.preferred)
                    self.note(request, "offer", [row])
            except (InvalidProfile, ProfileNotAddedError) as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)


@admin.register(UploadJob)
class UploadJobAdmin(Shown):
    list_display = ("id", "owner", "destination_name", "mode", "state", "created", "ended")
    list_filter = ("state", "mode", "profile", "destination_name")
    search_fields = ("id", "owner__username", "project_name")
    date_hierarchy = "created"


@admin.register(UploadTask)
class UploadTaskAdmin(Shown):
    list_display = ("id", "job", "state", "attempts", "created", "ended")
    list_filter = ("state",)
    search_fields = ("job__id", "study_instance_uid")


@admin.register(StoredInstance)
class StoredInstanceAdmin(Shown):
    list_display = ("sop_instance_uid", "job", "length", "received")
    search_fields = ("job__id", "sop_instance_uid")
    list_select_related = ("job",)


@admin.register(Forward)
class ForwardAdmin(Shown):
    list_display = ("instance", "state", "attempts", "next_try", "lease_owner", "lease_until")
    list_filter = ("state",)
    list_select_related = ("instance",)


@admin.register(AuditEntry)
class AuditEntryAdmin(Shown):
    list_display = ("at", "event", "who", "address", "job", "code", "subject", "counts", "number")
    list_filter = ("event", "at")
    search_fields = ("who", "address", "job", "code", "subject")
    date_hierarchy = "at"
    actions = ("export",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        write_counted(timezone.now())
        return super().get_queryset(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether this user may take the log away."""
        return request.user.has_perm("adit_receiver.export_audit_log")

    @admin.action(description=_("Download the chosen entries as CSV"), permissions=["export"])
    def export(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> StreamingHttpResponse:
        rows = queryset.order_by("id")
        fact = Fact(
            Event.DOWNLOAD,
            name_of(request),
            address_of(request),
            code="csv",
            subject="audit log",
            counts={"rows": rows.count()},
        )
        record(fact)
        name = f"audit-log-{timezone.now():%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            csv_lines(audit_rows(rows.iterator())),
            content_type=CSV_TYPE,
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


@admin.register(JobMail)
class JobMailAdmin(Shown):
    list_display = ("job", "state", "created", "sent", "attempts", "message")
    list_select_related = ("job",)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("adit_receiver.view_uploadjob")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(JobLease)
class JobLeaseAdmin(Shown):
    list_display = ("job", "part", "connection", "until")


@admin.register(PartialInstance)
class PartialInstanceAdmin(Shown):
    list_display = ("sop_instance_uid", "job", "offset", "length", "updated")
