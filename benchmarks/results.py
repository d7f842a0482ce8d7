"""Figures as tables for people, and as JSON."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .material import Material
from .runs import Sample

SCHEMA = "adit-uploader/benchmark/1"
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A contender's figures: seconds of each run, median processor seconds, and others' share from 0 to 1.

    Attributes:
        shares: median processor seconds by process, as far as they are known.
    """

    name: str
    seconds: tuple[float, ...]
    processor: float
    others: float
    more: Mapping[str, float]
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Seconds of the run in the middle."""
        return statistics.median(self.seconds)


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """Several contenders at the same job.

    Attributes:
        reference: the contender that the others are compared with; a ratio of 2 is twice as fast.
    """

    title: str
    material: Material
    reference: str
    rows: tuple[Row, ...]

    def ratio(self, row: Row) -> float | None:
        """How many times as fast as the reference, over the medians of the same run."""
        reference = next((other for other in self.rows if other.name == self.reference), None)
        return None if reference is None else reference.median / row.median

    def lines(self) -> list[str]:
        """A Markdown table."""
        more = list(dict.fromkeys(name for row in self.rows for name in row.more))
        head = [
            "",
            "median s",
            "fastest - slowest",
            "files/s",
            "MB/s",
            f"against {self.reference}",
            "CPU s",
            *more,
            "others",
        ]
        body = []
        for row in sorted(self.rows, key=lambda row: row.median):
            ratio = self.ratio(row)
            body.append(
                [
                    row.name,
                    f"{row.median:.2f}",
                    f"{min(row.seconds):.2f} - {max(row.seconds):.2f}",
                    f"{self.material.files / row.median:.0f}",
                    f"{self.material.size / row.median / _MEGABYTE:.0f}",
                    "" if ratio is None else f"{ratio:.2f}x",
                    f"{row.processor:.2f}",
                    *(f"{row.more[name]:.2f}" if name in row.more else "" for name in more),
                    f"{row.others:.0%}",
                ]
            )
        size = self.material.size / _MEGABYTE
        about = f"{self.title}: {self.material.files} files, {size:.0f} MB, {len(self.rows[0].seconds)} runs each"
        return [about, "", *markdown(head, body), *self._shares()]

    def _shares(self) -> list[str]:
        """Another table, of who took the processors; nothing where that is not known."""
        rows = [row for row in sorted(self.rows, key=lambda row: row.median) if row.shares]
        if not rows:
            return []
        names = list(dict.fromkeys(name for row in rows for name in row.shares))
        body = []
        for row in rows:
            each = {name: seconds * 1000 / self.material.files for name, seconds in row.shares.items()}
            cells = (f"{each[name]:.1f}" if name in each else "" for name in names)
            body.append([row.name, *cells, f"{sum(each.values()):.1f}"])
        return ["", "Of these, milliseconds of a processor for each file:", "", *markdown(["", *names, "all"], body)]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": "speed",
            "title": self.title,
            "files": self.material.files,
            "bytes": self.material.size,
            "reference": self.reference,
            "rows": [
                {
                    "name": row.name,
                    "seconds": list(row.seconds),
                    "median": row.median,
                    "processor": row.processor,
                    "ratio": self.ratio(row),
                    "others": row.others,
                    "more": dict(row.more),
                    "shares": dict(row.shares),
                }
                for row in self.rows
            ],
        }


@dataclass(frozen=True, slots=True)
class MemoryTable:
    """Memory peaks in bytes of every process, largest first, by contender and by size of the file in bytes."""

    title: str
    peaks: Mapping[str, Mapping[int, Sequence[int]]]

    def lines(self) -> list[str]:
        """A Markdown table."""
        sizes = sorted({size for of_sizes in self.peaks.values() for size in of_sizes})
        head = ["", *(f"{size / _MEGABYTE:.0f} MB" for size in sizes)]
        body = [
            [name, *(" + ".join(f"{peak / _MEGABYTE:.0f}" for peak in of_sizes.get(size, ())) for size in sizes)]
            for name, of_sizes in self.peaks.items()
        ]
        return [f"{self.title}: peak in MB of each process, by size of the file", "", *markdown(head, body)]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        rows = [
            {"name": name, "size": size, "peaks": list(peaks)}
            for name, of_sizes in self.peaks.items()
            for size, peaks in of_sizes.items()
        ]
        return {"kind": "memory", "title": self.title, "rows": rows}


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that was measured, and what it may be at most.

    Attributes:
        measured: in its unit; a time is one by the clock.
        limit: None: it is told and not judged.
        processor: the part of a time that the program itself worked; None: not known, or no time.
        peer: the same of the peer, of the processor where that is known of ours.
    """

    name: str
    unit: str
    measured: float
    limit: float | None = None
    processor: float | None = None
    peer: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times what the peer takes."""
        ours = self.measured if self.processor is None else self.processor
        return ours / self.peer if self.peer else None

    @property
    def verdict(self) -> str:
        """Whether it is within its limit; a busy machine has no word in what the processor says."""
        if self.limit is None:
            return ""
        if self.measured <= self.limit:
            return "yes"
        return "by the processor" if self.processor is not None and self.processor <= self.limit else "no"


@dataclass(frozen=True, slots=True)
class LimitTable:
    """Figures with what was wanted of them, beside one peer."""

    title: str
    peer: str
    figures: tuple[Figure, ...]

    def lines(self) -> list[str]:
        """A Markdown table."""

        def said(value: float | None, unit: str) -> str:
            return "" if value is None else f"{value:.{0 if unit == 'MB' else 2}f} {unit}"

        head = ["", "measured", "limit", "within", "processor", self.peer, "times the peer"]
        body = [
            [
                one.name,
                said(one.measured, one.unit),
                said(one.limit, one.unit),
                one.verdict,
                said(one.processor, one.unit),
                said(one.peer, one.unit),
                "" if one.ratio is None else f"{one.ratio:.1f}",
            ]
            for one in self.figures
        ]
        return [self.title, "", *markdown(head, body)]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        figures = [asdict(one) | {"within": one.verdict, "ratio": one.ratio} for one in self.figures]
        return {"kind": "limits", "title": self.title, "peer": self.peer, "figures": figures}


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark found.

    Attributes:
        notes: what a reader has to know, such as peers that are missing.
    """

    name: str
    tables: tuple[SpeedTable | MemoryTable | LimitTable, ...]
    notes: tuple[str, ...] = field(default=())

    def text(self) -> str:
        """All of it for people."""
        parts = ["\n".join(table.lines()) for table in self.tables]
        return "\n\n".join([f"## {self.name}", *parts, *(f"Note: {note}" for note in self.notes)])


def rows_of(samples: Mapping[str, Sequence[Sample]]) -> tuple[Row, ...]:
    """Medians of each contender's samples."""
    rows = []
    for name, taken in samples.items():
        keys = dict.fromkeys(key for sample in taken for key in sample.more)
        more = {key: statistics.median(sample.more[key] for sample in taken) for key in keys}
        others = statistics.median(sample.others for sample in taken)
        processor = statistics.median(sample.processor for sample in taken)
        named = dict.fromkeys(key for sample in taken for key in sample.shares)
        shares = {key: statistics.median(sample.shares.get(key, 0.0) for sample in taken) for key in named}
        rows.append(Row(name, tuple(sample.seconds for sample in taken), processor, others, more, shares))
    return tuple(rows)


def write_json(path: Path, reports: Sequence[Report], *, cores: int) -> None:
    """All figures, with the machine named by its cores only.

    Raises:
        OSError: the file can't be written.
    """
    content = {
        "schema": SCHEMA,
        "cores": cores,
        "benchmarks": [
            {"name": one.name, "tables": [table.plain() for table in one.tables], "notes": list(one.notes)}
            for one in reports
        ],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Aligned lines of a Markdown table; the first column is text, the others are figures."""
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return [line(head), line(rule), *map(line, body)]
