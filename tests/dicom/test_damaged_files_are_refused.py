"""Whatever is not consistent to its last byte is refused, and in time that grows with its length alone."""

import time
import zlib
from io import BytesIO
from struct import pack

import pytest
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from adit_uploader.dicom import elements, structure
from adit_uploader.dicom.errors import DamagedFile, HeaderTooLarge, MediaDirectory, NestedTooDeep, NotDicom
from adit_uploader.dicom.header import read_header
from adit_uploader.dicom.stretches import Familiar
from adit_uploader.dicom.vrs import LONG_VRS
from tests.dicom.samples import SYNTAXES, as_bytes, bare, make_dataset, make_file

FRONT = make_file()[: -len(bare(make_file()))]


def refuse(data: bytes, error: type[Exception] = DamagedFile) -> str:
    with pytest.raises(error) as caught:
        read_header(BytesIO(data), len(data))
    return str(caught.value)


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """One element, explicit VR little endian, with any length one likes."""
    size = len(value) if length is None else length
    if vr.encode() in LONG_VRS:
        return pack("<HH2sHL", tag >> 16, tag & 0xFFFF, vr.encode(), 0, size) + value
    return pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), size) + value


def nested(depth: int) -> bytes:
    """A sequence in a sequence in a sequence, all of undefined length."""
    begin = element(0x00081140, "SQ", b"", 0xFFFFFFFF) + pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    end = pack("<HHL", 0xFFFE, 0xE00D, 0) + pack("<HHL", 0xFFFE, 0xE0DD, 0)
    return begin * depth + end * depth


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_cut_anywhere_in_header_or_picture_is_seen(syntax: str) -> None:
    inner = Dataset()
    inner.CodeMeaning = "anything"
    dataset = make_dataset(ProcedureCodeSequence=[inner])
    data = as_bytes(dataset, syntax)
    boundaries = 0
    for length in range(len(data)):
        try:
            header = read_header(BytesIO(data[:length]), length)
        except (NotDicom, DamagedFile):
            continue
        assert header.pixel_data is None  # cut exactly between two elements: the scan misses the picture
        boundaries += 1
    assert boundaries <= 2 * len(dataset)  # big endian tags begin with a NUL, which passes for padding


def test_a_cut_in_a_compressed_picture_is_seen_everywhere() -> None:
    dataset = make_dataset(PixelData=encapsulate([b"\xff\xd8" * 20, b"\xff\xd8" * 20]), NumberOfFrames=2)
    dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OB"
    data = as_bytes(dataset, JPEGBaseline8Bit)
    for missing in range(1, 8 + 2 * 48 + 16 + 11):  # delimiter, fragments, offset table, head
        refuse(data[:-missing])


def test_a_cut_in_a_deflated_file_is_seen_everywhere() -> None:
    data = make_file(syntax=DeflatedExplicitVRLittleEndian)
    for length in range(len(data) - 300, len(data) - 1):
        refuse(data[:length])
    refuse(data + b"more")


def test_a_deflated_file_does_not_fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "MAX_INFLATED_SIZE", 1_000_000)
    data = make_file(syntax=DeflatedExplicitVRLittleEndian)
    front = data[: len(data) - len(bare(data))]
    packer = zlib.compressobj(wbits=-15)
    bomb = front + packer.compress(bytes(50_000_000)) + packer.flush()
    assert len(bomb) < 100_000
    refuse(bomb, HeaderTooLarge)


def test_an_element_twice_is_refused() -> None:
    twice = element(0x00100020, "LO", b"12") + element(0x00100020, "LO", b"34")
    assert "twice" in refuse(FRONT + twice)


def test_elements_that_belong_before_the_picture_are_refused_behind_it() -> None:
    refuse(make_file() + element(0x00100020, "LO", b"99"))


def test_two_kinds_of_pixel_data_are_refused() -> None:
    refuse(FRONT + element(0x7FE00008, "OF", bytes(4)) + element(0x7FE00010, "OW", bytes(4)))


