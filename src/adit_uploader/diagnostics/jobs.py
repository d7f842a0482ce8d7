"""What the journal knows of uploads, as states, codes and counts."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adit_uploader.deid.profiles import PROFILES
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import JournalError
from adit_uploader.transfer.journal import JobRow, Journal
from adit_uploader.transfer.receipt_file import receipt_of
from adit_uploader.transfer.running import is_running

from .known_codes import known
from .log import class_name

MOST = 200  # jobs, the newest
_TASK_STATES = frozenset({"PE", "IP", "CI", "CA", "SU", "WA", "FA"})
_OWN = "one of the site's own"


def jobs_of(path: Path) -> dict[str, Any]:
    """Of each upload how it stands, and how many instances are in which state for which reason.

    No path, UID, pseudonym, account or destination is among it. A journal that can't be read is named by its error.
    """
    try:
        size = path.stat().st_size
    except OSError:
        return {"journal": "not there", "jobs": []}
    try:
        with Journal(path) as journal:
            rows = journal.jobs()
            jobs = [_job(journal, path, row) for row in rows[:MOST]]
            return {"journal": "readable", "bytes": size, "count": len(rows), "jobs": jobs}
    except JournalError as error:
        return {"journal": class_name(type(error)), "bytes": size, "jobs": []}


def _job(journal: Journal, path: Path, row: JobRow) -> dict[str, Any]:
    instances: list[dict[str, Any]] = []
    for state, code, archived, count, size, attempts in journal.tallies(row.job):
        tally = {"state": state, "code": known(code), "zipped": archived}
        instances.append(tally | {"count": count, "bytes": size, "most_attempts": attempts})
    return {
        "job": row.job if set(row.job) <= set("0123456789abcdef") else "",
        "state": row.state.value,
        "running": is_running(path, row.job),
        "created": round(row.created),
        "changed": round(row.changed),
        "mode": row.mode if row.mode in set(Mode) else "",
        "profile": row.profile if row.profile in PROFILES or not row.profile else _OWN,
        "key_list_saved": row.key_list_saved,
        "can_be_planned_again": bool(row.request),
        "instances": instances,
        "receipt": _receipt(journal, row) if row.has_receipt else None,
    }


def _receipt(journal: Journal, row: JobRow) -> dict[str, Any] | str:
    receipt = receipt_of(journal.receipt(row.job))
    if receipt is None:
        return "of another version"
    items = Counter[tuple[str, str]]()
    for item in receipt.items:
        items[item.outcome.value, known(item.code)] += item.count
    return {
        "state": receipt.state.value,
        "complete": receipt.complete,
        "waiting": receipt.waiting,
        "has_problem": receipt.problem is not None,
        "counts": asdict(receipt.counts),
        "items": [{"outcome": outcome, "code": code, "count": count} for (outcome, code), count in items.items()],
        "studies": dict(Counter(task.state for task in receipt.tasks if task.state in _TASK_STATES)),
    }
