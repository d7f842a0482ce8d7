"""Canaries: a value of its own in every row of the standard's table, everywhere an element can be, and what must be
left of each. What must be left is read from the table's data here, by none of the engine's own code.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files
from itertools import product
from typing import Any

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.deid.made import image, implicit

Json = dict[str, Any]
Plain = tuple[Any, bytes, bytes]
"""A value, the trace that it is found by, and the same moved by the patient's days (else the trace)."""

OPTIONS = {
    "basic": frozenset[str](),
    "research": frozenset({"patient", "device", "descriptors", "safe-private", "modified-dates"}),
    "research-full-dates": frozenset({"patient", "device", "descriptors", "safe-private", "full-dates"}),
}
RESEARCH = frozenset({"research", "research-full-dates"})
NOWHERE = frozenset[str]()
ALL_ROWS: tuple[Json, ...] = tuple(
    json.loads(files("adit_uploader.deid").joinpath("annex_e.json").read_text(encoding="utf-8"))["rows"]
)
REPEATING = tuple(row for row in ALL_ROWS if "x" in row["tag"])
ROWS = tuple(row for row in ALL_ROWS if "x" not in row["tag"])
OWN = frozenset({"00080018", "00100010", "00100020", "0020000D", "0020000E"})  # at top level they name the instance
COMMANDS = frozenset({"00001000", "00001001", "00020003"})  # no data set of a file may hold them at top level
BEHIND_THE_PIXELS = frozenset({"FFFAFFFA", "FFFCFFFC"})
TIMEZONE = "00080201"  # its canary is no offset from UTC, and so goes
TEXTS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"})
NAMED = {
    "StudyInstanceUID": "1.2.3.90001.66",
    "SeriesInstanceUID": "1.2.3.90002.66",
    "SOPInstanceUID": "1.2.3.90003.66",
}

_TRACES = re.compile(
    rb"(?=(ZQ[A-Z]{4}QZ|1\.2\.3\.\d{5}\.66|77\d{6}\.5|(?<![\d.])\d{14}\.\d{6}|(?<![\d.])\d{8}|00120[35]\.\d{6}|[1-3]\d\dD"
    rb"|http://canary\.example/\d{6}|CANARYOB\d{6}))"
)
_DOUBLED = re.compile(rb"(?=(QQ([A-Z])\2([A-Z])\3([A-Z])\4))")


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
    """Where canaries lie.

    Attributes:
        kept: the profiles in which what is around them stays.
        hidden: whether they are written as UN, with the bytes that they would have in their own VR.
    """

    name: str
    ds: Dataset
    kept: frozenset[str] = frozenset(OPTIONS)
    hidden: bool = False


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
    _ages: int = 100

    def plant(self, row: Json, place: Place) -> None:
        """Put this row's canary there; where its sequence is a part of the place already, into an item of its own."""
        tag = int(row["tag"], 16)
        vr = vr_of(row)
        number = len(self.canaries) + 1
        reference = vr == "SQ" and "U" in row["basic"]
        value, trace, moved = self._reference(number) if reference else self._value(vr, number)
        left = {
            name: expected_left(row, vr, OPTIONS[name], trace, moved) if name in place.kept else None
            for name in OPTIONS
        }
        assert trace not in self.canaries
        self.canaries[trace] = Canary(f"{row['tag']} {row['name']} {place.name}", trace, left, is_known(row))
        if place.hidden:
            self._hide(place.ds, tag, vr, value)
        elif tag in place.ds and vr == "SQ":
            place.ds[tag].value.extend(value)
        else:
            place.ds.add_new(tag, vr, value)

    def plant_all(self, rows: Iterable[Json], *places: Place) -> None:
        """Every row in every place."""
        for row, place in product(rows, places):
            self.plant(row, place)

    def found_in(self, data: bytes) -> set[bytes]:
        """All traces of canaries in these bytes."""
        return {match[1] for pattern in (_TRACES, _DOUBLED) for match in pattern.finditer(data)}

    def problems(self, data: bytes, profile: str) -> list[str]:
        """What is there that may not be, and what is not that must be."""
        found = self.found_in(data)
        wrong = [f"{uid} survives" for uid in NAMED.values() if uid.encode() in found]
        for trace, canary in self.canaries.items():
            left = canary.left[profile]
            if trace in found and left != trace:
                wrong.append(f"{canary.name} survives")
            if canary.known and left is not None and left not in found:
                wrong.append(f"{canary.name} is lost")
        return wrong

    def _hide(self, ds: Dataset, tag: int, vr: str, value: Any) -> None:
        holder = Dataset()
        holder.add_new(tag, vr, value)
        raw = implicit(holder)[8:]
        ds.add_new(tag, "OB", raw)
        ds[tag].VR = "UN"  # given at once, pydicom would know better

    def _value(self, vr: str, number: int) -> Plain:
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
        if vr in {"DA", "DT"}:
            day, time = self._day(), f"001205.{number:06d}" if vr == "DT" else ""
            before, after = (f"{one:%Y%m%d}{time}" for one in (day, day + timedelta(days=self.days)))
            return before, before.encode(), after.encode()
        if vr == "US":  # four numbers whose bytes are the same in any order
            word = word_of(number)[2:5].encode()
            values = [letter * 0x0101 for letter in b"Q" + word]
            trace = bytes(letter for letter in b"Q" + word for _ in "12")
            return values, trace, trace
        if vr == "AS":
            self._ages += 1
        plain = {
            "UI": f"1.2.3.{10000 + number}.66",
            "TM": f"001203.{number:06d}",
            "DS": f"77{number:06d}.5",
            "IS": f"88{number:06d}",
            "AS": f"{self._ages}D",
            "UR": f"http://canary.example/{number:06d}",
            "OB": f"CANARYOB{number:06d}",
            "UN": f"CANARYOB{number:06d}",
        }
        value = plain[vr]
        return (value.encode() if vr in {"OB", "UN"} else value), value.encode(), value.encode()

    @staticmethod
    def _reference(number: int) -> Plain:
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
    if not is_known(row):
        return "DT" if row["name"].endswith("DateTime") else "SQ" if row["name"].endswith("Sequence") else "LO"
    return dictionary_VR(int(row["tag"], 16)).split(" or ")[0]


