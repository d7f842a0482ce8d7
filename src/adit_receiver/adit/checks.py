"""A system check of what is easily forgotten inside ADIT."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.urls import NoReverseMatch, reverse


@checks.register(checks.Tags.urls)
def check_addresses(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """The menu on each of ADIT's pages needs the addresses of ours."""
    try:
        reverse("adit_receiver:overview")
    except NoReverseMatch:
        return [
            checks.Error(
                "The receiver's pages have no addresses; every page of ADIT would fail at its menu.",
                hint='Add path("uploads/", include("adit_receiver.adit.urls")) to urlpatterns in adit/urls.py.',
                id="adit_receiver.E005",
            )
        ]
    return []
