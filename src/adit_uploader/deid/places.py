"""Where an element lies, and what follows from it; the same for the engine and for the receiver's door."""

from adit_uploader.deid.content_items import is_age, names_someone, tells_great_age
from adit_uploader.deid.rules import TEXT_VRS, Action
from adit_uploader.deid.tree import Element
from adit_uploader.values import dataclass

# PS3.16 table 8-1: coding schemes that everyone has, so that their codes name nobody
PUBLIC_SCHEMES = frozenset(
    {"DCM", "SCT", "SRT", "SNM3", "SNM", "UCUM", "LN", "FMA", "RADLEX", "UMLS", "RADELEMENT", "RXNORM"}
    | {"I9", "I9C", "I10", "I10C", "I10P", "ICDO3", "C4", "NCIt", "MSH", "BI", "BARI", "MA", "UBERON", "ISO3166_1"}
    | {"RFC5646", "IETF4646", "ISO639_1", "ISO639_2", "DCMUID", "PUBCHEM_CID", "NEU", "NDC", "CTV3", "ACR", "ATC"}
)
_CODE_VALUES = frozenset({0x00080100, 0x00080119, 0x00080120})
_SCHEME = 0x00080102
_SCRUBBED_VRS = TEXT_VRS | {"PN", "AE", "AS", "UR", "OB", "UN"}  # a date that stays, stays by an option of the profile

_MEANING = 0x00080104
# What holds content items: of reports, of the acquisition's context, of a specimen's preparation
_CONTENT = frozenset({0x0040A730, 0x00400555, 0x00400612})
_CONCEPT_NAME, _MEASURED, _CODE = 0x0040A043, 0x0040A300, 0x0040A168
# What becomes of the values of a content item that go: text, date, time, both, person; number; code
_VALUES = dict.fromkeys((0x0040A160, 0x0040A121, 0x0040A122, 0x0040A120, 0x0040A123), Action.DUMMY)
_VALUES |= {_MEASURED: Action.EMPTY, _CODE: Action.SCRUB}

DIRECT = 1
DEEPER = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element lies.

    Attributes:
        parent: tag of the innermost sequence around it, None at top level.
        scrub: 0 outside of a sequence that is a dummy, DIRECT in its own items, DEEPER below.
        keeps_code: in an item that is a code of a public scheme, and not a dummy's own.
        names: in a content item whose value names someone.
        age: in a content item whose value is an age.
    """

    parent: int | None = None
    scrub: int = 0
    keeps_code: bool = False
    names: bool = False
    age: bool = False


def place_of(elements: list[Element], parent: int | None, scrub: int) -> Place:
    """The place of an item's elements."""
    keeps_code = scrub != DIRECT and _is_public_code(elements)
    concept = _concept(elements) if parent in _CONTENT else None
    if concept is None:
        return Place(parent, scrub, keeps_code)
    return Place(parent, scrub, keeps_code, names_someone(concept, in_a_dummy=scrub > 0), is_age(concept))


def inner_scrub(action: Action, place: Place) -> int:
    """The scrub of the items of a sequence that this action keeps."""
    if action is Action.SCRUB:
        return DIRECT
    return DEEPER if place.scrub else 0


def placed(action: Action, element: Element, place: Place) -> Action:
    """The action at this place.

    Inside a sequence that is a dummy, texts are dummies too, unless they are codes that everyone has. So are the values
    of content items that name someone; a number has no dummy that is none, so that it and a great age go.
    """
    if place.names and element.tag in _VALUES:
        return _VALUES[element.tag]
    if place.age and element.tag == _MEASURED and tells_great_age(element):
        return Action.EMPTY
    if not place.scrub:
        return Action.KEEP if action is Action.CLEAN and place.keeps_code and element.tag == _MEANING else action
    if action is Action.CLEAN and element.tag != _MEANING:
        return Action.DUMMY
    if action not in {Action.KEEP, Action.CLEAN} or element.vr not in _SCRUBBED_VRS:
        return action
    return Action.KEEP if place.keeps_code else Action.DUMMY


def creators_of(elements: list[Element]) -> dict[tuple[int, int], str]:
    """(group, block) -> private creator. Source: PS3.5 section 7.8.1."""
    private = [element for element in elements if element.tag >> 16 & 1]
    named = ((block_of(element.tag), creator_of(element)) for element in private)
    return {block: creator for block, creator in named if creator is not None}


def creator_of(element: Element) -> str | None:
    """The private creator that an element names, None where it is no such element."""
    if is_creator(element.tag) and element.items is None and element.value.isascii():
        return element.value.decode("ascii").strip(" \0")
    return None


def is_creator(tag: int) -> bool:
    """Whether a private element is the one that reserves a block."""
    return bool(tag >> 16 & 1) and 0x10 <= tag & 0xFFFF <= 0xFF


def block_of(tag: int) -> tuple[int, int]:
    """(group, block) of a private element: the one that it lies in, or reserves."""
    return tag >> 16, tag & 0xFFFF if is_creator(tag) else (tag & 0xFFFF) >> 8


def _concept(elements: list[Element]) -> list[Element] | None:
    """The code of a content item's concept, None where it has none."""
    for element in elements:
        if element.tag == _CONCEPT_NAME and element.items:
            return next(iter(element.items)).elements
    return None


def _is_public_code(elements: list[Element]) -> bool:
    if not any(element.tag in _CODE_VALUES for element in elements):
        return False
    scheme = next((element.value for element in elements if element.tag == _SCHEME), b"")
    return scheme.strip(b" \0").decode("ascii", "replace") in PUBLIC_SCHEMES
