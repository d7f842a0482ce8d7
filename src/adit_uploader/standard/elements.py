"""The elements of PS3.6. The data is generated (resources/standard); this module only reads it."""

import sys
from array import array
from collections.abc import Iterator, Mapping
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


class _Elements(Mapping[int, ElementEntry]):
    """Makes an entry when it is asked for: a run asks for some hundred of five thousand."""

    __slots__ = ("_lines",)

    def __init__(self, lines: dict[int, str]) -> None:
        self._lines = lines

    def __getitem__(self, tag: int) -> ElementEntry:
        _, vr, keyword = self._lines[tag].split()
        return ElementEntry(vr.replace("_", " "), "" if keyword == "-" else keyword)

    def __contains__(self, tag: object) -> bool:
        return tag in self._lines

    def __iter__(self) -> Iterator[int]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def _read() -> tuple[Mapping[int, ElementEntry], frozenset[int]]:
    """The elements, and which of them are sequences."""
    lines = Path(__file__).with_name("elements.txt").read_bytes().decode("ascii").splitlines()
    tags = array("I", bytes.fromhex("".join([line[:8] for line in lines])))  # of four bytes, on every system
    if sys.byteorder == "little":
        tags.byteswap()
    known = dict(zip(tags.tolist(), lines, strict=True))
    return _Elements(known), frozenset(tag for tag, line in known.items() if " SQ " in line)


ELEMENTS, SEQUENCES = _read()
"""Tag -> what the standard says of it, without repeating groups; and the tags of the sequences."""
