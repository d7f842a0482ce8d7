"""Addresses of the pages: ``path("uploads/", include("adit_receiver.urls"))``."""

from django.urls import path

from . import views

app_name = "adit_receiver"

urlpatterns = [
    path("", views.start, name="start"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
]