@pytest.mark.parametrize("vr", ["ZZ", "  ", "\0\0", "lo"])
def test_an_unknown_vr_is_refused(vr: str) -> None:
    refuse(FRONT + element(0x00080060, "CS", b"CT") + element(0x00100020, vr, b"99"))


@pytest.mark.parametrize(
    "data",
    [
        element(0x00081140, "SQ", b"", 0xFFFFFFFF),
        element(0x00081140, "SQ", pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF), 0xFFFFFFFF),
        element(0x00081140, "SQ", pack("<HHL", 0xFFFE, 0xE000, 100)),
        element(0x00081140, "SQ", b"not an item."),
        element(0x00081140, "SQ", pack("<HHL", 0xFFFE, 0xE0DD, 0)),
        element(0x00081140, "SQ", pack("<HHL", 0xFFFE, 0xE000, 8) + pack("<HHL", 0xFFFE, 0xE00D, 0)),
        element(0x00081140, "SQ", pack("<HHL", 0xFFFE, 0xE0DD, 4) + bytes(4), 0xFFFFFFFF),
        element(0x00100020, "LO", b"", 0x7FFF),
        element(0x00420011, "OB", b"", 0xFFFFFFFE),
        element(0x00104000, "UT", b"", 0xFFFFFFFF),
        element(0x00420011, "OB", pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF), 0xFFFFFFFF),
        pack("<HHL", 0xFFFE, 0xE00D, 0),
        element(0x00020010, "UI", b"1.2\0"),
        element(0x00000002, "UI", b"1.2\0"),
    ],
)
def test_broken_sequences_lengths_and_places_are_refused(data: bytes) -> None:
    refuse(FRONT + element(0x00080060, "CS", b"CT") + data)


def test_sequences_as_deep_as_allowed_are_read_and_deeper_ones_refused() -> None:
    data = FRONT + nested(elements.MAX_DEPTH)
    assert len(read_header(BytesIO(data), len(data)).dataset) == 1
    refuse(FRONT + nested(elements.MAX_DEPTH + 1), NestedTooDeep)
    refuse(FRONT + nested(100_000), NestedTooDeep)


def test_pixel_data_must_be_written_as_the_transfer_syntax_says() -> None:
    compressed = make_dataset(PixelData=encapsulate([b"\xff\xd8"]))
    compressed["PixelData"].is_undefined_length = True
    compressed["PixelData"].VR = "OB"
    good = as_bytes(compressed, JPEGBaseline8Bit)
    meta_end = len(good) - len(bare(good))
    refuse(FRONT + good[meta_end:])
    refuse(good[:meta_end] + bare(make_file()))
    refuse(good[:meta_end] + element(0x7FE00010, "OB", pack("<HHL", 0xFFFE, 0xE0DD, 0), 0xFFFFFFFF))


def test_an_unknown_transfer_syntax_is_refused() -> None:
    good = make_file()
    syntax = ExplicitVRLittleEndian.encode()
    assert "transfer syntax" in refuse(good.replace(syntax + b"\0", b"1.2.840.113619.5.2\0\0"[: len(syntax) + 1]))
    refuse(good.replace(syntax, b"1.2.840.10008.5.1.4"))


def test_a_file_in_another_encoding_than_declared_is_refused() -> None:
    for syntax in (ImplicitVRLittleEndian, ExplicitVRBigEndian):
        refuse(FRONT + bare(make_file(syntax=syntax)))


def test_a_few_nul_bytes_at_the_end_are_padding_and_more_are_damage() -> None:
    data = make_file()
    assert read_header(BytesIO(data + bytes(500)), len(data) + 500).pixel_data is not None
    refuse(data + bytes(100_000))
    refuse(data + bytes(500) + b"x")
    refuse(data + b"x")


def test_a_file_that_ends_before_its_data_set_is_damaged() -> None:
    refuse(FRONT)
    refuse(FRONT[:132])


def test_too_much_beside_the_picture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "MAX_HEADER_SIZE", 10_000)
    refuse(FRONT + element(0x00080060, "CS", b"CT") + element(0x00420011, "OB", bytes(10_001)), HeaderTooLarge)


