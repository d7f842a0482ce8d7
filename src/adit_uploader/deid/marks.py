"""What every result holds beside the pseudonym: method and codes, and the trial that it belongs to."""

from collections.abc import Collection, Iterable

from adit_uploader.deid.profiles import BLANKED_CODE, Profile
from adit_uploader.deid.tree import Element, Item
from adit_uploader.deid.values import DUMMY_TEXT
from adit_uploader.deid.writing import padded

PATIENT_NAME, PATIENT_ID = 0x00100010, 0x00100020
IDENTITY_REMOVED, METHOD, METHOD_CODES = 0x00120062, 0x00120063, 0x00120064
_CODE_VALUE, _SCHEME = 0x00080100, 0x00080102
BURNED_IN = 0x00280301
LONGITUDINAL = 0x00280303
STEPS = (METHOD, METHOD_CODES, LONGITUDINAL)
"""What tells of each of several steps of de-identification."""

_LOSSES = (b"UNMODIFIED", b"MODIFIED", b"REMOVED")
BLANKED_METHOD = "pixel data blanked in rectangles that a person drew"
_SPONSOR, _PROTOCOL_ID, _PROTOCOL_NAME = 0x00120010, 0x00120020, 0x00120021
_SITE_ID, _SITE_NAME, _SUBJECT_ID, _READING_ID = 0x00120030, 0x00120031, 0x00120040, 0x00120042

# Elements that the engine itself writes, so that the rules say nothing about them in a result.
OWN_TAGS = frozenset({PATIENT_NAME, PATIENT_ID, IDENTITY_REMOVED, METHOD, METHOD_CODES, LONGITUDINAL})
TRIAL_TAGS = frozenset({_PROTOCOL_ID, _PROTOCOL_NAME, _SUBJECT_ID})


def text(tag: int, vr: str, value: str) -> Element:
    """An element with one text, as UTF-8."""
    return Element(tag, vr, padded(vr, value.encode("utf-8")))


def method_elements(profile: Profile, *, blanked: bool = False) -> list[Element]:
    """What says that and how a data set was de-identified. Source: PS3.15 E.1.1, E.3.1, PS3.3 C.7.1.1, C.12.1.

    Args:
        blanked: whether rectangles of the picture were blanked: by the standard's Clean Pixel Data Option a person
            has then seen to it that no burned-in text is left.
    """
    method = "\\".join([*profile.methods, BLANKED_METHOD] if blanked else profile.methods)
    used = sorted([*profile.codes, BLANKED_CODE], key=lambda code: code.value) if blanked else profile.codes
    codes = [
        Item(
            [
                text(_CODE_VALUE, "SH", code.value),
                text(_SCHEME, "SH", code.scheme),
                text(0x00080104, "LO", code.meaning),
            ]
        )
        for code in used
    ]
    return [
        text(IDENTITY_REMOVED, "CS", "YES"),
        text(METHOD, "LO", method),
        # may be absent where (0012,0063) is there, and may not be empty
        *([Element(METHOD_CODES, "SQ", items=codes)] if codes else []),
        *([text(BURNED_IN, "CS", "NO")] if blanked else []),
        text(LONGITUDINAL, "CS", profile.longitudinal),
    ]


def added(earlier: Element, own: Element) -> Element:
    """What a file said of an earlier step of de-identification, and behind it what is said of this one.

    What is said of this step stands at the end, whole and once. Dates that were moved or removed before stay so called,
    whatever this step does with them. Source: PS3.15 E.1.1, PS3.3 tables C.7-1 and C.12-1.

    Args:
        earlier, own: two elements of one of ``STEPS``.
    """
    if own.tag == LONGITUDINAL:
        return max(earlier, own, key=loss_of_dates)
    if own.items is None:
        now = _values(own)
        before = [value for value in _values(earlier) if value not in now]
        return Element(own.tag, own.vr, padded(own.vr, b"\\".join([*before, *now])))
    codes = {_code(item) for item in own.items}
    items = [item for item in earlier.items or () if _code(item) not in codes]
    return Element(own.tag, own.vr, items=[*items, *own.items])


def loss_of_dates(element: Element) -> int:
    """How much (0028,0303) says that dates have lost, from 0 on; -1 where it says nothing that is known."""
    value = element.value.strip(b" \0")
    return _LOSSES.index(value) if value in _LOSSES else -1


def says_blanked(elements: Iterable[Element]) -> bool:
    """Whether a result's method says that its picture was blanked in the last step."""
    return any(element.tag == METHOD and _values(element)[-1:] == [BLANKED_METHOD.encode()] for element in elements)


def _values(element: Element) -> list[bytes]:
    return [value for value in (one.strip(b" \0") for one in element.value.split(b"\\")) if value]


def _code(item: Item) -> tuple[bytes, ...]:
    """Value and scheme of a code: what makes it the same as another."""
    return tuple(element.value.strip(b" \0") for element in item.elements if element.tag in {_CODE_VALUE, _SCHEME})


def trial_elements(protocol_id: str, protocol_name: str) -> list[Element]:
    """Protocol ID and name, those that are given."""
    given = ((_PROTOCOL_ID, protocol_id), (_PROTOCOL_NAME, protocol_name))
    return [text(tag, "LO", value) for tag, value in given if value]


def trial_completion(present: Collection[int], pseudonym: str) -> list[Element]:
    """What the Clinical Trial Subject Module needs beside them and the file does not have. Source: PS3.3 C.7.1.3."""
    missing = [text(_SPONSOR, "LO", DUMMY_TEXT), text(_PROTOCOL_ID, "LO", DUMMY_TEXT)]
    missing += [text(tag, "LO", "") for tag in (_PROTOCOL_NAME, _SITE_ID, _SITE_NAME)]
    if _READING_ID not in present:
        missing.append(text(_SUBJECT_ID, "LO", pseudonym))
    return [element for element in missing if element.tag not in present]
