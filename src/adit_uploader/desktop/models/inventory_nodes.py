"""What the tree of what was found knows of its rows."""

from dataclasses import dataclass, field

from adit_uploader.dicom.inventory import Patient, Series, Study


@dataclass(slots=True)
class Node:
    """A row. Sums are those of what is shown, and made once, when the row is first seen.

    Attributes:
        parent: index in the node list, -1: top level.
        every, children: all rows below, and those that the search shows.
        series, unticked: how many there are below, itself included, and how many of them are left out; -1: not counted.
        found_by: what the search looks at.
        texts: of the first columns, those that were made: all of them when the row is first seen.
    """

    item: Patient | Study | Series
    parent: int
    row: int
    instances: int = 0
    size: int = 0
    modalities: tuple[str, ...] = ()
    every: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    series: int = -1
    unticked: int = -1
    found_by: str | None = None
    texts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Choice:
    """Rows that a search shows: patients, and of each row that has rows below those that are shown."""

    top: list[int] = field(default_factory=list)
    below: dict[int, list[int]] = field(default_factory=dict)
