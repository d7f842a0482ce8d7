"""What a reader remembers of other files makes it quicker, and changes nothing of what it finds in a file."""

from io import BytesIO
from struct import pack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from adit_uploader.dicom.instance import WANTED, examine
from adit_uploader.dicom.inventory import Location
from adit_uploader.dicom.stretches import Familiar, Stretches
from adit_uploader.dicom.structure import Structure, read_structure
from adit_uploader.memory import MAX_SIZE, Memory
from tests.dicom.samples import SYNTAXES, as_bytes, bare, make_dataset, make_file

FRONT = make_file()[: -len(bare(make_file()))]

VARIANTS: dict[str, tuple[object, ...]] = {
    "ImageType": (["ORIGINAL", "PRIMARY"], ["DERIVED"], None),
    "SOPInstanceUID": ("1.2.3.4", "1.2.3.5", "1.2.3.6"),
    "AccessionNumber": ("1", "2", None),
    "Modality": ("CT", "MR"),
    "PatientName": ("A", "B"),
    "PatientComments": ("short", "long " * 1200),
    "SliceThickness": ("1", None),
    "InstanceNumber": ("1", "2", "3"),
}


def _read(data: bytes, familiar: Familiar | None, *, keep: bool = True, wanted: frozenset[int] = WANTED) -> Structure:
    return read_structure(BytesIO(data), len(data), wanted, keep=keep, familiar=familiar)


def _content(structure: Structure) -> tuple[Any, ...]:
    front = (structure.transfer_syntax_uid, structure.meta_end, structure.dataset_offset, structure.dataset_end)
    return (*front, structure.tags, structure.raws, structure.pixel, structure.values)


def _stretches(structure: Structure) -> int:
    return sum(stretch is not None for _, _, stretch in (*structure.before, *structure.behind))


@st.composite
def _files(draw: st.DrawFn) -> list[bytes]:
    code = Dataset()
    code.CodeValue, code.CodeMeaning = "1", "anything"
    files = []
    for _ in range(draw(st.integers(2, 5))):
        chosen = {keyword: draw(st.sampled_from(values)) for keyword, values in VARIANTS.items()}
        dataset = make_dataset(**{keyword: value for keyword, value in chosen.items() if value is not None})
        dataset.ProcedureCodeSequence = [code] * draw(st.integers(0, 2))
        dataset.add_new(0x00191008, "LO", draw(st.sampled_from(("MAKER", "OTHER"))))
        files.append(as_bytes(dataset, draw(st.sampled_from(SYNTAXES))))
    return files * 3


@settings(max_examples=60, deadline=None)
@given(_files(), st.booleans())
def test_a_file_is_what_it_is_whatever_was_read_before(files: list[bytes], keep: bool) -> None:
    familiar = Familiar()
    for data in files:
        assert _content(_read(data, familiar, keep=keep)) == _content(_read(data, None, keep=keep))


WAYS: tuple[dict[str, object], ...] = (  # in which files of a series differ
    *({"PatientID": "2"}, {"PatientID": None}, {"Rows": 2}, {"InstanceNumber": "2"}, {"InstanceNumber": None}),
    *({"PhotometricInterpretation": "YBR_FULL_422"}, {"PixelData": bytes(16)}, {"PixelData": None}, {"Modality": "MR"}),
)
FAULTS = (  # written into a finished file, as long as what was there
    *((b"1.2.3.4.1", b"1.2.3.4.x"), (b"1.2.3.99", b"1.2.3.9x"), (b"ISO_IR 100", b"ISO_IR 999")),
    (b"", b""),
)


@st.composite
def _whole_and_faulty(draw: st.DrawFn) -> list[bytes]:
    """Files of one series, each of which differs from the others in one way at most."""
    syntax = draw(st.sampled_from(SYNTAXES))
    files = []
    for way in draw(st.lists(st.sampled_from([*WAYS, *FAULTS]), min_size=3, max_size=8)):
        values, fault = (way, FAULTS[-1]) if isinstance(way, dict) else ({}, way)
        files.append(make_file(1, syntax, StudyInstanceUID="1.2.3.99", **values).replace(*fault))
    return [make_file(1, syntax, StudyInstanceUID="1.2.3.99"), *files, *files]


