"""Walking from element to element to the end of a data set, over values and never through them.

Source: PS3.5 sections 7.1 (elements), 7.5 (sequences), 6.2.2 (UN), annex A.4 (encapsulated pixel data).
"""

from struct import Struct
from typing import NamedTuple

from adit_uploader.filled import Filled
from adit_uploader.memory import MAX_HELD, MAX_SIZE
from adit_uploader.standard.elements import ELEMENTS, sequences

from .errors import DamagedFile, HeaderTooLarge, NestedTooDeep
from .stretches import HEAD, Piece, Proofs, Stretch, Stretches
from .vrs import LONG_VRS, SHORT_VRS
from .window import Window

MAX_DEPTH = 64
MAX_ELEMENTS = 500_000  # with items and fragments; more are refused within a second
MAX_ENCAPSULATED_ASIDE = 16 * 1024 * 1024

_UNDEFINED = 0xFFFFFFFF
_ITEM = 0xFFFEE000
_ITEM_END = 0xFFFEE00D
_SEQUENCE_END = 0xFFFEE0DD

_LONG_PLAIN_VRS = LONG_VRS - {b"SQ", b"UN"}

TOO_MANY = "The file holds more elements in one place than this program reads."
_STRETCH = 64 * 1024  # bytes, after which elements are counted
_HEAD = 12  # bytes of the longest

_NONE: dict[bytes, tuple[Stretch, ...]] = {}
_NO_TAGS = frozenset[int]()

_Head = tuple[int, bytes, int, int]  # tag, VR, position and length of the value


class _Layouts(NamedTuple):
    """How heads of elements and items lie in the bytes."""

    tag: Struct
    element: Struct
    item: Struct
    long: Struct


_LITTLE = _Layouts(Struct("<HH"), Struct("<HH2sH"), Struct("<HHL"), Struct("<L"))
_BIG = _Layouts(Struct(">HH"), Struct(">HH2sH"), Struct(">HHL"), Struct(">L"))


class Element(NamedTuple):
    """One element in a file. All positions are bytes.

    Attributes:
        vr: b"" in implicit VR.
        offset: of its tag.
        value_offset: of its value.
        length: of its value; None where undefined.
        end: position after it.
        fragments: pieces of an encapsulated value, without the basic offset table.
    """

    tag: int
    vr: bytes
    offset: int
    value_offset: int
    length: int | None
    end: int
    fragments: int = 0


class Gathered:
    """What is kept of the elements of an outermost data set on the way over them.

    Attributes:
        tags: in the file's order.
        pieces: the elements themselves, but for the pixel data; without their bytes where these are not kept.
        keep: whether all their bytes are; 1 of ``MAX_SIZE`` bytes is kept in any case.
        wanted: tags whose values are kept.
        values: by tag.
        highest: tag so far.
    """

    __slots__ = ("highest", "keep", "pieces", "tags", "values", "wanted")

    def __init__(self, wanted: frozenset[int], values: dict[int, bytes], *, keep: bool, highest: int) -> None:
        self.tags: list[int] = []
        self.pieces: list[Piece] = []
        self.keep = keep
        self.wanted = wanted
        self.values = values
        self.highest = highest


def _found(stretches: tuple[Stretch, ...], data: bytes, at: int, highest: int, below: int) -> Stretch | None:
    """The one of these that lies there."""
    for stretch in stretches:
        if data.startswith(stretch.raw, at) and highest < stretch.tags[0] and stretch.last < below:
            return stretch
    return None


