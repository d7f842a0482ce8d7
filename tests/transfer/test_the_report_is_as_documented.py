"""docs/report.md against the code."""

import re
from dataclasses import fields
from pathlib import Path

from adit_uploader.transfer.receipt import (
    SCHEMA,
    Counts,
    Decision,
    Item,
    Outcome,
    PictureSeries,
    Problem,
    ReasonCode,
    Receipt,
    RunState,
    SentPatient,
    Versions,
)

DOCUMENT = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")


def table(heading: str) -> set[str]:
    """First column of the table under a heading."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)`", section, flags=re.MULTILINE))


def names(kind: type) -> set[str]:
    return {one.name for one in fields(kind)}


def test_every_field_is_described_and_no_other() -> None:
    assert table("The report") == names(Receipt) | {"schema", "sentence"}
    assert table("counts") == names(Counts)
    assert table("items") == names(Item)
    assert table("patients") == names(SentPatient)
    assert table("pictures") == names(PictureSeries)
    assert table("problem") == names(Problem)
    assert table("versions") == names(Versions)


def test_every_code_is_described_and_no_other() -> None:
    assert table("state") == set(RunState)
    assert table("outcome") == set(Outcome)
    assert table("decision") == set(Decision)
    assert table("Codes of refusals made here") == set(ReasonCode)


def test_the_schemas_name_is_the_one_in_use() -> None:
    assert SCHEMA in DOCUMENT
