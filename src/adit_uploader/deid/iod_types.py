"""Which elements are part of an IOD, and where an element of the table is Type 1 or 2 (PS3.3, PS3.5 section 7.4).

The data is generated (resources/deid); this module only reads it.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

from adit_uploader.values import dataclass, field


@dataclass(frozen=True, slots=True)
class IodTypes:
    """The Types.

    Attributes:
        known: every element that is part of any IOD, repeating groups left out.
        classes: SOP Class UID -> name of its IOD.
        top: IOD -> 1, 1C, 2 or 2C -> tags, eight hex digits; what is not in it is Type 3 or no part of the IOD.
        nested: (tag of the sequence, tag) -> the same, the strictest of all IODs.
    """

    known: frozenset[int]
    classes: Mapping[str, str]
    top: Mapping[str, Mapping[str, Sequence[str]]]
    nested: Mapping[tuple[int, int], str]
    _types: dict[str, dict[int, str]] = field(default_factory=dict, repr=False, compare=False)

    def required(self, iod: str | None, parent: int | None, tag: int) -> str | None:
        """Return 1, 1C, 2, 2C or None.

        Args:
            iod: as ``classes`` gives it; None where the SOP class is not known.
            parent: tag of the innermost sequence around the element, None at top level.
            tag: the element.
        """
        if parent is not None:
            return self.nested.get((parent, tag))
        return None if iod is None else self._of(iod).get(tag)

    def _of(self, iod: str) -> dict[int, str]:
        """Tag -> Type. A run meets few of the IODs, and reading all takes as long as some files."""
        types = self._types.get(iod)
        if types is None:
            types = self._types[iod] = {
                int(tag, 16): kind for kind, tags in self.top[iod].items() for tag in tags if "x" not in tag
            }
        return types


@cache
def iod_types() -> IodTypes:
    """Return the Types of this version of the program."""
    document = json.loads(Path(__file__).with_name("iod_types.json").read_text(encoding="utf-8"))
    nested = {}
    for kind, keys in document["required_nested"].items():
        for key in keys:
            parent, tag = key.split(">")
            nested[int(parent, 16), int(tag, 16)] = kind
    return IodTypes(
        known=frozenset(int(tag, 16) for tag in document["known"] if "x" not in tag),
        classes=MappingProxyType(document["classes"]),
        top=MappingProxyType(document["required"]),
        nested=MappingProxyType(nested),
    )
