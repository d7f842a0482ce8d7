"""The Django app inside ADIT: its menu item, its line in the admin section's overview, its settings."""

from collections.abc import Mapping
from typing import Any

from adit.core.site import JobStats, register_job_stats_collector
from adit_radis_shared.common.site import MainMenuItem, register_main_menu_item
from django.contrib import admin

from adit_receiver.apps import ReceiverConfig

from .environment import settings_inside_adit

MENU_LABEL = "Upload Jobs"  # ADIT's own "DICOM Upload" is the one in the browser

_NOT_HERE = ("Destination", "UserProfile", "Token")  # ADIT has its own: what is entered into ours would do nothing


class AditReceiverConfig(ReceiverConfig):
    """In ADIT's ``INSTALLED_APPS``, after ``django.contrib.admin`` and ``procrastinate.contrib.django``."""

    def ready(self) -> None:
        super().ready()
        from . import checks  # noqa: F401, PLC0415 - registers the system check once the apps are loaded

        register_main_menu_item(MainMenuItem(url_name="adit_receiver:jobs", label=MENU_LABEL))
        register_job_stats_collector(_count_jobs)
        for name in _NOT_HERE:
            if admin.site.is_registered(model := self.get_model(name)):
                admin.site.unregister(model)

    def settings_of_project(self) -> Mapping[str, Any]:
        return settings_inside_adit()


def _count_jobs() -> JobStats:
    from django.db.models import Count  # noqa: PLC0415 - models are not loaded yet when this module is

    from adit_receiver.models import JobState, UploadJob  # noqa: PLC0415 - the same

    counted = dict(UploadJob.objects.order_by().values_list("state").annotate(n=Count("pk")))
    counts = {state.value: counted.get(state.value, 0) for state in JobState}
    return JobStats(MENU_LABEL, "adit_receiver:overview", counts)
