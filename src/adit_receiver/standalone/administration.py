"""Users and groups of a receiver of its own: Django's pages for them, with each change in the audit log."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from adit_receiver.audit.changes import Audited
from adit_receiver.models import UserProfile

admin.site.unregister(User)
admin.site.unregister(Group)


class ProfileInline(admin.StackedInline):
    """Department and language, on the user's own page."""

    model = UserProfile
    can_delete = False


@admin.register(User)
class AuditedUserAdmin(Audited, UserAdmin):
    """Who may what."""

    inlines = (ProfileInline,)


@admin.register(Group)
class AuditedGroupAdmin(Audited, GroupAdmin):
    """What several may."""


def login_of_admin(request: HttpRequest) -> HttpResponse:
    """Leads to the one login page. Whoever has signed in and comes here may not administer."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect(f"{reverse('login')}?{request.GET.urlencode()}")
