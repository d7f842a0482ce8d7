"""Canaries: a value of its own in every row of the standard's table, everywhere an element can be, and what must be
left of each. What must be left is read from the table's data here, by none of the engine's own code.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.deid.made import image

Json = dict[str, Any]

OPTIONS = {
    "basic": frozenset[str](),
    "research": frozenset({"patient", "device", "descriptors", "safe-private", "modified-dates"}),
    "research-full-dates": frozenset({"patient", "device", "descriptors", "safe-private", "full-dates"}),
}
ROWS: tuple[Json, ...] = tuple(
    row
    for row in json.loads(files("adit_uploader.deid").joinpath("annex_e.json").read_text(encoding="utf-8"))["rows"]
    if "x" not in row["tag"] and int(row["tag"][:4], 16) >= 8
)
OWN = frozenset({"00080018", "00100010", "00100020", "0020000D", "0020000E"})  # at top level they name the instance
PLACES_MADE_OF = frozenset({"00081140", "00101002", "00400555", "0040A730"})  # sequences that other canaries lie in
BEHIND_THE_PIXELS = frozenset({"FFFAFFFA", "FFFCFFFC"})
TIMEZONE = "00080201"  # its canary is no offset from UTC, and so goes
TEXTS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"})

_NUMBERED = re.compile(
    rb"(?=(ZQ[A-Z]{4}QZ|1\.2\.3\.\d{5}\.66|77\d{6}\.5|\d{8}|00120[35]\.\d{6}|[1-3]\d\dD"
    rb"|http://canary\.example/\d{6}|CANARYOB\d{6}))"
)


@dataclass(frozen=True, slots=True)
class Canary:
    """A planted value.

    Attributes:
        trace: the bytes by which it is found, whatever the byte order.
        left: the bytes that must be left of it by profile; None where nothing may.
        known: to the dictionary; of others more may go, since an unknown VR can't be cleaned.
    """

    name: str
    trace: bytes
    left: dict[str, bytes | None]
    known: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where canaries lie. kept: the profiles in which what is around them stays."""

    name: str
    ds: Dataset
    kept: frozenset[str] = frozenset(OPTIONS)


@dataclass(slots=True)
class Flock:
    """Plants canaries, and tells what must be left of them.

    Attributes:
        days: by which dates move in the profile ``research``.
        special: letters behind every text, so that a character set is needed.
    """

    days: int
    special: str = ""
    canaries: dict[bytes, Canary] = field(default_factory=dict)
    _dates: set[date] = field(default_factory=set)
    _last: date = date(2100, 1, 1)

    def plant(self, row: Json, place: Place, *, hidden: bool = False) -> bool:
        """Put this row's canary there; False where its values are too small to be told from others.

        Args:
            hidden: written as UN, with the bytes it would have in its own VR (texts and numbers as text only).
        """
        tag = int(row["tag"], 16)
        vr = vr_of(row)
        number = len(self.canaries) + 1
        if vr in {"US", "UN"} or (hidden and vr in {"SQ", "OB"}):
            return False
        value, trace, moved = self._reference(number) if vr == "SQ" and "U" in row["basic"] else self._value(vr, number)
        left = {
            name: expected_left(row, vr, OPTIONS[name], trace, moved) if name in place.kept else None
            for name in OPTIONS
        }
        self.canaries[trace] = Canary(f"{row['tag']} {row['name']} {place.name}", trace, left, _is_known(row))
        if hidden:
            raw = str(value).encode()
            place.ds.add_new(tag, "OB", raw + b" " * (len(raw) % 2))
            place.ds[tag].VR = "UN"  # given at once, pydicom would know better
        else:
            place.ds.add_new(tag, vr, value)
        return True

    def problems(self, data: bytes, profile: str) -> list[str]:
        """What is there that may not be, and what is not that must be."""
        found = {match[1] for match in _NUMBERED.finditer(data)}
        wrong = []
        for trace, canary in self.canaries.items():
            left = canary.left[profile]
            if trace in found and left != trace:
                wrong.append(f"{canary.name} survives")
            if canary.known and left is not None and left not in found:
                wrong.append(f"{canary.name} is lost")
        return wrong

    def _value(self, vr: str, number: int) -> tuple[Any, bytes, bytes]:
        """A value, the trace that it is found by, and the same moved by the patient's days (else the trace)."""
        if vr in TEXTS:
            word = word_of(number)
            text = word if vr in {"AE", "CS", "PN"} else f"{word} {self.special}".strip()
            return text, word.encode(), word.encode()
        if vr == "SQ":
            item = Dataset()
            item.CodeValue = word_of(number)
            item.CodingSchemeDesignator = "99LOCAL"
            item.CodeMeaning = f"{word_of(number)} {self.special}".strip()
            return Sequence([item]), item.CodeValue.encode(), item.CodeValue.encode()
        if vr == "DA":
            day = self._day()
            return f"{day:%Y%m%d}", f"{day:%Y%m%d}".encode(), f"{day + timedelta(days=self.days):%Y%m%d}".encode()
        plain = {
            "UI": f"1.2.3.{10000 + number}.66",
            "DT": f"20200102001205.{number:06d}",
            "TM": f"001203.{number:06d}",
            "DS": f"77{number:06d}.5",
            "IS": f"88{number:06d}",
            "AS": f"{100 + sum(trace.endswith(b'D') for trace in self.canaries)}D",
            "UR": f"http://canary.example/{number:06d}",
            "OB": f"CANARYOB{number:06d}",
        }
        value = plain[vr]
        trace = value[8:].encode() if vr == "DT" else value.encode()
        return (value.encode() if vr == "OB" else value), trace, trace

    @staticmethod
    def _reference(number: int) -> tuple[Any, bytes, bytes]:
        """For sequences whose items stay and point at something."""
        item = Dataset()
        item.ReferencedSOPInstanceUID = f"1.2.3.{10000 + number}.66"
        trace = item.ReferencedSOPInstanceUID.encode()
        return Sequence([item]), trace, trace

    def _day(self) -> date:
        """A day that is neither another canary's, nor becomes one when moved."""
        shift = timedelta(days=self.days)
        while {self._last, self._last + shift, self._last - shift} & self._dates:
            self._last += timedelta(days=1)
        self._dates.add(self._last)
        return self._last


