"""The admin section's overview of all kinds of jobs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from adit.core.site import job_stats_collectors

STATES = ("UV", "PE", "IP", "CI", "CA", "SU", "WA", "FA")


def admin_section(request: HttpRequest) -> HttpResponse:
    rows = [
        (stats.job_name, stats.url_name, [(state, stats.counts[state]) for state in STATES])
        for stats in (collector() for collector in job_stats_collectors)
    ]
    return render(request, "core/admin_section.html", {"rows": rows})
