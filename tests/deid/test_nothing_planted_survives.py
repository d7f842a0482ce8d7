"""Canaries: a value of its own in every element of the standard's table, everywhere an element can be."""

import json
import re
import zlib
from dataclasses import dataclass, field
from importlib.resources import files
from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.deid.made import SYNTAXES, deidentified, image, whole, written

ROWS = [
    row
    for row in json.loads(files("adit_uploader.deid").joinpath("annex_e.json").read_text(encoding="utf-8"))["rows"]
    if "x" not in row["tag"] and int(row["tag"][:4], 16) >= 8 and dictionary_has_tag(int(row["tag"], 16))
]
RESEARCH = {"patient", "device", "descriptors", "safe-private", "modified-dates"}
OWN = {0x00080016, 0x00080005, 0x00100010, 0x00100020}  # what the file is read by, tested elsewhere
MADE_SEQUENCES = {"ReferencedImageSequence", "ContentSequence", "OtherPatientIDsSequence"}  # planted inside
TEXTS = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"}


@dataclass
class Canaries:
    """Plants values and remembers what must be found of each in bytes."""

    planted: dict[bytes, str] = field(default_factory=dict)

    def plant(self, ds: Dataset, row: dict[str, object], place: str) -> bytes | None:
        tag = int(str(row["tag"]), 16)
        vr = dictionary_VR(tag).split(" or ")[0]
        if tag in OWN or vr in {"US", "FD", "FL", "SL", "UL", "SS", "AT", "UN"}:
            return None
        number = len(self.planted) + 1
        value, trace = self._value(vr, number, row)
        ds.add_new(tag, vr, value)
        self.planted[trace] = f"{row['tag']} {row['name']} {place}"
        return trace

    def _value(self, vr: str, number: int, row: dict[str, object]) -> tuple[object, bytes]:
        if vr in TEXTS:
            return _word(number), _word(number).encode()
        if vr == "SQ":
            item = Dataset()
            item.ReferencedSOPInstanceUID = f"1.2.3.9.{number}.77"
            if "U" not in str(row["basic"]):
                item.CodeValue = f"CANARY{number:05d}V"
                item.CodingSchemeDesignator = "99LOCAL"
                item.CodeMeaning = f"CANARY{number:05d}M"
                return Sequence([item]), f"CANARY{number:05d}".encode()
            return Sequence([item]), f"1.2.3.9.{number}.77".encode()
        year, month, day = 2100 + number % 900, number % 12 + 1, number // 900 % 28 + 1
        values: dict[str, tuple[object, bytes]] = {
            "UI": (f"1.2.3.8.{number}.66", f"1.2.3.8.{number}.66".encode()),
            "DA": (f"{year}{month:02d}{day:02d}", f"{year}{month:02d}{day:02d}".encode()),
            "DT": (f"20200102030405.{number:06d}", f"030405.{number:06d}".encode()),
            "TM": (f"010203.{number:06d}", f"010203.{number:06d}".encode()),
            "DS": (f"77{number:06d}.5", f"77{number:06d}.5".encode()),
            "IS": (f"77{number:06d}", f"77{number:06d}".encode()),
            "AS": (f"{number % 800 + 100:03d}D", f"{number % 800 + 100:03d}D".encode()),
            "UR": (f"http://canary.example/{number}", f"http://canary.example/{number}".encode()),
            "OB": (f"CANARYOB{number:06d}".encode(), f"CANARYOB{number:06d}".encode()),
        }
        return values[vr]

    def found(self, data: bytes) -> list[str]:
        return [self.planted[trace] for trace in self.traces(data)]

    def traces(self, data: bytes) -> set[bytes]:
        """Those found; where a longer number follows, it is another canary's."""
        return {
            trace
            for trace in self.planted
            if trace in data and (not trace[-1:].isdigit() or re.search(re.escape(trace) + rb"(?!\d)", data))
        }