def word_of(number: int) -> str:
    """A word of letters, another for every number: a name that no other canary shares."""
    return "ZQ" + "".join(chr(65 + number // 26**place % 26) for place in range(4)) + "QZ"


def vr_of(row: Json) -> str:
    """By pydicom's dictionary; what is newer than it is planted as a text, or as its name says."""
    if not _is_known(row):
        return "DT" if row["name"].endswith("DateTime") else "LO"
    return dictionary_VR(int(row["tag"], 16)).split(" or ")[0]


def _is_known(row: Json) -> bool:
    return dictionary_has_tag(int(row["tag"], 16))


def expected_left(row: Json, vr: str, options: frozenset[str], trace: bytes, moved: bytes) -> bytes | None:
    """What PS3.15 says must be left: by the row's options that are on, C before K, else by the Basic column."""
    actions = {action for option, action in row.get("options", {}).items() if option in options}
    if not actions or (row["tag"] == TIMEZONE and "C" in actions):
        # "its items by their own rules": a sequence whose structure, too, the table lets be cleaned
        structure = {"structured-content", "graphics"} & row.get("options", {}).keys()
        return trace if vr == "SQ" and row["basic"] == "D" and structure and "descriptors" in options else None
    if "C" in actions and vr == "OB":
        return None  # nothing that this program can clean
    return moved if "C" in actions and vr == "DA" else trace


def places(ds: Dataset) -> Iterator[Place]:
    """Listed, unlisted, deep, removed, report and private: data sets in an image in which canaries can lie."""
    block = ds.private_block(0x0009, "CANARY MAKER", create=True)
    inside = Dataset()
    block.add_new(0x01, "SQ", Sequence([inside]))
    yield Place("at top level", ds)
    yield Place("in a listed sequence", _item(ds, "ReferencedImageSequence"))
    deep = _item(_item(ds, "RadiopharmaceuticalInformationSequence"), "RadionuclideCodeSequence")
    yield Place("in an unlisted sequence", deep)
    yield Place("three deep", _item(deep, "ReferencedImageSequence"))
    yield Place("in a sequence that is removed", _item(ds, "OtherPatientIDsSequence"), frozenset())
    research = frozenset({"research", "research-full-dates"})
    yield Place("in report content", _item(_item(ds, "ContentSequence"), "ContentSequence"), research)
    yield Place("in a private sequence", inside, frozenset())


def _item(parent: Dataset, keyword: str) -> Dataset:
    """The item of a sequence of one item."""
    if keyword not in parent:
        setattr(parent, keyword, Sequence([Dataset()]))
    item: Dataset = parent[keyword].value[0]
    return item


def populated(flock: Flock, rows: Iterable[Json] = ROWS, **elements: object) -> Dataset:
    """An image with a canary of every row in every place."""
    ds = image(**elements)
    rows = tuple(rows)
    for place in list(places(ds)):
        top = place.ds is ds
        for row in rows:
            if row["tag"] in BEHIND_THE_PIXELS or (int(row["tag"], 16) in place.ds and vr_of(row) == "SQ"):
                continue
            if row["tag"] in PLACES_MADE_OF or (top and row["tag"] in OWN) or (not top and vr_of(row) == "SQ"):
                continue
            flock.plant(row, place)
    return ds


def hidden(flock: Flock, rows: Iterable[Json] = ROWS) -> Dataset:
    """An image in which all that can be is written as UN, at top level and in an item."""
    ds = image()
    for place in (Place("as UN", ds), Place("as UN in an item", _item(ds, "ReferencedImageSequence"))):
        for row in rows:
            if not (row["tag"] in OWN and place.ds is ds) and row["tag"] not in BEHIND_THE_PIXELS:
                flock.plant(row, place, hidden=True)
    return ds


def private(flock: Flock, rows: Iterable[Json] = ROWS) -> Dataset:
    """An image with the values of all rows as private elements: of a creator, in a safe creator's block, of no one."""
    ds = image()
    gone = frozenset[str]()
    for number, row in enumerate(rows):
        vr = vr_of(row)
        holder = Dataset()
        if not flock.plant(row, Place("as a private element", holder, gone)):
            continue
        value = holder[int(row["tag"], 16)].value
        creator = ("CANARY MAKER", "SIEMENS MR HEADER", None)[number % 3]
        group = (0x0011, 0x0019, 0x0035)[number % 3]
        block, element = 0x10 + number // 3 // 0xC0, 0x40 + number // 3 % 0xC0
        if creator is not None:
            ds.add_new(group << 16 | block, "LO", creator)
        ds.add_new(group << 16 | block << 8 | element, vr, value)
    return ds
