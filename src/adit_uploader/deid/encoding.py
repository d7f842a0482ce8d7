"""Data sets as bytes and back: a tree of elements whose unchanged parts are written back as the bytes they were.

Source: PS3.5 sections 7.1 (elements), 7.5 (sequences), 6.2.2 (UN), annex A.4 (encapsulated values).
"""

from collections.abc import Iterator
from mmap import mmap
from struct import Struct

from adit_uploader.deid.errors import SourceDamaged, Unsupported
from adit_uploader.deid.vocabulary import LONG_VRS, STRING_VRS, dictionary_vr
from adit_uploader.values import dataclass

UNDEFINED = 0xFFFFFFFF
MAX_DEPTH = 64
MAX_HEADER = 64 * 1024 * 1024  # bytes of all values that are taken into memory
PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})

_MAX_RAW = 1024 * 1024  # bytes; longer elements are held once and written anew, to the same bytes
_MAX_PADDING = 2048  # one sector of a CD
_ITEM = 0xFFFEE000
_ITEM_END = 0xFFFEE00D
_SEQUENCE_END = 0xFFFEE0DD
_VRS = {vr.encode(): vr for vr in LONG_VRS | STRING_VRS | {"AT", "FD", "FL", "SL", "SS", "UL", "US"}}
_TOO_LARGE = "The file holds more beside its pixel data than this program reads."
_LITTLE = (Struct("<HH2sH").unpack_from, Struct("<HHL").unpack_from, Struct("<L").unpack_from)
_BIG = (Struct(">HH2sH").unpack_from, Struct(">HHL").unpack_from, Struct(">L").unpack_from)
_SHORT_VRS = {code: vr for code, vr in _VRS.items() if vr not in LONG_VRS}


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a data set is encoded. little: byte order; implicit: whether VRs are left out."""

    little: bool = True
    implicit: bool = False


@dataclass(slots=True)
class Element:
    """An element. Sequences have ``items``, all others ``value``.

    Attributes:
        raw: the whole element as it was read, None as soon as it must be written anew.
        undefined: whether its length is written as undefined.
        fragments: whether ``value`` is an encapsulated value with its delimiter.
    """

    tag: int
    vr: str
    value: bytes = b""
    items: "list[Item] | None" = None
    raw: bytes | None = None
    undefined: bool = False
    fragments: bool = False


@dataclass(slots=True)
class Item:
    """An item of a sequence."""

    elements: list[Element]
    undefined: bool = False


class Reader:
    """Reads a data set from bytes; refuses whatever is not wholly consistent."""

    __slots__ = ("_data", "_explicit", "_length", "_pair", "_syntax", "budget")

    def __init__(self, data: "bytes | mmap", syntax: Syntax, budget: int = MAX_HEADER) -> None:
        """Prepare. budget: bytes of all values together, those of sequences and of what they hold; it shrinks."""
        self.budget = budget
        self._data = data
        self._syntax = syntax
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
        if at < end:
            raise SourceDamaged("The file holds two kinds of pixel data.")
        return elements

    def group(self, group: int) -> list[Element]:
        """The elements of the first group, as far as it is this one."""
        at = 0
        elements: list[Element] = []
        while len(self._data) - at >= 8 and self._explicit(self._data, at)[0] == group:
            one, after = self._elements(at, len(self._data), self._syntax.implicit, 0, stop=frozenset(), limit=1)
            elements += one
            at = after
        return elements

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

    def _elements(
        self,
        at: int,
        end: int,
        implicit: bool,
        depth: int,
        *,
        delimited: bool = False,
        stop: frozenset[int] = frozenset(),
        limit: int = 0,
    ) -> tuple[list[Element], int]:
        if depth > MAX_DEPTH:
            raise SourceDamaged("The file's sequences are nested too deeply.")
        foreign = implicit and not self._syntax.implicit  # inside UN: must be written anew
        elements: list[Element] = []
        data, read_head = self._data, self._explicit
        plain_vrs = {} if implicit or stop or limit else _SHORT_VRS
        while end - at >= 8:
            group, number, vr, short = read_head(data, at)
            tag = group << 16 | number
            plain = plain_vrs.get(vr)
            if plain is not None and group != 0xFFFE and at + 8 + short <= end:
                # most elements; what is wrong with one, and everything else, is told below
                self.budget -= short
                if self.budget < 0:
                    raise SourceDamaged(_TOO_LARGE)
                raw = data[at : at + 8 + short]
                elements.append(Element(tag, plain, raw[8:], None, raw))
                at += 8 + short
                continue
            if delimited and tag == _ITEM_END:
                return elements, at + 8
            if tag == 0 and stop and end - at <= _MAX_PADDING and not any(self._data[at:end]):
                return elements, end
            if tag in stop or (limit and len(elements) == limit):
                return elements, at
            if group == 0xFFFE:
                raise SourceDamaged("A sequence ends where none is open.")
            if implicit:
                name = dictionary_vr(tag) or ("LO" if group & 1 and 0x10 <= number <= 0xFF else "UN")
                value, length = at + 8, self._pair(self._data, at)[2]
            else:
                name, value, length = self._explicit_head(vr, short, at, end)
            element, after = self._element(tag, name, value, length, end=end, implicit=implicit, depth=depth)
            size = after - at
            free = size == len(self._data)  # all of it: no copy
            if not foreign and (size < _MAX_RAW or free) and not (name == "UN" and element.vr != "UN"):
                element.raw = self._data[at:after]
            elements.append(element)
            at = after
        if delimited or at != end:
            raise SourceDamaged("The file ends in the middle of an element. It may have been copied only in part.")
        return elements, at

    def _explicit_head(self, vr: bytes, short: int, at: int, end: int) -> tuple[str, int, int]:
        name = _VRS.get(vr)
        if name is None:
            raise SourceDamaged("An element is not written as its transfer syntax says.")
        if name not in LONG_VRS:
            return name, at + 8, short
        if end - at < 12:
            raise SourceDamaged("The file ends in the middle of an element. It may have been copied only in part.")
        return name, at + 12, self._length(self._data, at + 8)[0]

    def _element(
        self, tag: int, vr: str, at: int, length: int, *, end: int, implicit: bool, depth: int
    ) -> tuple[Element, int]:
        undefined = length == UNDEFINED
        self._spend(0 if undefined else length)
        if not undefined and at + length > end:
            raise SourceDamaged("An element is longer than what is left of the file. It may be copied only in part.")
        if vr == "UN" and not implicit:
            known = None if tag >> 16 & 1 or not self._syntax.little else dictionary_vr(tag)
            if known == "SQ" or undefined:
                items, after = self._items(at, end if undefined else at + length, True, depth, delimited=undefined)
                return Element(tag, "SQ", items=items, undefined=undefined), after
            return Element(tag, known or "UN", self._data[at : at + length]), at + length
        if vr == "SQ" or (undefined and vr == "UN"):
            items, after = self._items(at, end if undefined else at + length, implicit, depth, delimited=undefined)
            return Element(tag, "SQ", items=items, undefined=undefined), after
        if undefined:
            if vr not in {"OB", "OW"}:
                raise SourceDamaged("An element has no length where it needs one.")
            after = self._fragments(at, end)
            return Element(tag, vr, self._data[at:after], undefined=True, fragments=True), after
        return Element(tag, vr, self._data[at : at + length]), at + length

    def _spend(self, length: int) -> None:
        self.budget -= length
        if self.budget < 0:
            raise SourceDamaged(_TOO_LARGE)

    def _items(self, at: int, end: int, implicit: bool, depth: int, *, delimited: bool) -> tuple[list[Item], int]:
        items: list[Item] = []
        while delimited or at < end:
            if end - at < 8:
                raise SourceDamaged("A sequence has no end.")
            group, number, length = self._pair(self._data, at)
            tag = group << 16 | number
            at += 8
            if tag == _SEQUENCE_END and delimited:
                return items, at
            if tag != _ITEM:
                raise SourceDamaged("A sequence holds something that is no item.")
            undefined = length == UNDEFINED
            if not undefined and at + length > end:
                raise SourceDamaged("An item is longer than its sequence.")
            limit = end if undefined else at + length
            inner = implicit or self._looks_implicit(at, limit)
            elements, at = self._elements(at, limit, inner, depth + 1, delimited=undefined)
            items.append(Item(elements, undefined))
        return items, at

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


class Writer:
    """Writes elements as bytes."""

    __slots__ = ("_implicit", "_length", "_long", "_pair", "_short")

    def __init__(self, syntax: Syntax) -> None:
        order = "<" if syntax.little else ">"
        self._implicit = syntax.implicit
        self._short = Struct(f"{order}HH2sH").pack
        self._long = Struct(f"{order}HH2sHL").pack
        self._pair = Struct(f"{order}HHL").pack

    def data_set(self, elements: list[Element]) -> bytes:
        """Bytes of a data set.

        Raises:
            Unsupported: a changed value no longer fits the length field of its VR.
        """
        return b"".join(self._parts(elements))

    def _parts(self, elements: list[Element]) -> Iterator[bytes]:
        for element in elements:
            if element.raw is not None:
                yield element.raw
            elif element.items is None:
                length = UNDEFINED if element.undefined else len(element.value)
                yield self._head(element.tag, element.vr, length)
                yield element.value
            else:
                yield from self._sequence(element, element.items)

    def _sequence(self, element: Element, items: list[Item]) -> Iterator[bytes]:
        parts: list[bytes] = []
        for item in items:
            inner = list(self._parts(item.elements))
            parts.append(self._pair(0xFFFE, 0xE000, UNDEFINED if item.undefined else sum(map(len, inner))))
            parts += inner
            if item.undefined:
                parts.append(self._pair(0xFFFE, 0xE00D, 0))
        yield self._head(element.tag, "SQ", UNDEFINED if element.undefined else sum(map(len, parts)))
        yield from parts
        if element.undefined:
            yield self._pair(0xFFFE, 0xE0DD, 0)

    def _head(self, tag: int, vr: str, length: int) -> bytes:
        group, number = tag >> 16, tag & 0xFFFF
        if self._implicit:
            return self._pair(group, number, length)
        if vr in LONG_VRS:
            return self._long(group, number, vr.encode(), 0, length)
        if length > 0xFFFF:
            raise Unsupported("A value has become too long for its element.")
        return self._short(group, number, vr.encode(), length)


def padded(vr: str, value: bytes) -> bytes:
    """The value with its pad byte, so that its length is even (PS3.5 section 6.2)."""
    if len(value) % 2 == 0:
        return value
    return value + (b" " if vr in STRING_VRS and vr != "UI" else b"\0")
