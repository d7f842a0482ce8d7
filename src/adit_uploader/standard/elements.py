"""The elements of PS3.6. The data is generated (resources/standard); this module only reads it."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple


class ElementEntry(NamedTuple):
    """An element of the dictionary.

    Attributes:
        vr: as the standard has it, which may be several: ``US or SS``.
        keyword: '' where it has none.
    """

    vr: str
    keyword: str


def _read() -> Mapping[int, ElementEntry]:
    rows = json.loads(Path(__file__).with_name("elements.json").read_bytes())
    return MappingProxyType({int(tag, 16): ElementEntry(*entry) for tag, entry in rows.items()})


ELEMENTS = _read()
"""Tag -> what the standard says of it, without repeating groups."""

SEQUENCES = frozenset(tag for tag, entry in ELEMENTS.items() if entry.vr == "SQ")
