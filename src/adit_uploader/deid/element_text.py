"""The value of an element for people to read."""

from struct import Struct

from adit_uploader.deid.tree import Element
from adit_uploader.deid.vocabulary import STRING_VRS
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.values import dataclass, field

MAX_TEXT = 2000  # characters that are shown
MAX_NUMBERS = 64
_NUMBERS = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "UV": "Q", "SV": "q", "AT": "H"}
_ENCODED = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})


@dataclass(frozen=True, slots=True)
class Value:
    """One of: a text, the number of items of a sequence, the number of bytes of what no one reads.

    Attributes:
        items, size: -1 where it is something else.
        whole: what two values are compared by; a text may be longer than what is shown.
    """

    text: str = ""
    items: int = -1
    size: int = -1
    whole: str | bytes = field(default="", repr=False)

    @property
    def empty(self) -> bool:
        return not self.text and self.items <= 0 and self.size <= 0

    def same_as(self, other: "Value") -> bool:
        """Whether nothing changed that a reader would notice: the encoding of a text may have."""
        return (self.whole, self.items, self.size) == (other.whole, other.items, other.size)


def value_of(element: Element, characters: CharacterSet, *, little: bool) -> Value:
    """characters: of the data set that it lies in; little: its byte order."""
    if element.items is not None:
        return Value(items=len(element.items))
    if element.vr == "PN":  # separators at the end of a name's parts say nothing
        return _text(characters.label(element.value).rstrip("^="))
    if element.vr in STRING_VRS:
        encoded = element.vr in _ENCODED
        return _text(characters.label(element.value) if encoded else element.value.decode("latin-1").strip(" \0"))
    code = None if element.fragments else _NUMBERS.get(element.vr)
    layout = None if code is None else Struct(("<" if little else ">") + code)
    if layout is None or len(element.view) % layout.size:
        return Value(size=len(element.view), whole=element.value)
    return Value(_numbers(element, layout), whole=element.value)


def _numbers(element: Element, layout: Struct) -> str:
    numbers = [each for (each,) in layout.iter_unpack(element.view[: MAX_NUMBERS * layout.size])]
    texts = [f"{each:.9g}" if isinstance(each, float) else str(each) for each in numbers]
    if element.vr == "AT":
        texts = [f"({group:04X},{part:04X})" for group, part in zip(numbers[::2], numbers[1::2], strict=False)]
    return "\\".join(texts) + (" …" if len(element.view) > MAX_NUMBERS * layout.size else "")


def _text(text: str) -> Value:
    return Value(text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " …", whole=text)
