"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceiverConfig(AppConfig):
    name = "adit_receiver"
    label = "adit_receiver"
    verbose_name = _("Uploads")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401, PLC0415 - registers the system checks once the apps are loaded
