"""Addresses of the pages: ``path("uploads/", include("adit_receiver.urls"))``."""

from django.urls import path

from . import monitoring, token_views, views

app_name = "adit_receiver"

urlpatterns = [
    path("", views.start, name="start"),
    path("help/", views.help_page, name="help"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", token_views.revoke, name="token_revoke"),
    path("health", monitoring.health, name="health"),
    path("health/page/", monitoring.health_page, name="health_page"),
    path("metrics", monitoring.metrics, name="metrics"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("jobs/<uuid:job_id>/results/", views.results, name="results"),
    path("jobs/<uuid:job_id>/results.<str:kind>", views.results_file, name="results_file"),
    path("jobs/<uuid:job_id>/tasks/<int:task_id>/", views.task, name="task"),
    path("jobs/<uuid:job_id>/tasks/<int:task_id>/log.txt", views.task_log, name="task_log"),
    path("jobs/<uuid:job_id>/<slug:name>/", views.job_action, name="job_action"),
]
