"""One data set rewritten by the rules of a profile; what stays as it is keeps the bytes it had."""

import re
from collections.abc import Callable

from adit_uploader.deid.cleaning import Cleaner
from adit_uploader.deid.dates import is_possible, is_timezone, shift_date, shift_date_time
from adit_uploader.deid.errors import SourceDamaged
from adit_uploader.deid.places import (
    Place,
    block_of,
    creators_of,
    inner_scrub,
    is_creator,
    place_of,
    placed,
)
from adit_uploader.deid.rules import CLEANABLE_VRS, TEXT_VRS, Action, Rules
from adit_uploader.deid.texts import decode, is_plain
from adit_uploader.deid.tree import Element, Item, Rewritten, are_same
from adit_uploader.deid.uids import is_well_known
from adit_uploader.deid.values import DUMMY_TEXT, dummy
from adit_uploader.deid.vocabulary import STRING_VRS, proper_vr, vr_fits
from adit_uploader.deid.writing import padded
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.values import dataclass, field

CHARACTER_SET = 0x00080005
ENCODED_TEXT_VRS = TEXT_VRS | {"PN"}  # those that (0008,0005) applies to
TIMES = frozenset({"DA", "DT", "TM"})
SINGLE_VALUED = frozenset({"LT", "ST", "UT"})
_AGE = re.compile(r"\d{3}[DWMY]")
MAX_AGE = "090Y"
TOP = Place()
TWICE = "The file says the same thing twice in one place, and nobody can tell which of the two it means."