@settings(max_examples=80, deadline=None)
@given(_whole_and_faulty())
def test_what_a_file_is_found_to_be_does_not_depend_on_others(files: list[bytes]) -> None:
    familiar = Familiar()
    for number, data in enumerate(files):
        at = Location(f"/{number}")
        assert examine(at, BytesIO(data), len(data), 1, familiar) == examine(at, BytesIO(data), len(data), 1)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_what_files_have_in_common_is_one_piece_from_the_third_on(syntax: str) -> None:
    code = Dataset()
    code.CodeValue = "1"
    familiar = Familiar()
    found = []
    for number in range(5):
        dataset = make_dataset(InstanceNumber=str(number), ProcedureCodeSequence=[code])
        found.append(_read(as_bytes(dataset, syntax), familiar))
    assert [_stretches(one) > 0 for one in found] == [False, False, True, True, True]
    assert len(found[-1].before) < len(found[0].before) / 3
    sequences = [0x00081032 in stretch.tags for _, _, stretch in found[-1].before if stretch is not None]
    assert any(sequences) == (syntax == ExplicitVRLittleEndian)  # implicit ones are walked through each time


def test_each_reader_has_the_values_it_wants() -> None:
    data = as_bytes(make_dataset(), ExplicitVRLittleEndian)
    familiar = Familiar()
    for wanted in (frozenset[int](), WANTED, frozenset({0x00100010})) * 3:
        assert _read(data, familiar, wanted=wanted).values == _read(data, None, wanted=wanted).values


def _with_private_elements() -> bytes:
    dataset = make_dataset()
    for number in range(6):
        dataset.add_new(0x00190010 + number, "LO", f"MAKER {number}")
    return as_bytes(dataset, ExplicitVRLittleEndian)


def test_private_elements_stay_alone_for_whoever_keeps_elements() -> None:
    data, familiar = _with_private_elements(), Familiar()
    last = [_read(data, familiar) for _ in range(4)][-1]
    assert _stretches(last) > 0
    assert sum(tag >> 16 == 0x0019 and stretch is None for tag, _, stretch in last.before) == 6


def test_private_elements_are_found_with_others_by_whoever_only_looks() -> None:
    data, familiar = _with_private_elements(), Familiar()
    looked = [_read(data, familiar, keep=False) for _ in range(4)]
    assert [one.tags for one in looked] == [_read(data, None).tags] * 4
    known = familiar.stretches(WANTED, implicit=False, private=True).heads.values()
    assert any({0x00190010, 0x00190015} <= set(stretch.tags) for found in known for stretch in found)


@pytest.mark.parametrize("keep", [True, False])
def test_a_stretch_behind_a_large_element_is_found_whole(keep: bool) -> None:
    dataset = make_dataset(StudyInstanceUID="1.2.3.99")
    for offset, value in enumerate((b"\1" * 40_000, b"\2" * 40_000)):
        dataset.add_new(0x00090010 + offset, "OB", value)
    data, familiar = as_bytes(dataset, ExplicitVRLittleEndian), Familiar()
    for _ in range(4):
        assert _content(_read(data, familiar, keep=keep)) == _content(_read(data, None, keep=keep))
    behind = next(tag for tag in _read(data, None).tags if tag > 0x00090011)
    known = familiar.stretches(WANTED, implicit=False, private=not keep).heads.values()
    assert any(stretch.tags[0] == behind for found in known for stretch in found)
    stretches = familiar.stretches(WANTED, implicit=False, private=not keep)
    before = dict(stretches.heads)
    _read(data, familiar, keep=keep)
    assert stretches.heads == before  # nothing is learned anew


def test_elements_in_a_wrong_order_are_taken_one_by_one() -> None:
    def element(tag: int, vr: bytes, value: bytes) -> bytes:
        return pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value

    texts = [element(tag, b"LO", b"AB") for tag in (0x00081030, 0x0008103E, 0x00081040, 0x00081070)]
    empty = pack("<HH2sHL", 0x0008, 0x1032, b"SQ", 0, 0)
    familiar = Familiar()
    right = FRONT + b"".join(texts)
    for _ in range(4):
        assert _content(_read(right, familiar)) == _content(_read(right, None))
    assert _stretches(_read(right, familiar)) == 1
    wrong = right + empty
    structure = _read(wrong, familiar)
    assert _content(structure) == _content(_read(wrong, None))
    assert _stretches(structure) == 0


def test_what_is_remembered_is_bounded() -> None:
    stretches = Stretches(frozenset(), Memory(), implicit=False, private=False)
    for number in range(4000):
        raws = [pack("<HH2sH", 8, tag, b"LO", 500) + b"%500d" % (number * 100 + tag) for tag in range(4)]
        for _ in range(3):
            stretches.learn([(0x00080000 + tag, raw, None) for tag, raw in enumerate(raws)])
    kept = [stretch for several in stretches.heads.values() for stretch in several]
    assert 0 < sum(len(stretch.raw) for stretch in kept) <= 512 * 1024
    assert max(len(stretch.raw) for stretch in kept) <= MAX_SIZE
