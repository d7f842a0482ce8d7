"""The standard's table of what may identify: PS3.15 Table E.1-1 and the safe private elements of Table E.3.10-1.

The data is generated (resources/deid); this module only reads it.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from adit_uploader.deid.profiles import Option
from adit_uploader.values import dataclass

CURVES = 0x5000
OVERLAYS = 0x6000


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    Attributes:
        tag: eight hex digits, ``x`` for any digit of a repeating group.
        basic: action of the Basic Profile, e.g. ``X/Z/D``.
        options: action (K or C) of each option that has one.
    """

    tag: str
    name: str
    basic: str
    options: Mapping[Option, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The table.

    Attributes:
        edition: of all of it.
        rows: by tag.
        repeating: rows of the groups 50xx and 60xx.
        safe_private: (group, creator, element byte) -> VR.
    """

    edition: str
    rows: Mapping[int, Row]
    repeating: tuple[Row, ...]
    safe_private: Mapping[tuple[int, str, int], str]


@cache
def table() -> Table:
    """Return the table of this version of the program."""
    document = json.loads(Path(__file__).with_name("annex_e.json").read_text(encoding="utf-8"))
    rows = [
        Row(
            entry["tag"],
            entry["name"],
            entry["basic"],
            MappingProxyType({Option(name): action for name, action in entry.get("options", {}).items()}),
        )
        for entry in document["rows"]
    ]
    return Table(
        edition=document["edition"],
        rows=MappingProxyType({int(row.tag, 16): row for row in rows if "x" not in row.tag}),
        repeating=tuple(row for row in rows if "x" in row.tag),
        safe_private=MappingProxyType(
            {
                (int(entry["group"], 16), entry["creator"], int(entry["element"], 16)): entry["vr"]
                for entry in document["safe_private"]
            }
        ),
    )
