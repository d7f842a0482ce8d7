"""How a profile's file names elements: by keyword, tag, sequence and element, overlay groups, private creator."""

import re
from difflib import get_close_matches
from functools import cache

from adit_uploader.deid.site_rules import Target, is_overlay, normal
from adit_uploader.deid.vocabulary import OVERLAY_VRS, dictionary_vr
from adit_uploader.standard.elements import ELEMENTS

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4})\s*,?\s*([0-9A-Fa-f]{4})\)?")
_OVERLAY = re.compile(r"\(?60[xX]{2}\s*,?\s*([0-9A-Fa-f]{4})\)?")
_PRIVATE = re.compile(r"\(?([0-9A-Fa-f]{3}[13579BDFbdf])\s*,?\s*[xX]{2}([0-9A-Fa-f]{2})\)?")
_MAX_CREATOR = 64


class UnknownElement(ValueError):
    """What is written names no element; its text says why and what to do."""


def target_of(text: str, creator: str) -> Target:
    """The elements that a rule's ``element`` (and ``creator``) name.

    Raises:
        UnknownElement: they name none.
    """
    if creator:
        return _private(text, creator)
    parts = [part.strip() for part in text.split(">")]
    if len(parts) > 2:
        raise UnknownElement("name only the sequence right around the element: InnerSequence > Element")
    tags = [_public(part) for part in parts]
    if len(tags) == 1:
        return Target(tags[0])
    if dictionary_vr(tags[0]) != "SQ":
        raise UnknownElement(f"{parts[0]} is no sequence, so that nothing can be inside it")
    if is_overlay(tags[1]):
        raise UnknownElement("overlays lie in no sequence")
    return Target(tags[1], tags[0])


@cache
def _by_keyword() -> dict[str, int]:
    return {entry.keyword.lower(): tag for tag, entry in ELEMENTS.items() if entry.keyword}


def _public(text: str) -> int:
    if match := _OVERLAY.fullmatch(text):
        number = int(match[1], 16)
        if number not in OVERLAY_VRS:
            raise UnknownElement(f"overlays have no element {match[1].upper()}")
        return 0x60000000 | number
    if _PRIVATE.fullmatch(text):
        raise UnknownElement("a private element needs its creator too: add the key creator")
    match = _TAG.fullmatch(text)
    tag = int(match[1] + match[2], 16) if match else _by_keyword().get(text.lower())
    if tag is None:
        raise UnknownElement(_unknown(text))
    if tag >> 16 & 1:
        raise UnknownElement("a private element is named (gggg,xxee), with its creator in the key creator")
    if is_overlay(tag):
        raise UnknownElement(f"overlay groups are named together: (60xx,{tag & 0xFFFF:04X})")
    if match and tag not in ELEMENTS:
        raise UnknownElement(f"the standard has no element {text}")
    return normal(tag)


def _unknown(text: str) -> str:
    near = get_close_matches(text.lower(), _by_keyword(), 1, 0.8)
    hint = f"; {ELEMENTS[_by_keyword()[near[0]]].keyword} may be meant" if near else ""
    return f"the standard has no keyword {text!r}{hint}. Give a keyword (PatientSex) or a tag (0010,0040)"


def _private(text: str, creator: str) -> Target:
    if creator != creator.strip() or len(creator) > _MAX_CREATOR or not creator.isascii() or not creator.isprintable():
        raise UnknownElement(f"a creator has at most {_MAX_CREATOR} printable ASCII characters, no spaces around them")
    if "\\" in creator:
        raise UnknownElement("a creator holds no backslash")
    match = _PRIVATE.fullmatch(text.strip())
    if match is None:
        raise UnknownElement("with a creator, name the element (gggg,xxee): an odd group, xx, and two digits")
    group = int(match[1], 16)
    if group < 0x0009 or group == 0xFFFF:
        raise UnknownElement(f"no private elements are allowed in the group {match[1].upper()}")
    return Target(group << 16 | int(match[2], 16), None, creator)
