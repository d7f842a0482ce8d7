"""What a data set is made of: elements and items, and where their bytes lie."""

from collections.abc import Callable, Collection, Iterator
from mmap import mmap

from adit_uploader.values import dataclass

UNDEFINED = 0xFFFFFFFF


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
    items: "Collection[Item] | None" = None
    raw: bytes | None = None
    undefined: bool = False
    fragments: bool = False

    @property
    def view(self) -> bytes | memoryview:
        """The value, not copied."""
        return self.value

    @property
    def whole(self) -> bytes | memoryview | None:
        """All of it as it was read, not copied; None where it must be written anew."""
        return self.raw

    def retyped(self, vr: str) -> "Element":
        """The same value under another VR, to be written anew."""
        return Element(self.tag, vr, self.value)


@dataclass(slots=True)
class Item:
    """An item of a sequence."""

    elements: list[Element]
    undefined: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Where an element lies in the data that it was read from. All numbers are bytes.

    Attributes:
        start, end: the whole element.
        value: where its value begins.
        value_end: where its value ends.
        verbatim: whether its bytes may be written as they are.
    """

    start: int
    value: int
    value_end: int
    end: int
    verbatim: bool


class Distant(Element):
    """An element whose bytes stay in the data that it was read from; its value is copied whenever somebody asks."""

    __slots__ = ("_data", "_span")

    def __init__(
        self,
        tag: int,
        vr: str,
        data: "bytes | mmap",
        span: Span,
        *,
        items: "Collection[Item] | None" = None,
        raw: bytes | None = None,
        undefined: bool = False,
        fragments: bool = False,
    ) -> None:
        self.tag, self.vr, self.items, self.raw = tag, vr, items, raw
        self.undefined, self.fragments = undefined, fragments
        self._data, self._span = data, span

    @property
    def value(self) -> bytes:  # type: ignore[override]  # a property in the place of a field
        """The value; that of a sequence is empty."""
        return b"" if self.items is not None else self._data[self._span.value : self._span.value_end]

    @property
    def view(self) -> bytes | memoryview:
        return memoryview(self._data)[self._span.value : self._span.value_end]

    @property
    def whole(self) -> bytes | memoryview | None:
        if self.raw is not None or not self._span.verbatim:
            return self.raw
        return memoryview(self._data)[self._span.start : self._span.end]

    def retyped(self, vr: str) -> Element:
        span = Span(self._span.start, self._span.value, self._span.value_end, self._span.end, verbatim=False)
        return Distant(self.tag, vr, self._data, span)


class Rewritten(Collection[Item]):
    """The items of a long sequence as they become, each made when it is its turn.

    Attributes:
        original: the sequence that they are made of.
        same: whether nothing has changed, once somebody has gone over all of them.
    """

    __slots__ = ("_rewrite", "original", "same")

    def __init__(self, original: Element, rewrite: Callable[[Item], list[Element]]) -> None:
        self.original = original
        self.same = False
        self._rewrite = rewrite

    def __iter__(self) -> Iterator[Item]:
        same = True
        self.same = False
        for item in self.original.items or ():
            elements = self._rewrite(item)
            yield Item(elements, item.undefined)
            same = same and are_same(elements, item.elements)
        self.same = same

    def __len__(self) -> int:
        return len(self.original.items or ())

    def __contains__(self, item: object) -> bool:
        return any(one == item for one in self)


def are_same(new: list[Element], old: list[Element]) -> bool:
    """Whether rewriting changed nothing."""
    return len(new) == len(old) and all(map(_is_same, new, old))


def _is_same(new: Element, old: Element) -> bool:
    return new is old or (isinstance(new.items, Rewritten) and new.items.same and new.items.original is old)
