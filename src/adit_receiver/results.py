"""What a job has brought, series by series: pseudonyms, new UIDs, counts; in mode None the PatientID too."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from .bookkeeping import NOT_DELIVERED
from .models import ForwardState, Mode, StoredInstance, TaskState, UploadJob
from .tables import Cell


def result_columns(job: UploadJob) -> list[str]:
    """Titles of the table's columns."""
    patient = [_("PatientID")] if job.mode == Mode.NONE else []
    uids = ["StudyInstanceUID", "SeriesInstanceUID"]
    return [*patient, _("Pseudonym"), *uids, _("Stored"), _("Delivered"), _("Failed"), _("State of the study")]


def result_series(job: UploadJob) -> "QuerySet[Any, Any]":
    """A row a series, sorted by patient and study."""
    return (
        StoredInstance.objects.filter(job_id=job.pk)
        .order_by("task__patient_id", "task_id", "series_instance_uid")
        .values("task__patient_id", "task_id", "task__study_instance_uid", "task__state", "series_instance_uid")
        .annotate(
            n_stored=Count("pk"),
            n_delivered=Count("pk", filter=Q(forward__state=ForwardState.DELIVERED)),
            n_failed=Count("pk", filter=Q(forward__state__in=NOT_DELIVERED)),
        )
    )


def result_row(job: UploadJob, series: dict[str, Any]) -> list[Cell]:
    """The cells of one row."""
    patient = [series["task__patient_id"]] if job.mode == Mode.NONE else []
    uids = [series["task__study_instance_uid"], series["series_instance_uid"]]
    counts = [series["n_stored"], series["n_delivered"], series["n_failed"]]
    return [*patient, series["task__patient_id"], *uids, *counts, str(TaskState(series["task__state"]).label)]


def result_table(job: UploadJob) -> Iterator[Sequence[Cell]]:
    """Titles and all rows."""
    yield result_columns(job)
    for series in result_series(job).iterator(chunk_size=1000):
        yield result_row(job, series)
