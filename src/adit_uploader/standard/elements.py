"""The elements of PS3.6. The data is generated (resources/standard); this module only reads it."""

from collections.abc import Mapping
from itertools import repeat
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
    words = Path(__file__).with_name("elements.txt").read_text(encoding="ascii").split()
    tags, vrs, keywords = words[0::3], words[1::3], words[2::3]
    written = {vr: vr.replace("_", " ") for vr in set(vrs)}
    named = ("" if keyword == "-" else keyword for keyword in keywords)
    entries = map(ElementEntry._make, zip(map(written.__getitem__, vrs), named, strict=True))
    return MappingProxyType(dict(zip(map(int, tags, repeat(16)), entries, strict=True)))


ELEMENTS = _read()
"""Tag -> what the standard says of it, without repeating groups."""

SEQUENCES = frozenset(tag for tag, entry in ELEMENTS.items() if entry.vr == "SQ")
