"""The second of the three lines."""

from django.urls import include, path

from .urls import urlpatterns as _without

urlpatterns = [*_without, path("uploads/", include("adit_receiver.adit.urls"))]
