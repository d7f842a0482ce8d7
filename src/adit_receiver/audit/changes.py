"""Changes by administrators, on pages and in a terminal: who, what, which fields; never what stands in them."""

import os
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AbstractUser
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from .models import Event
from .record import Fact, record

TERMINAL = "terminal"


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; behind a proxy that the server trusts, the client."""
    return str(request.META.get("REMOTE_ADDR", ""))


def name_of(request: HttpRequest) -> str:
    """Who has signed in; '' if nobody."""
    return request.user.get_username() if isinstance(request.user, AbstractUser) else ""


def record_in_terminal(kind: str, name: str) -> None:
    """A change by a command on the server itself. Raises: django.db.DatabaseError."""
    record(Fact(Event.ADMIN_CHANGE, f"uid {os.getuid()}", TERMINAL, code="set", subject=f"{kind} {name}"))


class Audited(admin.ModelAdmin):
    """Writes each change into the audit log, in the change's own transaction."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        self.note(request, "add", [obj])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        self.note(request, "change", [obj], _fields(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        self.note(request, "delete", queryset)
        return super().log_deletions(request, queryset)

    def note(self, request: HttpRequest, code: str, objects: Iterable[Model], fields: str = "") -> None:
        """An entry for each object. code: what was done."""
        for each in objects:
            subject = f"{self.opts.model_name} {each}" + (f": {fields}" if fields else "")
            record(Fact(Event.ADMIN_CHANGE, name_of(request), address_of(request), code=code, subject=subject))


def _fields(message: Any) -> str:
    """Names of what was changed, from what Django's admin notes of a change."""
    if not isinstance(message, list):
        return ""
    names: list[str] = []
    for part in message:
        for kind in ("added", "changed", "deleted"):
            change = part.get(kind, {})
            names += [str(name) for name in change.get("fields", ())]
            if "name" in change:
                names.append(f"{kind} {change['name']}")
    return ", ".join(names)
