"""Canaries: a value of its own in every element of the standard's table, everywhere an element can be."""

import zlib
from collections import Counter
from functools import cache
from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.dates import date_shift
from adit_uploader.deid.errors import DeidentificationError
from tests.deid.canaries import (
    BEHIND_THE_PIXELS,
    COMMANDS,
    KINDS,
    OPTIONS,
    OWN,
    REPEATING,
    ROWS,
    SAFE_PRIVATE,
    UNLISTED,
    Flock,
    populated,
    vr_of,
)
from tests.deid.judge import at_the_door
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
def _flock(kind: str) -> tuple[Flock, Dataset]:
    flock = Flock(DAYS)
    return flock, KINDS[kind](flock)


def _problems(flock: Flock, ds: Dataset, syntax: str) -> list[str]:
    """What is wrong with the finished file, its data set inflated, in any profile; the receiver's door looks too."""
    data = written(ds, syntax)
    found = []
    for name in OPTIONS:
        result = deidentified(data, name)
        out = whole(result, data)
        found += flock.problems(_plain(out, syntax), name)
        found += [f"{one.code} {one.element}" for one in at_the_door(result, out, name)]
    return found


@pytest.mark.parametrize(("kind", "planted"), [("populated", 12_300), ("hidden", 3_200), ("private", 1_300)])
def test_the_search_finds_what_is_there(kind: str, planted: int) -> None:
    flock, ds = _flock(kind)
    found = flock.found_in(written(ds))
    assert flock.canaries.keys() <= found
    assert len(flock.canaries) >= planted


def test_every_row_of_the_table_is_planted_everywhere() -> None:
    """Where a row can't be, is said here: what names the instance and what no data set may hold, at top level."""
    flock, _ = _flock("populated")
    planted = Counter(canary.name[:8] for canary in flock.canaries.values())
    assert {row["tag"]: planted[row["tag"]] for row in ROWS} == {
        row["tag"]: 0 if row["tag"] in BEHIND_THE_PIXELS else 18 if row["tag"] in OWN | COMMANDS else 19 for row in ROWS
    }
    assert len(ROWS) + len(REPEATING) == 655
    assert {row["tag"] for row in REPEATING} == {"50xxxxxx", "60xx3000", "60xx4000"}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_of_every_row_in_every_place_only_what_the_options_keep_is_left(syntax: str) -> None:
    flock, ds = _flock("populated")
    found = _problems(flock, ds, syntax)
    if syntax == "implicit":  # nothing tells that a private element is a sequence, so it goes
        found = [one for one in found if not one.endswith("in safe private sequences is lost")]
    assert found == []
    assert sum(canary.left["basic"] is not None for canary in flock.canaries.values()) == 0
    assert sum(canary.left["research"] is not None for canary in flock.canaries.values()) > 4000


@pytest.mark.parametrize("declared", CHARACTER_SETS)
def test_no_character_set_hides_a_canary(declared: str) -> None:
    syntax, special = CHARACTER_SETS[declared]
    flock = Flock(DAYS, special)
    rows = ROWS[len(declared) % 3 :: 3]
    ds = populated(flock, rows, PatientName="Anna", SpecificCharacterSet=declared.split("\\"))
    del ds[SAFE_PRIVATE[0]]
    unsafe = [trace for trace, canary in flock.canaries.items() if canary.name.endswith("in safe private sequences")]
    for trace in unsafe:
        del flock.canaries[trace]
    assert _problems(flock, ds, syntax) == []
    data = written(ds, syntax)
    for name in OPTIONS:
        assert (special.encode() in _plain(whole(deidentified(data, name), data), syntax)) == (name != "basic")


@pytest.mark.parametrize("syntax", [one for one in SYNTAXES if one != "big-endian"])
def test_what_is_written_as_un_is_known_again(syntax: str) -> None:
    flock, ds = _flock("hidden")
    assert _problems(flock, ds, syntax) == []


def test_what_is_written_as_un_in_big_endian_goes() -> None:
    """PS3.5 does not say in which byte order it would be; a sequence in the wrong one refuses the file."""
    flock, ds = _flock("hidden")
    with pytest.raises(DeidentificationError):
        deidentified(written(ds, "big-endian"))
    del ds[UNLISTED[0]]
    for row in ROWS:
        if vr_of(row) == "SQ":
            for holder in (ds, ds.SourceImageEvidenceSequence[0]):
                holder.pop(int(row["tag"], 16), None)
    data = written(ds, "big-endian")
    for name in OPTIONS:
        out = whole(deidentified(data, name), data)
        assert not flock.canaries.keys() & flock.found_in(out)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_no_private_element_survives_of_any_creator_or_none(syntax: str) -> None:
    flock, ds = _flock("private")
    assert _problems(flock, ds, syntax) == []


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_nothing_survives_around_the_data_set_or_in_pictures_over_it(syntax: str) -> None:
    """Preamble, file meta, group lengths, all curves and overlays, signatures, documents, padding."""
    signature = Dataset()
    signature.CertificateOfSigner = b"CANARYSIGNER"
    ds = image(EncapsulatedDocument=b"%PDF CANARYDOCUMENT ", MACParametersSequence=Sequence([signature]))
    ds.ReferencedImageSequence = Sequence([Dataset()])
    ds.ReferencedImageSequence[0].DigitalSignaturesSequence = Sequence([signature])
    for group in (*range(0x5000, 0x5020, 2), *range(0x6000, 0x6020, 2)):
        ds.add_new(group << 16 | 0x3000, "OW", b"CANARYGRAPHIC ")
        ds.add_new(group << 16 | 0x4000, "LT", "CANARYCOMMENT")
        ds.add_new(group << 16 | 0x1500, "LO", "CANARYLABEL")
        ds.add_new(group << 16 | 0x0022, "LO", "CANARYTYPE")
    for group in (0x0008, 0x0010, 0x0028):
        ds.add_new(group << 16, "UL", 0x4E434E43)  # CNCN
    after = Dataset()
    after.DigitalSignaturesSequence = Sequence([signature])
    after.DataSetTrailingPadding = b"CANARYPADDING "
    meta = {
        "PrivateInformationCreatorUID": "1.2.424242",
        "PrivateInformation": b"CANARYINFORMATION ",
        "SendingApplicationEntityTitle": "CANARYSENDER",
        "ReceivingApplicationEntityTitle": "CANARYRECEIVER",
        "SourcePresentationAddress": "http://CANARY/",
        "ImplementationVersionName": "CANARYVERSION",
    }
    data = written(ds, syntax, preamble=b"CANARYPREAMBLE".ljust(128, b"x"), after=after, meta=meta)
    assert _plain(data, syntax).count(b"CANARY") >= 4 * 32 + 10
    data += bytes(2 * (syntax != "deflated"))
    for name in OPTIONS:
        result = deidentified(data, name)
        out = _plain(whole(result, data), syntax)
        assert [trace for trace in (b"CANARY", b"424242", b"CNCN", b"%PDF") if trace in out] == []
        assert out[:132] == bytes(128) + b"DICM"
        assert at_the_door(result, whole(result, data), name) == ()
        assert {int(element.tag) for element in dcmread(BytesIO(whole(result, data))).file_meta} == {
            *(0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013)
        }


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("pixels", [True, False])
def test_bytes_after_the_end_are_refused(syntax: str, pixels: bool) -> None:
    data = written(image(), syntax, pixels=pixels)
    for behind in (b"CANARY", b"CANARYBEHIND" * 9, bytes(100) + b"CANARY", b"\xfc\xff\xfc\xff"):
        with pytest.raises(DeidentificationError):
            deidentified(data + behind)


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