def is_known(row: Json) -> bool:
    """Whether pydicom's dictionary has it; those of commands and directories are no part of any data set."""
    return dictionary_has_tag(int(row["tag"], 16)) and int(row["tag"][:4], 16) >= 8


def expected_left(row: Json, vr: str, options: frozenset[str], trace: bytes, moved: bytes) -> bytes | None:
    """What PS3.15 says must be left: by the row's options that are on, C before K, else by the Basic column."""
    actions = {action for option, action in row.get("options", {}).items() if option in options}
    if not actions or (row["tag"] == TIMEZONE and "C" in actions):
        # "its items by their own rules": a sequence whose structure, too, the table lets be cleaned
        structure = {"structured-content", "graphics"} & row.get("options", {}).keys()
        return trace if vr == "SQ" and row["basic"] == "D" and structure and "descriptors" in options else None
    if "C" in actions and vr == "OB":
        return None  # nothing that this program can clean
    return moved if "C" in actions and vr in {"DA", "DT"} else trace


def chained(ds: Dataset, name: str, *tags: int, kept: frozenset[str] = frozenset(OPTIONS)) -> list[Place]:
    """The items of sequences in sequences, 1 deep, 2 deep, ...; private ones with the creators of their blocks."""
    found = []
    for depth, tag in enumerate(tags, 1):
        if tag not in ds:
            if tag >> 16 & 1 and tag & 0xFF00:
                ds.add_new(tag >> 16 << 16 | (tag & 0xFFFF) >> 8, "LO", CREATORS[tag >> 16])
            ds.add_new(tag, "SQ", Sequence([Dataset()]))
        ds = ds[tag].value[0]
        found.append(Place(f"{depth} deep in {name}", ds, kept))
    return found


CREATORS = {0x0009: "CANARY MAKER", 0x2001: "Philips Imaging DD 001"}
LISTED = (0x00081140, 0x00082112, 0x00081140)  # X/Z/U*: the items stay
UNLISTED = (0x00540016, 0x00540306, 0x00540300)
REPORT = (0x0040A730, 0x0040A730, 0x0040A730)  # D
REMOVED = (0x00101002, 0x00401101, 0x00081140)  # X
PRIVATE = (0x00091001, 0x00091001, 0x00091001)
SAFE_PRIVATE = (0x20011069, 0x2001106A, 0x20011069)


def populated(flock: Flock, rows: Iterable[Json] = ROWS, **elements: object) -> Dataset:
    """An image with a canary of every row at top level and 1 to 3 deep in sequences of every kind."""
    ds = image(**NAMED, **elements)
    rows = [row for row in rows if row["tag"] not in BEHIND_THE_PIXELS]
    nested = [
        *chained(ds, "listed sequences", *LISTED),
        *chained(ds, "unlisted sequences", *UNLISTED),
        *chained(ds, "report content", *REPORT, kept=RESEARCH),
        *chained(ds, "sequences that are removed", *REMOVED, kept=NOWHERE),
        *chained(ds, "private sequences", *PRIVATE, kept=NOWHERE),
        *chained(ds, "safe private sequences", *SAFE_PRIVATE, kept=RESEARCH),
    ]
    flock.plant_all([row for row in rows if row["tag"] not in OWN | COMMANDS], Place("at top level", ds))
    flock.plant_all(rows, *nested)
    return ds


def hidden(flock: Flock, rows: Iterable[Json] = ROWS) -> Dataset:
    """An image in which all that can be is written as UN: at top level, in an item, and in sequences that are UN."""
    ds = image(**NAMED)
    item = Dataset()
    rows = [row for row in rows if row["tag"] not in BEHIND_THE_PIXELS]
    flock.plant_all([row for row in rows if row["tag"] not in OWN | COMMANDS], Place("as UN", ds, hidden=True))
    flock.plant_all(rows, Place("as UN in an item", item, hidden=True))
    ds.SourceImageEvidenceSequence = Sequence([item])
    inner = Dataset()
    flock.plant_all(rows, *chained(inner, "sequences that are UN", *UNLISTED))
    ds.add_new(UNLISTED[0], "OB", implicit(inner)[8:])
    ds[UNLISTED[0]].VR = "UN"
    return ds


def private(flock: Flock, rows: Iterable[Json] = ROWS) -> Dataset:
    """An image with the values of all rows as private elements of a creator, in a safe creator's block, of no one."""
    ds = image(**NAMED)
    (item,) = chained(ds, "a listed sequence", LISTED[0])
    for number, (row, place) in enumerate(product(rows, (ds, item.ds))):
        holder = Dataset()
        flock.plant(row, Place("as a private element", holder, NOWHERE))
        planted = holder[int(row["tag"], 16)]
        creator = ("CANARY MAKER", "SIEMENS MR HEADER", None)[number // 2 % 3]
        group = (0x0011, 0x0019, 0x0035)[number // 2 % 3]
        block, element = 0x10 + number // 6 // 0xC0, 0x40 + number // 6 % 0xC0
        if creator is not None:
            place.add_new(group << 16 | block, "LO", creator)
        place.add_new(group << 16 | block << 8 | element, planted.VR, planted.value)
    return ds


KINDS: dict[str, Callable[..., Dataset]] = {"populated": populated, "hidden": hidden, "private": private}
