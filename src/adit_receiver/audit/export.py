"""The audit log as a table."""

import json
from collections.abc import Iterable, Iterator, Sequence

from .models import AuditEntry

COLUMNS = ("at", "until", "number", "event", "who", "address", "job", "code", "subject", "counts")


def audit_rows(entries: Iterable[AuditEntry]) -> Iterator[Sequence[str | int]]:
    """A row of titles, and one an entry; times are UTC (ISO 8601)."""
    yield COLUMNS
    for entry in entries:
        yield (
            entry.at.isoformat(timespec="seconds"),
            entry.until.isoformat(timespec="seconds") if entry.until else "",
            entry.number,
            entry.event,
            entry.who,
            entry.address,
            entry.job.hex if entry.job else "",
            entry.code,
            entry.subject,
            json.dumps(entry.counts, sort_keys=True) if entry.counts else "",
        )
