"""A receipt that was written down, read back: to be saved once more, in any form."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from adit_uploader.protocol.messages import TaskInfo

from .receipt import (
    SCHEMA,
    Counts,
    Decision,
    Item,
    Outcome,
    PictureSeries,
    Problem,
    Receipt,
    RunState,
    SentPatient,
    Versions,
)

Value = TypeVar("Value")


def receipt_of(text: str) -> Receipt | None:
    """The receipt in ``Receipt.to_json(include_patient_ids=True)``; None where the text holds none that we know."""
    try:
        report = json.loads(text)
        if report.pop("schema") != SCHEMA:
            return None
        del report["sentence"]
        return Receipt(
            **report
            | {
                "state": RunState(report["state"]),
                "counts": Counts(**report["counts"]),
                "items": _each(report["items"], lambda one: Item(**one | {"outcome": Outcome(one["outcome"])})),
                "patients": _each(report["patients"], lambda one: SentPatient(**one)),
                "tasks": _each(report["tasks"], lambda one: msgspec.convert(one, TaskInfo)),
                "problem": None if report["problem"] is None else Problem(**report["problem"]),
                "versions": Versions(**report["versions"]),
                "pictures": _each(report["pictures"], _pictures),
                "keeps_identifiers": tuple(report["keeps_identifiers"]),
            }
        )
    except (ValueError, TypeError, KeyError, AttributeError, msgspec.MsgspecError):
        return None  # cut, or of another version of the program


def _each(values: list[dict[str, Any]], make: Callable[[dict[str, Any]], Value]) -> tuple[Value, ...]:
    return tuple(make(one) for one in values)


def _pictures(one: dict[str, Any]) -> PictureSeries:
    rectangles = tuple((x, y, width, height) for x, y, width, height in one["rectangles"])
    return PictureSeries(**one | {"decision": Decision(one["decision"]), "rectangles": rectangles})
