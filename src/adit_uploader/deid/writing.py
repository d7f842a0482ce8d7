"""Data sets written as bytes: what did not change as the bytes it was, what is long item by item."""

from collections.abc import Collection, Iterator
from io import BytesIO
from struct import Struct

from adit_uploader.deid.errors import Unsupported
from adit_uploader.deid.tree import UNDEFINED, Element, Item, Rewritten, Syntax
from adit_uploader.deid.vocabulary import LONG_VRS, STRING_VRS


class Writer:
    """Writes elements as bytes."""

    __slots__ = ("_implicit", "_long", "_number", "_pair", "_short")

    def __init__(self, syntax: Syntax) -> None:
        order = "<" if syntax.little else ">"
        self._implicit = syntax.implicit
        self._short = Struct(f"{order}HH2sH").pack
        self._long = Struct(f"{order}HH2sHL").pack
        self._pair = Struct(f"{order}HHL").pack
        self._number = Struct(f"{order}L").pack

    def data_set(self, elements: list[Element]) -> bytes:
        """Bytes of a data set.

        Raises:
            Unsupported: a changed value no longer fits the length field of its VR.
        """
        if all(element.items is None or isinstance(element.items, list) for element in elements):
            return b"".join(self._parts(elements))
        target = BytesIO()
        for element in elements:
            self._stream(element, target)
        return target.getvalue()

    def _stream(self, element: Element, target: BytesIO) -> None:
        """Write an element item by item; lengths are filled in when they are known."""
        items, whole, begin = element.items, element.whole, target.tell()
        if whole is not None or items is None or isinstance(items, list):
            target.writelines(self._parts([element]))
            return
        target.write(self._head(element.tag, "SQ", UNDEFINED))
        value = target.tell()
        for item in items:
            target.write(self._pair(0xFFFE, 0xE000, UNDEFINED))
            start = target.tell()
            for inner in item.elements:
                self._stream(inner, target)
            if item.undefined:
                target.write(self._pair(0xFFFE, 0xE00D, 0))
            else:
                self._fill_in(target, start)
        same = isinstance(items, Rewritten) and items.same
        whole = items.original.whole if same and isinstance(items, Rewritten) else None
        if whole is not None:
            target.seek(begin)
            target.truncate()
            target.write(whole)
        elif element.undefined:
            target.write(self._pair(0xFFFE, 0xE0DD, 0))
        else:
            self._fill_in(target, value)

    def _fill_in(self, target: BytesIO, start: int) -> None:
        """Write a length, now that all from this position on is there; it lies before it."""
        end = target.tell()
        target.seek(start - 4)
        target.write(self._number(end - start))
        target.seek(end)

    def _parts(self, elements: list[Element]) -> Iterator[bytes | memoryview]:
        for element in elements:
            if (whole := element.raw or element.whole) is not None:
                yield whole
            elif element.items is None:
                value = element.view
                yield self._head(element.tag, element.vr, UNDEFINED if element.undefined else len(value))
                yield value
            else:
                yield from self._sequence(element, element.items)

    def _sequence(self, element: Element, items: Collection[Item]) -> Iterator[bytes | memoryview]:
        parts: list[bytes | memoryview] = []
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