@dataclass(slots=True)
class Rewriter:
    """Rewrites elements of one patient's instances, by the rules of one IOD.

    Attributes:
        new_uid: original UID -> its replacement.
        days: by which dates move.
        replaced: the UIDs that name this instance; careful results lose them everywhere.
        pardoning: for numbers of the patient that a site's own rule keeps, without these; None where there are none.
        careful: whether texts that stay lose the patient too; set after a first result was found to hold something.
        changes: (tag, action) of everything that did not stay as it was.
    """

    rules: Rules
    iod: str | None
    new_uid: Callable[[str], str]
    days: int
    cleaner: Cleaner
    replaced: frozenset[str]
    pardoning: Cleaner | None = None
    careful: bool = False
    changes: set[tuple[int, str]] = field(default_factory=set)

    def data_set(self, elements: list[Element], characters: CharacterSet, place: Place = TOP) -> list[Element]:
        """The rewritten elements, in the order they had.

        Args:
            characters: of the data set around this one; its own declaration, where it has one, goes before.
            place: where these elements lie.

        Raises:
            SourceDamaged: an element is there twice; readers differ in which of them they believe (PS3.5 section 7.1).
        """
        if len({element.tag for element in elements}) < len(elements):
            raise SourceDamaged(TWICE)
        for element in elements:
            if element.tag >= CHARACTER_SET:
                if element.tag == CHARACTER_SET:
                    characters = CharacterSet(element.value)
                break
        creators = self.creators_of(elements)
        kept = []
        for element in elements:
            creator = creators.get(block_of(element.tag)) if creators else None
            found = self.element(element, characters, creator, place)
            if found is not None:
                kept.append(found)
        return _without_idle_creators(kept) if creators else kept

    def creators_of(self, elements: list[Element]) -> dict[tuple[int, int], str]:
        """The private creators of a data set, none where the profile keeps nothing private."""
        return creators_of(elements) if self.rules.private else {}

    def element(
        self, element: Element, characters: CharacterSet, creator: str | None, place: Place = TOP
    ) -> Element | None:
        """The rewritten element, None where nothing is left of it.

        Beside what this rewriter knows, the outcome depends on these arguments alone.

        Args:
            characters: of the data set that it lies in.
            creator: of the block that a private element lies in or reserves, None where it has none or nothing
                private is kept.
            place: where it lies.
        """
        tag, group = element.tag, element.tag >> 16
        if group & 1:
            found = None if creator is None or place.scrub else self._private(element, characters, creator)
        elif group < 0x0008 or tag & 0xFFFF == 0 or tag == CHARACTER_SET or self.rules.drops(tag):
            found = None
        else:
            found = self._public(element, characters, place)
        if found is None:
            self.changes.add((element.tag, Action.REMOVE))
        return found

    def _public(self, element: Element, characters: CharacterSet, place: Place) -> Element | None:
        if element.vr == "UN" or not vr_fits(element.tag, element.vr):
            return None
        vr = proper_vr(element.tag, element.vr)
        if vr != element.vr:
            self.changes.add((element.tag, "recode"))
            element = element.retyped(vr)
        action = self.rules.action(self.iod, place.parent, element.tag, vr)
        if place is not TOP:
            action = placed(action, element, place)
        return self._carried_out(action, element, characters, place)

    def _carried_out(self, action: Action, element: Element, characters: CharacterSet, place: Place) -> Element | None:
        result: Element | None = None
        match action:
            case Action.KEEP | Action.RETAIN if element.vr in TIMES:
                result = self._timed(element, place)
            case Action.KEEP:
                result = self._kept(element, characters, self.cleaner)
            case Action.RETAIN:
                pardoned = self.rules.pardons(place.parent, element.tag)
                result = self._kept(element, characters, (pardoned and self.pardoning) or self.cleaner)
            case Action.REPLACE:
                result = self._changed(element, action, self.rules.replacement(place.parent, element.tag).encode())
            case Action.ITEMS | Action.SCRUB:
                result = self._items(element, characters, inner_scrub(action, place))
            case Action.EMPTY:
                result = self._changed(element, action, b"")
            case Action.DUMMY:
                result = self._dummied(element)
            case Action.UID:
                result = self._uids(element)
            case Action.SHIFT:
                result = self._shifted(element, place)
            case Action.CLEAN:
                required = self._is_required(element, place) or element.tag not in self.rules.table.rows
                result = self._cleaned(element, characters, self.cleaner.clean, or_dummy=required)
            case Action.AGE | Action.TIMEZONE | Action.WEB:
                result = self._special(action, element)
        return result

    def _kept(self, element: Element, characters: CharacterSet, cleaner: Cleaner) -> Element | None:
        vr = element.vr
        if self.careful and vr in CLEANABLE_VRS and vr != "CS":
            return self._cleaned(element, characters, cleaner.without_leaks, or_dummy=True)
        if vr in ENCODED_TEXT_VRS:
            return element if is_plain(element.value) else self._cleaned(element, characters, str, or_dummy=False)
        if vr in STRING_VRS and not is_plain(element.value):
            return self._changed(element, Action.EMPTY, b"")
        if vr == "UI" and self.careful:
            return self._known_uids(element)
        return None if vr == "UN" else element

    def _items(self, element: Element, characters: CharacterSet, scrub: int) -> Element:
        if not isinstance(element.items, list):  # a long one: whoever writes it goes over its items
            rewritten = Rewritten(element, lambda item: self._item(item, element, characters, scrub))
            return Element(element.tag, "SQ", items=rewritten, undefined=element.undefined)
        items = [Item(self._item(item, element, characters, scrub), item.undefined) for item in element.items]
        if all(are_same(new.elements, old.elements) for new, old in zip(items, element.items, strict=True)):
            return element
        return Element(element.tag, "SQ", items=items, undefined=element.undefined)

    def _item(self, item: Item, sequence: Element, characters: CharacterSet, scrub: int) -> list[Element]:
        return self.data_set(item.elements, characters, place_of(item.elements, sequence.tag, scrub))

    def _changed(self, element: Element, action: str, value: bytes) -> Element:
        if element.items is not None:
            if not element.items:
                return element
            self.changes.add((element.tag, action))
            return Element(element.tag, "SQ", items=[], undefined=element.undefined)
        value = padded(element.vr, value)
        if value == element.value:
            return element
        self.changes.add((element.tag, action))
        return Element(element.tag, element.vr, value)

    def _dummied(self, element: Element) -> Element:
        if not element.value.strip(b" \0" if element.vr in STRING_VRS else b""):  # NUL bytes are a binary value
            return self._changed(element, Action.EMPTY, b"")
        return self._changed(element, Action.DUMMY, dummy(element.vr))

    def _uids(self, element: Element) -> Element:
        values = _values(element)
        return self._changed(element, Action.UID, "\\".join(self._uid(value) for value in values).encode())

    def _uid(self, value: str) -> str:
        return value if not value or is_well_known(value) else self.new_uid(value)

    def _known_uids(self, element: Element) -> Element:
        """An element of UIDs that stays loses those that were replaced elsewhere in this instance."""
        values = [self.new_uid(value) if value in self.replaced else value for value in _values(element)]
        return self._changed(element, Action.UID, "\\".join(values).encode())

    def _shifted(self, element: Element, place: Place) -> Element:
        move = shift_date if element.vr == "DA" else shift_date_time
        moved = []
        for value in _values(element):
            new = move(value, self.days) if value else ""
            if new is None:
                return self._impossible(element, place)
            moved.append(new)
        return self._changed(element, Action.SHIFT, "\\".join(moved).encode())

    def _timed(self, element: Element, place: Place) -> Element:
        """A date or time that stays as it is, if it is one."""
        if all(not value or is_possible(value, element.vr) for value in _values(element)):
            return element
        return self._impossible(element, place)

    def _impossible(self, element: Element, place: Place) -> Element:
        self.changes.add((element.tag, "impossible-date"))
        return self._dummied(element) if self._is_required(element, place) else self._changed(element, "empty", b"")

    def _is_required(self, element: Element, place: Place) -> bool:
        return self.rules.types.required(self.iod, place.parent, element.tag) in {"1", "1C"}

    def _cleaned(
        self, element: Element, characters: CharacterSet, clean: Callable[[str], str], *, or_dummy: bool
    ) -> Element:
        text = decode(element.value, characters)
        if text is None or (element.vr not in ENCODED_TEXT_VRS and not is_plain(element.value)):
            cleaned = ""
        elif element.vr in SINGLE_VALUED:
            cleaned = clean(text)
        else:
            cleaned = "\\".join(clean(value) for value in text.split("\\"))
        if cleaned == text and is_plain(element.value):
            return element
        if or_dummy and not cleaned.strip("\\ ") and element.value.strip(b" \0"):
            cleaned = DUMMY_TEXT
        action = "recode" if cleaned == text else Action.CLEAN
        return self._changed(element, action, cleaned.encode("utf-8"))

    def _special(self, action: Action, element: Element) -> Element:
        values = _values(element)
        if action is Action.AGE:
            kept = [
                MAX_AGE if value[3:] == "Y" and int(value[:3]) > 89 else value
                for value in values
                if _AGE.fullmatch(value)
            ]
        elif action is Action.TIMEZONE:
            kept = [value for value in values if is_timezone(value)]
        else:
            kept = [value for value in values if value.startswith("urn:")]
        if kept == values:
            return element
        return self._changed(element, action, "\\".join(kept).encode())

    def _private(self, element: Element, characters: CharacterSet, creator: str) -> Element | None:
        group, number = element.tag >> 16, element.tag & 0xFFFF
        if is_creator(element.tag):
            return element
        key = (group, creator, number & 0xFF)
        vr = self.rules.private.get(key)
        if vr is None or element.fragments or (vr == "SQ") != (element.items is not None):
            return None
        action = self.rules.private_action(key)
        if vr == "SQ":
            return self._items(element, characters, 0)
        if element.vr == "UN" and vr in STRING_VRS:
            element = Element(element.tag, vr, element.value)  # what the vendor's own readers take it for
        elif element.vr not in {vr, "UN"} and (element.vr in STRING_VRS) != (vr in STRING_VRS):
            return None
        if action is Action.REPLACE:
            return self._changed(element, action, self.rules.own_private[key].value.encode())
        untyped = element.vr == "UN" and action is Action.KEEP
        return element if untyped else self._carried_out(action, element, characters, TOP)


def _without_idle_creators(elements: list[Element]) -> list[Element]:
    used = {(element.tag >> 16, (element.tag & 0xFFFF) >> 8) for element in elements if element.tag & 0xFFFF >= 0x1000}
    return [
        element
        for element in elements
        if not element.tag >> 16 & 1
        or element.tag & 0xFFFF >= 0x1000
        or (element.tag >> 16, element.tag & 0xFFFF) in used
    ]


def _values(element: Element) -> list[str]:
    """The values of an element of the default repertoire; what is not ASCII becomes U+FFFD, and so no valid value."""
    return [value.strip(" \0") for value in element.value.decode("ascii", "replace").split("\\")]
