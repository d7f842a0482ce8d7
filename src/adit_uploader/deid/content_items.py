"""What the concept of a content item says of its value: PS3.15 Table E.3.4-1, and ages.

The data is generated (resources/deid); it is read when the first content item is met, and most files have none.
"""

import json
from functools import cache
from pathlib import Path

from adit_uploader.deid.tree import Element

# Specimens in the way of reports that were written before the table had them
_OLD_CONCEPTS = frozenset({"121040"})
# Scheme -> codes of ages beside the table's own: LOINC age, reported, calculated; SNOMED CT age, current age
_AGES = {"DCM": {"121033"}, "LN": {"30525-0", "21612-7", "29553-5"}, "SCT": {"397669002", "424144002"}}
_SHORTEST = 5  # signs of a code that is one of a kind, whatever its scheme is called
_YEARS = {
    "a": 1.0,
    "mo": 1 / 12,
    "wk": 7 / 365.25,
    "d": 1 / 365.25,
    "h": 1 / 8766,
    "min": 1 / 525960,
    "s": 1 / 31557600,
}
_OLDEST = 90.0  # years; from here on an age is none that stays

_VALUE, _SCHEME = 0x00080100, 0x00080102
_NUMBER, _UNITS = 0x0040A30A, 0x004008EA

Code = tuple[str, str]
"""Value and scheme."""


@cache
def table() -> tuple[dict[str, object], ...]:
    """Rows of the table: code, scheme, type, name, basic, and options where there are some."""
    document = json.loads(Path(__file__).with_name("content_items.json").read_text(encoding="utf-8"))
    return tuple(document["rows"])


@cache
def _concepts() -> tuple[frozenset[Code], frozenset[Code]]:
    """Those whose values no option of ours keeps, and those that Retain Patient Characteristics alone keeps."""
    never, patient = {(code, "") for code in _OLD_CONCEPTS}, set()
    for row in table():
        code, options = _known_as(str(row["code"]), str(row["scheme"])), set(row.get("options") or ())  # type: ignore[call-overload]  # of JSON
        if options <= {"institution"}:
            never.add(code)
        elif options == {"patient"}:
            patient.add(code)
    return frozenset(never), frozenset(patient)


def names_someone(concept: list[Element], *, in_a_dummy: bool) -> bool:
    """Whether the value of a content item goes for its concept, whatever it is.

    Args:
        concept: elements of the concept's code.
        in_a_dummy: whether the content item lies in a sequence that is a dummy.
    """
    code = _code(concept)
    never, patient = _concepts()
    return code in never or (in_a_dummy and code in patient)


def is_age(concept: list[Element]) -> bool:
    """Whether a content item tells an age."""
    found = {element.tag: _text(element) for element in concept if element.items is None}
    return found.get(_VALUE) in _AGES.get(found.get(_SCHEME, ""), ())


def tells_great_age(measured: Element) -> bool:
    """Whether a Measured Value Sequence, which holds an age, tells one over 89 years, or none that is one."""
    return any(not 0 <= _years(item.elements) < _OLDEST for item in measured.items or ())


def _years(elements: list[Element]) -> float:
    number, unit = -1.0, ""
    for element in elements:
        if element.tag == _NUMBER:
            try:
                number = float(_text(element))
            except ValueError:
                return -1.0
        elif element.tag == _UNITS:
            unit = next((_code(item.elements)[0] for item in element.items or ()), "")
    return number * _YEARS.get(unit, -1.0)


def _code(elements: list[Element]) -> Code:
    found = {element.tag: _text(element) for element in elements if element.items is None}
    value = found.get(_VALUE) or found.get(0x00080119) or found.get(0x00080120, "")
    return _known_as(value, found.get(_SCHEME, ""))


def _known_as(value: str, scheme: str) -> Code:
    """Short codes are those of their scheme, without its version: NCDR [2.0b]."""
    return value, "" if len(value) >= _SHORTEST else scheme.partition(" ")[0]


def _text(element: Element) -> str:
    return element.value.decode("ascii", "replace").strip(" \0")
