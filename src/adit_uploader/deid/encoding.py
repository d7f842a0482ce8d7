"""Data sets read from bytes: a tree of elements that know the bytes they were.

Python's objects are many times larger than the elements that they stand for. So the tree is whole only for elements of
some kilobytes. A longer one is proven to be consistent in one walk, and then read item by item as often as somebody
goes over it (`Stretch`); its long values stay where they are (`Distant`).

Source: PS3.5 sections 7.1 (elements), 7.5 (sequences), 6.2.2 (UN), annex A.4 (encapsulated values).
"""

from collections.abc import Collection, Iterator
from mmap import mmap
from struct import Struct
from typing import NamedTuple

from adit_uploader.deid.errors import SourceDamaged
from adit_uploader.deid.tree import UNDEFINED, Distant, Element, Item, Span, Syntax
from adit_uploader.deid.vocabulary import LONG_VRS, STRING_VRS, dictionary_vr
from adit_uploader.memory import MAX_HELD, MAX_SIZE, Memory

Known = Memory[bytes, Element]
"""Elements by their bytes."""

MAX_DEPTH = 64
MAX_HEADER = 64 * 1024 * 1024  # bytes of all values that are taken into memory
PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})

STREAMED = 64 * 1024  # bytes; longer elements of an outermost data set are not made into a tree

_MAX_RAW = 1024 * 1024  # bytes; longer elements in others are written anew, to the same bytes
_APART = 256  # bytes; longer values in streamed elements stay in the data
_SMALL = 4096  # bytes; shorter sequences in streamed elements are trees all the same
_MAX_TREES = 32 * 1024  # bytes of such trees in one data set, and only in those that lie least deep
_TREES_DEPTH = 3
_MAX_PADDING = 2048  # one sector of a CD
_ITEM = 0xFFFEE000
_ITEM_END = 0xFFFEE00D
_SEQUENCE_END = 0xFFFEE0DD
_VRS = {vr.encode(): vr for vr in LONG_VRS | STRING_VRS | {"AT", "FD", "FL", "SL", "SS", "UL", "US"}}
_TOO_LARGE = "The file holds more beside its pixel data than this program reads."
_NONE_OPEN = "A sequence ends where none is open."
_NO_LENGTH = "An element has no length where it needs one."
_LONGER = "An element is longer than what is left of the file. It may be copied only in part."
_TOO_DEEP = "The file's sequences are nested too deeply."
_TOO_MANY = "The file holds more elements in one place than this program reads."
_CUT = "The file ends in the middle of an element. It may have been copied only in part."
_LITTLE = (Struct("<HH2sH").unpack_from, Struct("<HHL").unpack_from, Struct("<L").unpack_from)
_BIG = (Struct(">HH2sH").unpack_from, Struct(">HHL").unpack_from, Struct(">L").unpack_from)
_SHORT_VRS = {code: vr for code, vr in _VRS.items() if vr not in LONG_VRS}


class _Place(NamedTuple):
    """A part of the data. at, end: positions; depth: sequences around it."""

    at: int
    end: int
    implicit: bool
    depth: int


class Stretch(Collection[Item]):
    """The items of a long sequence, each read when it is its turn, and held by whoever asked for it alone."""

    __slots__ = ("_delimited", "_place", "_reader", "held")

    def __init__(self, reader: "Reader", place: "_Place", *, delimited: bool) -> None:
        """Prepare. place: of the items, and the depth of the data set that the sequence lies in."""
        self._reader = reader
        self._place = place
        self._delimited = delimited
        self.held = 0  # elements of the data sets that it lies in

    def __iter__(self) -> Iterator[Item]:
        return self._reader.streamed(self._place, self.held, delimited=self._delimited)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def __contains__(self, item: object) -> bool:
        return any(one == item for one in self)


