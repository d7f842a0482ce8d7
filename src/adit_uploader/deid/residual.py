"""Step 4: the finished bytes are searched once more for what identified the patient.

The bytes are read anew, so that what is checked is what is sent. They are looked at element by element of the outermost
data set, each with all that lies in it: what is found in a data set is what is found in its elements, one after the
other. So bytes that were looked at once, for the same patient and in the same syntax, need no second look; except for
UIDs, of which each instance has its own: a look says which there are, and every instance asks whether one is its own.

How a leak is told from a coincidence:

- a text (LO, SH, ST, LT, UT, UC, PN, AE, CS, UR, AS) leaks if one of its words is a word of the patient's name, in
  any case, accent or umlaut spelling, of three letters or more, and no word of DICOM's own vocabulary (Head, May);
  if family and given name stand together; if it holds a number of the patient (six signs or more, shorter ones only as
  the whole value), the birth date in a usual spelling, a phone number or a word of the address;
- a number (DS, IS) leaks if it is, as a whole, a number of the patient of six signs or more; if it is none, as a text;
- a UID leaks if it is one that this instance had replaced, or if such a number is a component behind its root; a new
  one is a hash, and a registered one everyone's; if it is none, as a text;
- dates and times do not leak by themselves: a moved date may be anyone's birthday; if they are none, as texts;
- a number or name of the patient that a site's own rule keeps does not leak in its own element, and leaks everywhere
  else; such an element is searched for all the rest: a PatientID leaks there too;
- other values, binary numbers too, leak if their bytes hold such a word of five letters or more, as it is written in
  the encodings that files have (UTF-16 and swapped bytes too), or such a number: a text can be hidden behind any tag.

Not seen: what is encoded once more (base64, compressed, encrypted, hexadecimal), a number as a binary number, words of
fewer than five letters in binary values, and whatever is in the picture.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product

from adit_uploader.deid.cleaning import Cleaner
from adit_uploader.deid.dates import is_possible
from adit_uploader.deid.encoding import read
from adit_uploader.deid.spelling import folded
from adit_uploader.deid.tree import Element, Syntax
from adit_uploader.deid.uids import NEW_ROOT, is_well_known
from adit_uploader.deid.vocabulary import element_name
from adit_uploader.deid.words import pieces
from adit_uploader.values import dataclass, field

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_ROOT = 6  # components: who gave the UID, 1.2.276.0.7230010.3
_UID = re.compile(r"[0-9.]+").fullmatch
_TEXTS = frozenset({"AE", "AS", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_TIMES = frozenset({"DA", "DT", "TM"})
_NUMBERS = frozenset({"DS", "IS"})
_ENCODINGS = ("utf-8", "latin-1", "iso8859-2", "iso8859-5", "iso8859-7", "gb18030", "euc_kr", "euc_jp", "shift_jis")
_WIDE = ("utf-16-le", "utf-16-be")
_MIN_BYTES = 5
_BLOCK = 64 * 1024


Path = tuple[int, ...]
"""The tags of an element and of the sequences around it, outermost first."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What a look at finished bytes found.

    Attributes:
        leaks: where the patient still is.
        uids: that are left, and where.
    """

    leaks: tuple[Path, ...]
    uids: dict[str, Path]

    def against(self, replaced: frozenset[str]) -> tuple[str, ...]:
        """The leaks in an instance: ``(gggg,eeee) Keyword``, outermost first. replaced: its original UIDs."""
        if not self.leaks and replaced.isdisjoint(self.uids):
            return ()
        paths = [*self.leaks, *(path for uid, path in self.uids.items() if uid in replaced)]
        return tuple(" > ".join(map(element_name, path)) for path in paths)


@dataclass(slots=True)
class ResidualCheck:
    """Looks for one patient in finished data sets.

    Attributes:
        pardoning: knows the patient without what a site's own rules keep; None where they keep nothing of it.
        pardons: whether such a rule keeps a number or name of the patient at (sequence around it or None, tag).
    """

    cleaner: Cleaner
    pardoning: Cleaner | None = None
    pardons: Callable[[int | None, int], bool] = lambda _parent, _tag: False
    _traces: tuple[bytes, ...] = field(init=False, repr=False)
    _number: Callable[[str], re.Match[str] | None] = field(init=False, repr=False)
    _longest: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._number = re.compile(_NUMBER, re.ASCII).fullmatch
        words = {word for word in self.cleaner.strong if len(word) >= _MIN_BYTES}
        ids = {text.strip().lower() for text in self.cleaner.identity.secrets.patient_ids}
        words |= {text for text in ids if len(text) > _MIN_BYTES}
        traces = {word.encode() for word in words} | set(_written(self.cleaner))
        wide = {word.encode(encoding) for word in words for encoding in _WIDE}
        self._traces = tuple(sorted(traces | wide | {other for trace in traces for other in _swapped(trace)}))
        self._longest = max(map(len, self._traces), default=0)

    def remains(self, data: bytes, syntax: Syntax, own: frozenset[str] | None = None) -> Remains | None:
        """What is still in finished bytes, None where there is nothing.

        Args:
            data: elements of a data set, complete.
            own: the UIDs that are told; all of them where it is None.
        """
        leaks: dict[Path, None] = {}
        uids: dict[str, Path] = {}
        self._look(read(data, syntax), (), leaks, uids, own)
        return Remains(tuple(leaks), uids) if leaks or uids else None

    def _look(
        self,
        elements: list[Element],
        around: Path,
        leaks: dict[Path, None],
        uids: dict[str, Path],
        own: frozenset[str] | None,
    ) -> None:
        for element in elements:
            path = (*around, element.tag)
            if element.items is not None:
                for item in element.items:
                    self._look(item.elements, path, leaks, uids, own)
            elif element.vr == "UI":
                values = [value.strip(" \0") for value in _text(element).split("\\")]
                uids.update((value, path) for value in values if own is None or value in own)
                if any(map(self._uid_leaks, values)):
                    leaks[path] = None
            elif self._leaks(element, self._cleaner_for(around[-1] if around else None, element.tag)):
                leaks[path] = None

    def _cleaner_for(self, parent: int | None, tag: int) -> Cleaner:
        return self.pardoning if self.pardoning is not None and self.pardons(parent, tag) else self.cleaner

    def _leaks(self, element: Element, cleaner: Cleaner) -> bool:
        if element.vr in _TEXTS:
            return cleaner.leaks(element.value.decode("utf-8", "replace").strip(" \0"))
        if element.vr in _NUMBERS:
            values = [value.strip(" \0") for value in _text(element).split("\\")]
            return any(cleaner.is_number(one) if self._number(one) else cleaner.leaks(one) for one in values)
        if element.vr in _TIMES:
            values = [value.strip(" \0") for value in _text(element).split("\\")]
            return any(not is_possible(one, element.vr) and cleaner.leaks(one) for one in values)
        value = element.view
        if len(value) < _MIN_BYTES:
            return False
        return any(trace in block for block in _lower(value, self._longest) for trace in self._traces)

    def _uid_leaks(self, value: str) -> bool:
        if not value or value.startswith(NEW_ROOT) or is_well_known(value):
            return False
        if not _UID(value):
            return self.cleaner.leaks(value)
        return any(map(self.cleaner.is_number, value.split(".")[_ROOT:]))


def _swapped(trace: bytes) -> Iterator[bytes]:
    """A text as it lies in words of two bytes of the other byte order, from an even and from an odd position."""
    for start in (0, 1):
        pairs = [trace[at : at + 2] for at in range(start, len(trace) - 1, 2)]
        if 2 * len(pairs) > _MIN_BYTES:
            yield b"".join(pair[::-1] for pair in pairs)


def _written(cleaner: Cleaner) -> Iterator[bytes]:
    """The name's own words as files have them, lower case where bytes have one."""
    for name in cleaner.identity.secrets.names:
        for word in pieces(name):
            if folded(word).isdisjoint(cleaner.strong):
                continue
            for spelled, encoding in product((word, word.lower(), word.upper()), _ENCODINGS + _WIDE):
                try:
                    trace = spelled.encode(encoding).lower()
                except UnicodeEncodeError:
                    continue
                if len(trace) >= _MIN_BYTES:
                    yield trace


def _lower(value: bytes | memoryview, overlap: int) -> Iterator[bytes]:
    """A value in lower case, in blocks that share the bytes between them: a large one is not held twice."""
    for start in range(0, len(value), _BLOCK):
        yield bytes(value[start : start + _BLOCK + overlap]).lower()


def _text(element: Element) -> str:
    return element.value.decode("ascii", "replace")
