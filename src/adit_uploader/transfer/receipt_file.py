"""A receipt as the journal keeps it, so that it can be saved as a page long after its upload, and brought up to date.

It names PatientIDs and paths, as the journal and the key list beside it do, and never leaves this computer.
"""

import json
from dataclasses import asdict, replace
from functools import cache
from typing import Any, get_type_hints

import msgspec

from adit_uploader.dicom.inventory import LeftOutReason
from adit_uploader.protocol.messages import TaskInfo

from . import receipt as values
from .harmless import HARMLESS
from .receipt import Outcome, Receipt, RunState

_FINAL = frozenset({"SU", "WA", "FA", "CA"})
_LOSSES = frozenset(reason.value for reason in LeftOutReason) - frozenset(reason.value for reason in HARMLESS)


def receipt_text(receipt: Receipt) -> str:
    """As the journal keeps it."""
    kept = asdict(replace(receipt, tasks=())) | {"tasks": msgspec.to_builtins(receipt.tasks)}
    return json.dumps(kept)  # in ASCII: a path may hold what is no character


def receipt_of(text: str) -> Receipt | None:
    """What ``receipt_text`` made; None where it is nothing of that kind, or of another version of the program."""
    try:
        kept = json.loads(text)
        return Receipt(**{name: msgspec.convert(kept[name], kind) for name, kind in _kinds().items()})
    except (ValueError, TypeError, KeyError):
        return None


@cache
def _kinds() -> dict[str, Any]:
    kinds = get_type_hints(Receipt, vars(values) | {"TaskInfo": TaskInfo})
    return {name: kinds[name] for name in Receipt.__dataclass_fields__}


def with_tasks(receipt: Receipt, tasks: tuple[TaskInfo, ...]) -> Receipt:
    """The receipt with what the server says of its studies now: it goes on delivering after the program has ended."""
    counts = replace(receipt.counts, delivered=min(receipt.counts.stored, sum(task.delivered for task in tasks)))
    lost = any(item.outcome is Outcome.LEFT_OUT and item.code in _LOSSES for item in receipt.items)
    whole = 0 < counts.found == counts.pseudonymized == counts.sent == counts.stored == counts.delivered
    return replace(
        receipt,
        counts=counts,
        tasks=tasks,
        waiting=receipt.waiting and not all(task.state in _FINAL for task in tasks),
        complete=receipt.state is RunState.FINISHED and receipt.problem is None and whole and not lost,
    )