class Reader:
    """Reads a data set from bytes; refuses whatever is not wholly consistent."""

    __slots__ = ("_data", "_ends", "_explicit", "_known", "_length", "_pair", "_syntax", "budget")

    def __init__(
        self, data: "bytes | mmap", syntax: Syntax, budget: int = MAX_HEADER, known: Known | None = None
    ) -> None:
        """Prepare.

        Args:
            budget: bytes of all values together, those of sequences and of what they hold; it shrinks.
            known: elements of outermost data sets in this syntax that were read before and are never changed.
        """
        self.budget = budget
        self._known = known
        self._data = data
        self._syntax = syntax
        self._ends: dict[int, int] = {}  # of long values without a length, by where they begin
        self._explicit, self._pair, self._length = _LITTLE if syntax.little else _BIG

    def data_set(self, start: int, end: int, *, skip_pixels: bool = False) -> list[Element]:
        """The elements of the outermost data set between two positions.

        Args:
            skip_pixels: step over the pixel data of the outermost data set, so that it is no part of the result.

        Raises:
            SourceDamaged: an element does not lie wholly between them, or is not written as the syntax says, or there
                are more bytes than the reader's budget.
        """
        stop = PIXEL_TAGS if skip_pixels else frozenset()
        elements, at = self._elements(start, end, self._syntax.implicit, 0, stop=stop)
        if at < end:
            rest, at = self._elements(self._behind_pixels(at, end), end, self._syntax.implicit, 0, stop=stop)
            elements += rest
        if len(elements) > MAX_HELD:
            raise SourceDamaged(_TOO_MANY)
        if at < end:
            raise SourceDamaged("The file holds two kinds of pixel data.")
        return elements

    def group(self, group: int) -> list[Element]:
        """The elements of the first group, as far as it is this one."""
        return self._elements(0, len(self._data), self._syntax.implicit, 0, only=group)[0]

    def _behind_pixels(self, at: int, end: int) -> int:
        _, _, vr, short = self._explicit(self._data, at)
        if self._syntax.implicit:
            value, length = at + 8, self._pair(self._data, at)[2]
        else:
            _, value, length = self._explicit_head(vr, short, at, end)
        after = self._fragments(value, end) if length == UNDEFINED else value + length
        if after > end:
            raise SourceDamaged("The pixel data is longer than what is left of the file.")
        return after

    def _elements(  # noqa: PLR0912 - most elements are read here, and quickly
        self,
        at: int,
        end: int,
        implicit: bool,
        depth: int,
        *,
        delimited: bool = False,
        stop: frozenset[int] = frozenset(),
        only: int = 0,
        held: int = 0,
        streamed: bool = False,
    ) -> tuple[list[Element], int]:
        """Elements from a position on, and where they end.

        Args:
            delimited: whether an item delimiter ends them.
            only: the group whose end ends them, if not 0.
            held: elements of the data sets around them.
            streamed: whether they are read from a sequence that is no tree.
        """
        if depth > MAX_DEPTH:
            raise SourceDamaged(_TOO_DEEP)
        elements: list[Element] = []
        data, read_head = self._data, self._explicit
        plain_vrs = {} if implicit else _SHORT_VRS
        longest = _APART if streamed else 0xFFFF
        left = MAX_HELD - held
        trees = _MAX_TREES if streamed and depth <= _TREES_DEPTH else 0
        known = None if self._known is None or depth else self._known.at_hand
        while end - at >= 8:
            if len(elements) > left:
                raise SourceDamaged(_TOO_MANY)
            group, number, vr, short = read_head(data, at)
            if only and group != only:
                return elements, at
            tag = group << 16 | number
            plain = plain_vrs.get(vr)
            if plain is not None and group != 0xFFFE and tag not in stop and short <= longest and at + 8 + short <= end:
                # most elements; what is wrong with one, and everything else, is told below
                self.budget -= short
                if self.budget < 0:
                    raise SourceDamaged(_TOO_LARGE)
                raw = data[at : at + 8 + short]
                elements.append((known and known(raw)) or Element(tag, plain, raw[8:], None, raw))
                at += 8 + short
                continue
            if delimited and tag == _ITEM_END:
                return elements, at + 8
            if tag == 0 and stop and end - at <= _MAX_PADDING and not any(self._data[at:end]):
                return elements, end
            if tag in stop:
                return elements, at
            if group == 0xFFFE:
                raise SourceDamaged(_NONE_OPEN)
            name, value, length = self._head(tag, vr, short, at, end, implicit=implicit)
            if length != UNDEFINED and value + length > end:
                raise SourceDamaged(_LONGER)
            if known and length <= MAX_SIZE and (before := known(data[at : value + length])):
                self._spend(length)
                elements.append(before)
                at = value + length
                continue
            place = _Place(value, end if length == UNDEFINED else value + length, implicit, depth)
            if streamed:
                element, after = self._within_stretch(at, tag, name, place, trees, undefined=length == UNDEFINED)
                trees -= after - at if isinstance(element.items, list) else 0
            else:
                element, after = self._counted(at, tag, name, place, undefined=length == UNDEFINED)
            elements.append(element)
            at = after
        if delimited or (at != end and not only):
            raise SourceDamaged(_CUT)
        return elements, at

    def streamed(self, place: _Place, held: int, *, delimited: bool) -> Iterator[Item]:
        """The items of a sequence that was proven to be consistent, one by one.

        Args:
            held: elements of the data set that it lies in, and of those around that.
        """
        at, end, implicit, depth = place
        while (delimited or at < end) and (head := self._item_head(at, end, delimited=delimited)):
            at, limit, undefined = head
            inner = implicit or self._looks_implicit(at, limit)
            budget, self.budget = self.budget, MAX_HEADER  # all of it was counted when it was proven
            elements, at = self._elements(at, limit, inner, depth + 1, delimited=undefined, held=held, streamed=True)
            self.budget = budget
            for element in elements:
                if isinstance(element.items, Stretch):
                    element.items.held = held + len(elements)
            yield Item(elements, undefined)

    def _counted(self, start: int, tag: int, name: str, place: _Place, *, undefined: bool) -> tuple[Element, int]:
        """An element that the budget counts: one of an outermost data set, or of a tree."""
        if not undefined:
            self._spend(place.end - place.at)
        if place.end - place.at > STREAMED:
            return self._large(start, tag, name, place, undefined=undefined)
        return self._whole(start, tag, name, place, undefined=undefined)

    def _whole(self, start: int, tag: int, name: str, place: _Place, *, undefined: bool) -> tuple[Element, int]:
        """An element with all that lies in it."""
        vr, implicit = self._kind(tag, name, place.implicit, undefined=undefined)
        within = place if implicit == place.implicit else place._replace(implicit=implicit)
        element, after = self._element(tag, vr, within, undefined=undefined)
        if self._is_verbatim(name, vr, place, after - start):
            element.raw = self._data[start:after]
        return element, after

    def _large(self, start: int, tag: int, name: str, place: _Place, *, undefined: bool) -> tuple[Element, int]:
        """An element that may be too long to be made into a tree, and is proven to be consistent then."""
        vr, implicit = self._kind(tag, name, place.implicit, undefined=undefined)
        within = place._replace(implicit=implicit)
        if vr == "SQ":
            after = self._prove_items(*within, delimited=undefined)
        else:
            after = self._value_end(vr, place) if undefined else place.end
        if after - place.at <= STREAMED:
            return self._whole(start, tag, name, place, undefined=undefined)
        if undefined:
            self._spend(after - place.at)
        return self._distant(start, tag, name, vr, within._replace(end=after), undefined=undefined), after

    def _within_stretch(
        self, start: int, tag: int, name: str, place: _Place, trees: int, *, undefined: bool
    ) -> tuple[Element, int]:
        """An element of an item that is read in its turn. trees: bytes that may still become a tree."""
        vr, implicit = self._kind(tag, name, place.implicit, undefined=undefined)
        within = place._replace(implicit=implicit)
        after = self._ends.get(place.at, 0) if undefined else place.end
        if undefined and not after:
            after = self._prove_items(*within, delimited=True) if vr == "SQ" else self._value_end(vr, place)
        size = after - place.at
        if size <= (min(_SMALL, trees) if vr == "SQ" else _APART):
            return self._whole(start, tag, name, place, undefined=undefined)
        return self._distant(start, tag, name, vr, within._replace(end=after), undefined=undefined), after

    def _distant(self, start: int, tag: int, name: str, vr: str, place: _Place, *, undefined: bool) -> Element:
        """An element that stays where it is, from start to the end of its place."""
        verbatim = self._is_verbatim(name, vr, place, place.end - start)
        span = Span(start, place.at, place.end, place.end, verbatim)
        items = Stretch(self, place, delimited=undefined) if vr == "SQ" else None
        free = verbatim and place.end - start == len(self._data)
        raw = self._data if free and isinstance(self._data, bytes) else None
        fragments = undefined and items is None
        return Distant(tag, vr, self._data, span, items=items, raw=raw, undefined=undefined, fragments=fragments)

    def _is_verbatim(self, name: str, vr: str, place: _Place, size: int) -> bool:
        """Whether an element's bytes may be written as they are. name, vr: its VR, and what it is read as."""
        # in implicit VR within explicit, as in UN: must be written anew
        if (place.implicit and not self._syntax.implicit) or (name == "UN" and vr != "UN"):
            return False
        return size < _MAX_RAW or size == len(self._data)

    def _value_end(self, vr: str, place: _Place) -> int:
        if vr not in {"OB", "OW"}:
            raise SourceDamaged(_NO_LENGTH)
        return self._fragments(place.at, place.end)

    def _prove_items(self, at: int, end: int, implicit: bool, depth: int, *, delimited: bool) -> int:
        """Walk over items without making anything of them; returns where they end.

        Raises:
            SourceDamaged: as reading them would.
        """
        begin = at
        while delimited or at < end:
            head = self._item_head(at, end, delimited=delimited)
            if head is None:
                at += 8
                break
            at, limit, undefined = head
            at = self._prove(at, limit, implicit or self._looks_implicit(at, limit), depth + 1, delimited=undefined)
        if delimited:
            self._remember_end(begin, at)
        return at

    def _prove(self, at: int, end: int, implicit: bool, depth: int, *, delimited: bool) -> int:
        """Walk over the elements of an item."""
        if depth > MAX_DEPTH:
            raise SourceDamaged(_TOO_DEEP)
        data, read_head = self._data, self._explicit
        plain_vrs = {} if implicit else _SHORT_VRS
        count = 0
        while end - at >= 8:
            group, number, vr, short = read_head(data, at)
            if vr in plain_vrs and group != 0xFFFE and at + 8 + short <= end:
                at += 8 + short
                count += 1
                continue
            tag = group << 16 | number
            if delimited and tag == _ITEM_END:
                if count > MAX_HELD:
                    raise SourceDamaged(_TOO_MANY)
                return at + 8
            if group == 0xFFFE:
                raise SourceDamaged(_NONE_OPEN)
            name, value, length = self._head(tag, vr, short, at, end, implicit=implicit)
            undefined = length == UNDEFINED
            if not undefined and value + length > end:
                raise SourceDamaged(_LONGER)
            place = _Place(value, end if undefined else value + length, implicit, depth)
            at = self._prove_value(tag, name, place, undefined=undefined)
            count += 1
        if delimited or at != end:
            raise SourceDamaged(_CUT)
        if count > MAX_HELD:
            raise SourceDamaged(_TOO_MANY)
        return at

    def _prove_value(self, tag: int, name: str, place: _Place, *, undefined: bool) -> int:
        vr, implicit = self._kind(tag, name, place.implicit, undefined=undefined)
        if vr == "SQ":
            return self._prove_items(*place._replace(implicit=implicit), delimited=undefined)
        if not undefined:
            return place.end
        after = self._value_end(vr, place)
        self._remember_end(place.at, after)
        return after

    def _remember_end(self, begin: int, end: int) -> None:
        """So that each long one is walked over once, however deep it lies. Short ones are too many to remember."""
        if end - begin > _SMALL:
            self._ends[begin] = end

    def _head(self, tag: int, vr: bytes, short: int, at: int, end: int, *, implicit: bool) -> tuple[str, int, int]:
        """VR, position of the value and length of an element."""
        if not implicit:
            return self._explicit_head(vr, short, at, end)
        private_creator = tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF
        return dictionary_vr(tag) or ("LO" if private_creator else "UN"), at + 8, self._pair(self._data, at)[2]

    def _kind(self, tag: int, vr: str, implicit: bool, *, undefined: bool) -> tuple[str, bool]:
        """The VR that a value is read as, and whether its items are in implicit VR."""
        if vr == "UN" and not implicit:
            known = None if tag >> 16 & 1 or not self._syntax.little else dictionary_vr(tag)
            if known == "SQ" or undefined:
                return "SQ", True
            return known or "UN", implicit
        return ("SQ" if vr == "UN" and undefined else vr), implicit

    def _explicit_head(self, vr: bytes, short: int, at: int, end: int) -> tuple[str, int, int]:
        name = _VRS.get(vr)
        if name is None:
            raise SourceDamaged("An element is not written as its transfer syntax says.")
        if name not in LONG_VRS:
            return name, at + 8, short
        if end - at < 12:
            raise SourceDamaged(_CUT)
        return name, at + 12, self._length(self._data, at + 8)[0]

    def _element(self, tag: int, vr: str, place: _Place, *, undefined: bool) -> tuple[Element, int]:
        at, end, implicit, depth = place
        if vr == "SQ":
            items, after = self._items(at, end, implicit, depth, delimited=undefined)
            return Element(tag, "SQ", items=items, undefined=undefined), after
        after = self._value_end(vr, place) if undefined else end
        return Element(tag, vr, self._data[at:after], undefined=undefined, fragments=undefined), after

    def _spend(self, length: int) -> None:
        self.budget -= length
        if self.budget < 0:
            raise SourceDamaged(_TOO_LARGE)

    def _items(self, at: int, end: int, implicit: bool, depth: int, *, delimited: bool) -> tuple[list[Item], int]:
        items: list[Item] = []
        while delimited or at < end:
            head = self._item_head(at, end, delimited=delimited)
            if head is None:
                return items, at + 8
            at, limit, undefined = head
            inner = implicit or self._looks_implicit(at, limit)
            elements, at = self._elements(at, limit, inner, depth + 1, delimited=undefined)
            items.append(Item(elements, undefined))
        return items, at

    def _item_head(self, at: int, end: int, *, delimited: bool) -> tuple[int, int, bool] | None:
        """Where an item's data set begins, where it ends at the latest, whether it is delimited; None at the end."""
        if end - at < 8:
            raise SourceDamaged("A sequence has no end.")
        group, number, length = self._pair(self._data, at)
        tag = group << 16 | number
        at += 8
        if tag == _SEQUENCE_END and delimited:
            return None
        if tag != _ITEM:
            raise SourceDamaged("A sequence holds something that is no item.")
        if length == UNDEFINED:
            return at, end, True
        if at + length > end:
            raise SourceDamaged("An item is longer than its sequence.")
        return at, at + length, False

    def _looks_implicit(self, at: int, end: int) -> bool:
        """Whether an item of an explicit data set is in implicit VR: met in the wild, and read so by pydicom."""
        if end - at < 8 or self._pair(self._data, at)[0] == 0xFFFE:
            return False
        return not self._data[at + 4 : at + 6].isalpha()

    def _fragments(self, at: int, end: int) -> int:
        while True:
            if end - at < 8:
                raise SourceDamaged("A compressed picture has no end.")
            group, number, length = self._pair(self._data, at)
            tag = group << 16 | number
            at += 8
            if tag == _SEQUENCE_END:
                return at
            if tag != _ITEM or length == UNDEFINED or at + length > end:
                raise SourceDamaged("A compressed picture is cut, or its parts have wrong lengths.")
            at += length


def read(data: bytes, syntax: Syntax, budget: int = MAX_HEADER) -> list[Element]:
    """The elements of a data set, as a `Reader` has them; that of a single plain element in a short way.

    Raises:
        SourceDamaged: as by `Reader.data_set`.
    """
    if not syntax.implicit and 8 <= len(data) <= budget:
        group, number, code, length = (_LITTLE if syntax.little else _BIG)[0](data, 0)
        vr = _SHORT_VRS.get(code)
        if vr is not None and group != 0xFFFE and length + 8 == len(data):
            return [Element(group << 16 | number, vr, data[8:], None, data)]
    return Reader(data, syntax, budget).data_set(0, len(data))
