"""Canaries: a value of its own in every element of the standard's table, everywhere an element can be."""

import zlib
from collections.abc import Iterator
from functools import cache
from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.dates import date_shift
from tests.deid.canaries import OPTIONS, ROWS, Flock, hidden, populated, private
from tests.deid.made import KEY, SYNTAXES, deidentified, image, result_of, whole, written

DAYS = date_shift(KEY, "P-0012345")
CHARACTER_SETS = {
    "ISO_IR 100": ("explicit", "äß"),
    "ISO_IR 144": ("implicit", "ж"),
    "ISO_IR 126": ("big-endian", "ω"),
    "ISO_IR 192": ("deflated", "ł"),
    "GB18030": ("encapsulated", "头"),
    "\\ISO 2022 IR 87": ("explicit", "頭"),
    "\\ISO 2022 IR 149": ("implicit", "김"),
}


def _plain(data: bytes, syntax: str) -> bytes:
    """The file with its data set inflated."""
    if syntax != "deflated":
        return data
    length = int.from_bytes(data[140:144], "little")
    start = 144 + length
    return data[:start] + zlib.decompressobj(-15).decompress(data[start:])


@cache
def _everywhere() -> tuple[Flock, Dataset]:
    flock = Flock(DAYS)
    return flock, populated(flock)


def _results(ds: Dataset, syntax: str) -> Iterator[tuple[str, bytes]]:
    """Profile by profile, the finished file with its data set inflated."""
    data = written(ds, syntax)
    for name in OPTIONS:
        yield name, _plain(whole(deidentified(data, name), data), syntax)


def test_the_search_finds_what_is_there() -> None:
    flock, ds = _everywhere()
    data = written(ds)
    survivors = [problem for problem in flock.problems(data, "basic") if problem.endswith("survives")]
    assert len(survivors) == len(flock.canaries) > 4000


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_of_every_row_in_every_place_only_what_the_options_keep_is_left(syntax: str) -> None:
    flock, ds = _everywhere()
    for name, out in _results(ds, syntax):
        assert flock.problems(out, name) == []
    assert sum(canary.left["basic"] is not None for canary in flock.canaries.values()) == 0
    assert sum(canary.left["research"] is not None for canary in flock.canaries.values()) > 1000


@pytest.mark.parametrize("declared", CHARACTER_SETS)
def test_no_character_set_hides_a_canary(declared: str) -> None:
    syntax, special = CHARACTER_SETS[declared]
    flock = Flock(DAYS, special)
    ds = populated(flock, ROWS[len(special) % 2 :: 3], PatientName="Anna", SpecificCharacterSet=declared.split("\\"))
    for name, out in _results(ds, syntax):
        assert flock.problems(out, name) == []
        assert (special.encode() in out) == (name != "basic")


@pytest.mark.parametrize("syntax", ["explicit", "encapsulated"])
def test_what_is_written_as_un_is_known_again(syntax: str) -> None:
    flock = Flock(DAYS)
    for name, out in _results(hidden(flock), syntax):
        assert flock.problems(out, name) == []


@pytest.mark.parametrize("syntax", ["explicit", "implicit"])
def test_no_private_element_survives_of_any_creator_or_none(syntax: str) -> None:
    flock = Flock(DAYS)
    for name, out in _results(private(flock), syntax):
        assert flock.problems(out, name) == []


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


def test_a_safe_private_sequence_stays_and_its_items_follow_the_rules() -> None:
    """PS3.15 E.3.10: each nested element is handled on its own merits."""
    deep = Dataset()
    deep.Rows = 512
    deep.OperatorsName = "CANARY^OPERATOR"
    deep.private_block(0x2001, "Philips Imaging DD 001", create=True).add_new(0x46, "CS", "SOLID")
    deep.private_block(0x2001, "CANARY MAKER", create=True).add_new(0x46, "CS", "CANARY")
    ds = image()
    ds.private_block(0x2001, "Philips Imaging DD 001", create=True).add_new(0x69, "SQ", Sequence([deep]))
    ds.private_block(0x2001, "Philips Imaging DD 001").add_new(0x46, "SQ", Sequence([deep]))  # no sequence by the table
    for syntax in ("explicit", "big-endian", "deflated"):
        left = result_of(ds, syntax=syntax).private_block(0x2001, "Philips Imaging DD 001")
        assert 0x46 not in left
        item = left[0x69].value[0]
        assert item.Rows == 512
        assert item.private_block(0x2001, "Philips Imaging DD 001")[0x46].value == "SOLID"
        assert "CANARY" not in str(item)
        assert not [element for element in result_of(ds, "basic", syntax) if element.tag.is_private]


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