class Walker:
    """Reads elements, and proves each to lie wholly within what holds it.

    Attributes:
        little: byte order.
        proofs: of sequences in explicit VR and this byte order that were walked through before; None: of none.
        stretches: of elements in this encoding, likewise.
    """

    __slots__ = (
        *("_delimiter", "_element", "_held", "_item", "_long", "_steps", "_tag", "_window"),
        *("little", "proofs", "stretches"),
    )

    def __init__(self, window: Window, *, little: bool) -> None:
        """Prepare, for bytes of which nothing is known."""
        layouts = _LITTLE if little else _BIG
        self.little = little
        self._window = window
        self.proofs: Proofs | None = None
        self.stretches: Stretches | None = None
        self._tag = layouts.tag.unpack
        self._element = layouts.element.unpack_from
        self._item = layouts.item.unpack_from
        self._long = layouts.long.unpack_from
        self._delimiter = layouts.tag.pack(0xFFFE, 0xE0DD)
        self._steps = 0
        self._held = 0

    def tag(self, offset: int) -> int:
        """The tag at an offset, without looking further."""
        group, number = self._tag(self._window.take(offset, 4))
        return int(group) << 16 | int(number)

    def plain(self, offset: int, below: int, gathered: Gathered, *, implicit: bool) -> int:
        """Go over elements as long as nothing about them is special, which are most; returns where that ends.

        Special is whatever `element` must decide: values that may hold elements or have no length, tags that do not
        ascend or are not below a limit, and what does not lie in the bytes at hand.
        """
        window = self._window
        if window.start + len(window.data) < offset + _HEAD <= window.size:
            window.take(offset, _HEAD)  # behind what was skipped: a stretch may begin there
        data, start = window.data, window.start
        at = offset - start
        if at < 0:
            return offset
        end = min(len(data), at + _STRETCH)
        tags, pieces, wanted, values = gathered.tags, gathered.pieces, gathered.wanted, gathered.values
        element, item, long = self._element, self._item, self._long
        known = _NONE if self.stretches is None else self.stretches.heads
        most = end if gathered.keep else 0 if self.stretches is None else MAX_SIZE
        highest, before, more = gathered.highest, len(tags), 0
        nested = sequences() if implicit else _NO_TAGS
        while at + _HEAD <= end:
            stretches = known.get(data[at : at + HEAD])
            stretch = None if stretches is None else _found(stretches, data, at, highest, below)
            if stretch is not None:
                highest = stretch.last
                tags += stretch.tags
                pieces.append((stretch.tags[0], stretch.raw, stretch))
                values |= stretch.values
                more += stretch.steps - len(stretch.tags)
                at += len(stretch.raw)
                continue
            value = at + 8
            if implicit:
                group, number, length = item(data, at)
                tag = group << 16 | number
                special = tag in nested
            else:
                group, number, vr, length = element(data, at)
                tag = group << 16 | number
                special = False
                if vr not in SHORT_VRS:
                    value, length, special = at + 12, long(data, value)[0], vr not in _LONG_PLAIN_VRS
            after = value + length
            if special or after > end or not highest < tag < below:
                break
            highest = tag
            tags.append(tag)
            pieces.append((tag, data[at:after] if after - at <= most else b"", None))
            if tag in wanted:
                values[tag] = data[value:after]
            at = after
        gathered.highest = highest
        self._count(len(tags) - before + more)
        return start + at

    def element(self, offset: int, end: int, *, implicit: bool) -> Element:
        """The element at an offset of the outermost data set.

        Raises:
            DamagedFile: it isn't one, or not all of it lies before `end`.
            OSError: reading failed.
        """
        head = self._head(offset, end, implicit)
        tag, vr, value, length = head
        if length != _UNDEFINED:
            if self.proofs is None or vr != b"SQ" or length > MAX_SIZE or value + length > end:
                return Element(tag, vr, offset, value, length, self._defined(head, end, implicit, 0))
            self._prove(offset, value, value + length, self.proofs)
            return Element(tag, vr, offset, value, length, value + length)
        if tag == 0x7FE00010 and vr in {b"OB", b"OW"}:
            after, fragments = self._fragments(value, end)
            return Element(tag, vr, offset, value, None, after, fragments)
        return Element(tag, vr, offset, value, None, self._undefined(head, end, implicit, 0))

    def _prove(self, offset: int, value: int, after: int, proofs: Proofs) -> None:
        """Walk through a sequence, unless one of the same bytes was right before: what it holds depends on no more."""
        raw = self._window.take(offset, after - offset)
        steps = proofs.at_hand(raw) or proofs.recall(raw, len(raw))
        if steps is not None:
            self._count(steps)
            return
        before = self._steps
        self._items(value, after, False, 0, delimited=False)
        proofs.keep(raw, self._steps - before, len(raw))

    def _head(self, offset: int, end: int, implicit: bool) -> _Head:
        """Tag, VR, position and length of the value."""
        self._count()
        if offset + 8 > end:
            raise DamagedFile("An element begins where its sequence or the file already ends.")
        head = self._window.take(offset, 8)
        if implicit:
            group, number, length = self._item(head, 0)
            return group << 16 | number, b"", offset + 8, length
        group, number, vr, length = self._element(head, 0)
        tag = group << 16 | number
        if vr in SHORT_VRS:
            return tag, vr, offset + 8, length
        if vr not in LONG_VRS:
            raise DamagedFile("An element is not written as its transfer syntax says.")
        if offset + 12 > end:
            raise DamagedFile("An element begins where its sequence or the file already ends.")
        return tag, vr, offset + 12, self._long(self._window.take(offset + 8, 4), 0)[0]

    def _count(self, steps: int = 1) -> None:
        self._steps += steps
        if self._steps > MAX_ELEMENTS:
            raise HeaderTooLarge("The file holds more elements than this program reads.")

    def _hold(self, elements: int) -> None:
        """Count elements of the data set that is gone over, until its end."""
        self._held += elements
        if self._held > MAX_HELD:
            raise HeaderTooLarge(TOO_MANY)

    def _defined(self, head: _Head, end: int, implicit: bool, depth: int) -> int:
        tag, vr, value, length = head
        after = value + length
        if after > end:
            raise DamagedFile(
                "An element is longer than what is left of the file. It may have been copied only in part."
            )
        if length and (vr == b"SQ" or (vr in {b"", b"UN"} and tag in sequences())):
            self._items(value, after, implicit, depth, delimited=False)
        return after

    def _undefined(self, head: _Head, end: int, implicit: bool, depth: int) -> int:
        tag, vr, value, _ = head
        if vr in {b"SQ", b"UN"}:
            return self._items(value, end, implicit, depth, delimited=True)
        if vr in {b"OB", b"OW"}:
            after, _ = self._fragments(value, end)
            self._check_search(value, after)
            return after
        if implicit and (tag in sequences() or (tag not in ELEMENTS and self._begins_item(value, end))):
            return self._items(value, end, implicit, depth, delimited=True)
        raise DamagedFile("An element has no length where it needs one.")

    def _begins_item(self, offset: int, end: int) -> bool:
        return offset + 8 <= end and self.tag(offset) == _ITEM

    def _items(self, offset: int, end: int, implicit: bool, depth: int, *, delimited: bool) -> int:
        """Position after the items of a sequence, and after its delimiter where it has one."""
        if depth >= MAX_DEPTH:
            raise NestedTooDeep(Filled("Sequences lie in sequences more than {count} times.", count=MAX_DEPTH))
        while delimited or offset < end:
            self._count()
            if offset + 8 > end:
                raise DamagedFile("A sequence has no end.")
            group, number, length = self._item(self._window.take(offset, 8), 0)
            tag = group << 16 | number
            offset += 8
            if tag == _SEQUENCE_END and delimited and length == 0:
                return offset
            if tag != _ITEM:
                raise DamagedFile("A sequence holds something that is no item.")
            if length == _UNDEFINED:
                offset = self._nested(offset, end, implicit, depth + 1, delimited=True)
            elif offset + length > end:
                raise DamagedFile("An item is longer than its sequence.")
            elif length:
                offset = self._nested(offset, offset + length, implicit, depth + 1, delimited=False)
        return offset

    def _nested(self, offset: int, end: int, implicit: bool, depth: int, *, delimited: bool) -> int:
        """Position after the data set of an item, and after its delimiter where it has one."""
        implicit = implicit or self._looks_implicit(offset, end)
        around = self._held
        while delimited or offset < end:
            if delimited and offset + 8 <= end and self.tag(offset) == _ITEM_END:
                if self._long(self._window.take(offset + 4, 4), 0)[0] != 0:
                    raise DamagedFile("An item's end is not written as it must be.")
                self._held = around
                return offset + 8
            if not implicit:
                after = self._over_plain(offset, end)
                if after > offset:
                    offset = after
                    continue
            head = self._head(offset, end, implicit)
            self._hold(1)
            if head[0] >> 16 == 0xFFFE:
                raise DamagedFile("An item or a sequence ends where none is open.")
            if head[3] == _UNDEFINED:
                offset = self._undefined(head, end, implicit, depth)
            else:
                offset = self._defined(head, end, implicit, depth)
        self._held = around
        return offset

    def _over_plain(self, offset: int, end: int) -> int:
        """Position after the next elements, as far as these are at hand and have no element in them."""
        window = self._window
        if window.start + len(window.data) < offset + _HEAD <= window.size:
            window.take(offset, _HEAD)  # behind what was skipped: a stretch may begin there
        data, start = window.data, window.start
        at = offset - start
        if at < 0:
            return offset
        end = min(len(data), end - start, at + _STRETCH)
        element, steps = self._element, 0
        while at + 8 <= end:
            group, _, vr, length = element(data, at)
            after = at + 8 + length
            if vr not in SHORT_VRS or after > end or group == 0xFFFE:
                break
            at = after
            steps += 1
        self._count(steps)
        self._hold(steps)
        return start + at

    def _looks_implicit(self, offset: int, end: int) -> bool:
        """Whether an item of an explicit VR sequence is in implicit VR, as it is in UN; decided as pydicom does it."""
        if offset + 6 > end:
            return False
        first, second = self._window.take(offset + 4, 2)
        return not (0x40 < first < 0x5B and 0x40 < second < 0x5B)

    def _fragments(self, offset: int, end: int) -> tuple[int, int]:
        """Position after an encapsulated value and its delimiter, and the number of its fragments."""
        items = 0
        while True:
            self._count()
            if offset + 8 > end:
                raise DamagedFile("The compressed picture has no end. The file may have been copied only in part.")
            group, number, length = self._item(self._window.take(offset, 8), 0)
            tag = group << 16 | number
            offset += 8
            if tag == _SEQUENCE_END and length == 0:
                return offset, max(items - 1, 0)
            if tag != _ITEM or length == _UNDEFINED or offset + length > end:
                raise DamagedFile("The compressed picture is cut, or its parts have wrong lengths.")
            offset += length
            items += 1

    def _check_search(self, value: int, after: int) -> None:
        """Refuse a small encapsulated value (an icon) whose bytes hold the delimiter: pydicom searches for that."""
        if after - value > MAX_ENCAPSULATED_ASIDE:
            raise HeaderTooLarge("The file holds a compressed picture of great size beside its main one.")
        if self._window.take(value, after - value).find(self._delimiter) != after - value - 8:
            raise DamagedFile("A compressed picture beside the main one can't be told from what follows it.")
