"""Addresses inside ADIT: ``path("uploads/", include("adit_receiver.adit.urls"))``."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode

from adit_receiver import urls


def overview(request: HttpRequest) -> HttpResponse:
    """From ADIT's admin section, which names a state ``status``, to the job list."""
    return redirect(f"{reverse('adit_receiver:jobs')}?{urlencode({'state': request.GET.get('status', '')})}")


app_name = urls.app_name

urlpatterns = [path("overview/", overview, name="overview"), *urls.urlpatterns]