def test_too_many_elements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "MAX_ELEMENTS", 50)
    many = b"".join(element(0x00090000 | number, "SH", b"") for number in range(0x1000, 0x1040))
    refuse(FRONT + many, HeaderTooLarge)
    items = pack("<HHL", 0xFFFE, 0xE000, 0) * 60
    refuse(FRONT + element(0x00081140, "SQ", items), HeaderTooLarge)
    refuse(FRONT + element(0x7FE00010, "OB", items, 0xFFFFFFFF), HeaderTooLarge)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_what_was_found_right_in_one_file_makes_no_other_file_right(syntax: str) -> None:
    """Files that differ in one byte have the same outcome whether sequences of other files are remembered or not."""
    code, request = Dataset(), Dataset()
    code.CodeValue, code.CodeMeaning = "1", "anything"
    request.RequestedProcedureCodeSequence = [code, code]
    data = as_bytes(make_dataset(ProcedureCodeSequence=[code], RequestAttributesSequence=[request]), syntax)
    familiar = Familiar()
    outcomes = set()
    for at in range(140, len(data) - 44):
        for value in (0, 2, 255):
            changed = data[:at] + bytes([value]) + data[at + 1 :]
            alone = _outcome(changed, None)
            assert _outcome(changed, familiar) == alone
            outcomes.add(alone[0])
    assert outcomes >= {"read", "DamagedFile"}


def _outcome(data: bytes, familiar: Familiar | None) -> tuple[str, list[int]]:
    try:
        return "read", structure.read_structure(BytesIO(data), len(data), familiar=familiar).tags
    except (DamagedFile, NotDicom) as error:
        return type(error).__name__, []


def test_elements_of_remembered_sequences_count(monkeypatch: pytest.MonkeyPatch) -> None:
    item = pack("<HHL", 0xFFFE, 0xE000, 8) + element(0x00080060, "CS", b"")
    data = FRONT + element(0x00081140, "SQ", item * 30) + element(0x00089215, "SQ", item * 30)
    familiar = Familiar()
    assert _outcome(data, familiar)[0] == "read"
    monkeypatch.setattr(elements, "MAX_ELEMENTS", 100)
    assert _outcome(data, familiar)[0] == _outcome(data, None)[0] == "HeaderTooLarge"


def test_an_icon_whose_bytes_look_like_an_end_is_refused() -> None:
    fragment = b"\xfe\xff\xdd\xe0\0\0\0\0"
    items = pack("<HHL", 0xFFFE, 0xE000, 0) + pack("<HHL", 0xFFFE, 0xE000, 8) + fragment
    value = items + pack("<HHL", 0xFFFE, 0xE0DD, 0)
    refuse(FRONT + element(0x00091010, "OB", value, 0xFFFFFFFF))


def test_a_dicomdir_is_no_instance() -> None:
    data = make_file().replace(b"UI\x1a\x001.2.840.10008.5.1.4.1.1.2\0", b"UI\x14\x001.2.840.10008.1.3.10", 1)
    refuse(data, MediaDirectory)
    refuse(element(0x00041130, "CS", b"DISC") + bytes(20), MediaDirectory)


def test_time_grows_with_length_and_not_faster() -> None:
    def seconds(count: int) -> float:
        item = pack("<HHL", 0xFFFE, 0xE000, 8) + element(0x00080060, "CS", b"")
        data = FRONT + element(0x00081140, "SQ", item * count)
        begin = time.process_time()
        structure.read_structure(BytesIO(data), len(data))
        return time.process_time() - begin

    assert seconds(40_000) < 12 * max(seconds(10_000), 0.01)


def test_messages_hold_no_value_of_the_file() -> None:
    data = make_file(PatientName="Geheim^Gerda", PatientID="G-471")
    for length in range(140, len(data) - 40, 7):
        message = _message(data[:length])
        assert "Geheim" not in message
        assert "471" not in message
    assert _message(data) == ""


def _message(data: bytes) -> str:
    try:
        read_header(BytesIO(data), len(data))
    except (DamagedFile, NotDicom) as error:
        return f"{error!r} {error.title} {error.message}"
    return ""
