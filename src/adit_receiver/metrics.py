"""Numbers for Prometheus, read from the database when they are asked for: the same from every server process."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Aggregate, Count, QuerySet, Sum
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .audit.models import AuditEntry
from .conf import receiver_settings
from .errors import SpoolError
from .health import ALIVE, check_all
from .models import Forward, JobLease, StoredInstance, UploadJob, UploadTask, WorkerBeat
from .spool import Spool


@dataclass(frozen=True, slots=True)
class _Present(Collector):
    """What is so now. Labels are states, modes, kinds of events and names of destinations: nobody's data."""

    now: datetime

    def collect(self) -> Iterable[Metric]:
        yield _by(UploadJob.objects.all(), "jobs", "Upload jobs by state and mode.", ("state", "mode"))
        yield _by(UploadTask.objects.all(), "tasks", "Studies by state.", ("state",))
        yield _by(
            Forward.objects.all(),
            "instances",
            "Instances by destination and state.",
            ("instance__job__destination_name", "state"),
            labels=("destination", "state"),
        )
        yield _by(
            AuditEntry.objects.all(),
            "audit_events",
            "What the audit log counts, by event and code.",
            ("event", "code"),
            how_many=Sum("number"),
        )
        in_spool = StoredInstance.objects.exclude(spool_name="").aggregate(n=Sum("length"))["n"] or 0
        yield _one("spool_used_bytes", "Bytes of instances that are not delivered.", in_spool)
        with suppress(SpoolError, OSError):  # the check below says so
            yield _one("spool_free_bytes", "Bytes free on the spool's disk.", Spool(receiver_settings().spool).free())
        yield _one(
            "open_parts", "Parts of jobs that connections hold.", JobLease.objects.filter(until__gt=self.now).count()
        )
        workers = WorkerBeat.objects.filter(seen__gt=self.now - ALIVE).count()
        yield _one("workers", "Forwarding workers that have looked for work lately.", workers)
        well = GaugeMetricFamily("adit_receiver_well", "Whether a check finds nothing wrong.", labels=["check"])
        for check in check_all(self.now):
            well.add_metric([check.name], float(check.well))
        yield well


def metrics_text(now: datetime) -> bytes:
    """Prometheus' text format. Raises: django.db.DatabaseError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Present(now))
    return generate_latest(registry)


def _by(
    rows: "QuerySet[UploadJob] | QuerySet[UploadTask] | QuerySet[Forward] | QuerySet[AuditEntry]",
    name: str,
    text: str,
    fields: tuple[str, ...],
    *,
    labels: tuple[str, ...] = (),
    how_many: Aggregate | None = None,
) -> Metric:
    metric = GaugeMetricFamily(f"adit_receiver_{name}", text, labels=labels or fields)
    for row in rows.order_by(*fields).values(*fields).annotate(how_many=how_many or Count("pk")):
        metric.add_metric([str(row[field]) for field in fields], float(row["how_many"]))
    return metric


def _one(name: str, text: str, value: float) -> Metric:
    metric = GaugeMetricFamily(f"adit_receiver_{name}", text)
    metric.add_metric([], float(value))
    return metric
