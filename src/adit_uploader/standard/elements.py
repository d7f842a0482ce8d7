"""The elements of PS3.6. The data is generated (resources/standard); this module only reads it."""

import sys
from array import array
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple


class ElementEntry(NamedTuple):
    """An element of the dictionary.

    Attributes:
        vr: as the standard has it, which may be several: ``US or SS``.
        keyword: '' where it has none.
    """

    vr: str
    keyword: str


@cache
def _lines() -> dict[int, str]:
    """What is written of each element, by its tag. A process that only looks at files needs none of it, most times."""
    lines = Path(__file__).with_name("elements.txt").read_bytes().decode("ascii").splitlines()
    tags = array("I", bytes.fromhex("".join([line[:8] for line in lines])))  # of four bytes, on every system
    if sys.byteorder == "little":
        tags.byteswap()
    return dict(zip(tags.tolist(), lines, strict=True))


class _Elements(Mapping[int, ElementEntry]):
    """Makes an entry when it is asked for: a run asks for some hundred of five thousand."""

    __slots__ = ()

    def __getitem__(self, tag: int) -> ElementEntry:
        _, vr, keyword = _lines()[tag].split()
        return ElementEntry(vr.replace("_", " "), "" if keyword == "-" else keyword)

    def __contains__(self, tag: object) -> bool:
        return tag in _lines()

    def __iter__(self) -> Iterator[int]:
        return iter(_lines())

    def __len__(self) -> int:
        return len(_lines())


ELEMENTS = _Elements()
"""Tag -> what the standard says of it, without repeating groups."""


@cache
def sequences() -> frozenset[int]:
    """The tags of the sequences."""
    return frozenset(tag for tag, line in _lines().items() if " SQ " in line)
