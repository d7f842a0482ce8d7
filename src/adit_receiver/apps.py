"""The Django app."""

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ReceiverConfig(AppConfig):
    name = "adit_receiver"
    label = "adit_receiver"
    verbose_name = _("Uploads")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401, PLC0415 - registers the system checks once the apps are loaded

        post_migrate.connect(_protect_the_audit_log, sender=self)

    def settings_of_project(self) -> Mapping[str, Any] | None:
        """What ``ADIT_UPLOADER_RECEIVER`` is where Django's settings have none; None: it must be there.

        Raises:
            ImproperlyConfigured: it can't be made out; says what to do.
        """
        return None


def _protect_the_audit_log(using: str, **_values: Any) -> None:
    from .audit.protection import TABLES, protect  # noqa: PLC0415 - models, once the apps are loaded

    database = connections[using]
    if set(database.introspection.table_names()) >= TABLES:  # not if migrated back to before
        protect(database)