def _word(number: int) -> str:
    """A word of letters, another for every number: a name that no other canary shares."""
    return "ZQ" + "".join(chr(65 + number // 26**place % 26) for place in range(4)) + "QZ"


def _plain(data: bytes, syntax: str) -> bytes:
    """The file with its data set inflated."""
    if syntax != "deflated":
        return data
    length = int.from_bytes(data[140:144], "little")
    start = 144 + length
    return data[:start] + zlib.decompressobj(-15).decompress(data[start:])


def _sequence(parent: Dataset, keyword: str) -> Dataset:
    """The item of a sequence of one item."""
    if keyword not in parent:
        setattr(parent, keyword, Sequence([Dataset()]))
    item: Dataset = parent[keyword].value[0]
    return item


def _places(ds: Dataset) -> dict[str, Dataset]:
    """Data sets in kept, listed, unlisted, deep and private sequences, and in the content of a report."""
    block = ds.private_block(0x0009, "CANARY MAKER", create=True)
    inside = Dataset()
    block.add_new(0x01, "SQ", Sequence([inside]))
    block.add_new(0x02, "LO", "CANARYPRIVATE")
    block.add_new(0x03, "UN", b"CANARYPRIVATEUN ")
    image_reference = _sequence(ds, "ReferencedImageSequence")
    deep = _sequence(
        _sequence(_sequence(ds, "RadiopharmaceuticalInformationSequence"), "RadionuclideCodeSequence"),
        "ReferencedImageSequence",
    )
    return {
        "in a listed sequence": image_reference,
        "three deep": deep,
        "in a sequence that is removed": _sequence(ds, "OtherPatientIDsSequence"),
        "in report content": _sequence(_sequence(ds, "ContentSequence"), "ContentSequence"),
        "in a private sequence": inside,
    }


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_no_canary_survives_the_basic_profile(syntax: str) -> None:
    canaries = Canaries()
    ds = image()
    for row in ROWS:
        if keyword_for_tag(int(row["tag"], 16)) not in MADE_SEQUENCES:
            canaries.plant(ds, row, "top")
    for place, inner in _places(ds).items():
        for row in ROWS:
            if dictionary_VR(int(row["tag"], 16)) != "SQ":
                canaries.plant(inner, row, place)
    data = written(ds, syntax, preamble=b"CANARYPREAMBLE".ljust(128, b"x"))
    out = _plain(whole(deidentified(data, "basic"), data), syntax)
    assert len(canaries.planted) > 2000
    assert canaries.found(_plain(data, syntax)), "the search finds what is there"
    assert canaries.found(out) == []
    assert b"CANARY" not in out


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_research_keeps_what_its_options_keep_and_no_other_canary(syntax: str) -> None:
    canaries = Canaries()
    ds = image()
    options = {}
    for row in ROWS:
        if dictionary_VR(int(row["tag"], 16)) == "SQ":
            continue
        trace = canaries.plant(ds, row, "top")
        if trace is not None:
            options[trace] = {action for option, action in row.get("options", {}).items() if option in RESEARCH}
    data = written(ds, syntax)
    out = _plain(whole(deidentified(data), data), syntax)
    timezone = next(one for one, place in canaries.planted.items() if "Timezone" in place)  # no offset: emptied
    surviving = canaries.traces(out)
    kept = {trace for trace, actions in options.items() if actions == {"K"}}
    cleaned = {trace for trace, actions in options.items() if "C" in actions}
    assert {canaries.planted[one] for one in surviving - kept - cleaned} == set()
    assert {canaries.planted[one] for one in kept - surviving} == set()
    texts = {one for one in cleaned - {timezone} if one.startswith((b"ZQ", b"0102", b"0304"))}
    assert {canaries.planted[one] for one in texts - surviving} == set()


def test_what_lies_outside_of_the_data_set_goes() -> None:
    after = Dataset()
    after.add_new(0xFFFCFFFC, "OB", b"CANARYPADDING ")
    after.add_new(0xFFFAFFFA, "SQ", Sequence([image()]))
    data = written(image(), preamble=b"CANARYPREAMBLE".ljust(128, b"x"), after=after)
    for name in ("basic", "research", "research-full-dates"):
        result = deidentified(data, name)
        out = whole(result, data)
        assert result.trailer == b""
        assert out[:132] == bytes(128) + b"DICM"
        assert b"CANARY" not in out
        assert b"ller" not in out
        assert {int(element.tag) for element in dcmread(BytesIO(out)).file_meta} == {
            *(0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013)
        }


def test_curves_overlays_and_group_lengths_go() -> None:
    ds = image()
    ds.add_new(0x50000010, "US", 1)
    ds.add_new(0x50003000, "OW", b"CANARYCURVE ")
    for group in (0x6000, 0x601E):
        ds.add_new(group << 16 | 0x0010, "US", 8)
        ds.add_new(group << 16 | 0x3000, "OW", b"CANARYOVERLAY ")
        ds.add_new(group << 16 | 0x4000, "LT", "CANARYCOMMENT")
    data = written(ds)
    for name in ("basic", "research"):
        out = whole(deidentified(data, name), data)
        assert b"CANARY" not in out
        left = dcmread(BytesIO(out))
        assert not [element for element in left if element.tag.group >> 8 in {0x50, 0x60} or element.tag.element == 0]


def test_elements_hidden_as_unknown_are_known_again() -> None:
    ds = image()
    data = written(ds)
    name = b"\x10\x00\x10\x00PN"
    at = data.index(name)
    length = int.from_bytes(data[at + 6 : at + 8], "little")
    hidden = data[:at] + b"\x10\x00\x10\x00UN\0\0" + length.to_bytes(4, "little") + data[at + 8 :]
    inner = b"\x08\x00\x04\x01" + (12).to_bytes(4, "little") + b"CANARYINNER "
    item = b"\xfe\xff\x00\xe0" + len(inner).to_bytes(4, "little") + inner
    sequence = b"\x10\x00\x02\x10UN\0\0" + len(item).to_bytes(4, "little") + item
    at = hidden.index(b"\x20\x00\x0d\x00UI")
    hidden = hidden[:at] + sequence + hidden[at:]
    for profile_name in ("basic", "research"):
        out = whole(deidentified(hidden, profile_name), hidden)
        left = dcmread(BytesIO(out))
        assert left.PatientName == "PSEUDO"
        assert left["PatientName"].VR == "PN"
        assert b"CANARY" not in out


def test_an_element_of_no_iod_and_one_of_another_kind_than_it_says_go() -> None:
    ds = image()
    ds.add_new(0x00080001, "UL", 12)  # retired, part of no IOD
    ds.add_new(0x00280010, "LO", "CANARY")  # Rows as text
    ds.add_new(0x00091001, "LO", "CANARY")  # private, of no one
    data = written(ds)
    out = whole(deidentified(data), data)
    assert b"CANARY" not in out
    assert 0x00080001 not in dcmread(BytesIO(out))


def test_safe_private_elements_stay_in_research_alone_and_lose_their_unsafe_neighbours() -> None:
    ds = image()
    block = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", "1000")
    block.add_new(0x99, "LO", "CANARY")
    other = ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    other.add_new(0x10, "OB", b"CANARYCSA ")
    data = written(ds)
    out = whole(deidentified(data), data)
    left = dcmread(BytesIO(out))
    assert left.private_block(0x0019, "SIEMENS MR HEADER")[0x0C].value == 1000
    assert not [element for element in left if element.tag.group == 0x0029]
    assert b"CANARY" not in out
    basic = dcmread(BytesIO(whole(deidentified(data, "basic"), data)))
    assert not [element for element in basic if element.tag.is_private]
