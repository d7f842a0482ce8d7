"""What becomes a pseudonym is decoded exactly or not at all."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adit_uploader.dicom.inventory import LeftOut, LeftOutReason
from adit_uploader.dicom.scan import scan
from adit_uploader.dicom.texts import CharacterSet, UndecodableTextError, code, integer
from tests.dicom.samples import bare, make_file, write

LeftOutOf = Callable[[Path], dict[str, LeftOut]]


@pytest.mark.parametrize(
    ("declared", "value", "text"),
    [
        (b"", b"Mueller", "Mueller"),
        (b"ISO_IR 100", b"M\xfcller", "Müller"),
        (b"ISO_IR 100 ", b"M\xfcller ", "Müller"),
        (b"ISO_IR 192", "Wei\u00df \u0160\u00f1".encode(), "Weiß Šñ"),
        (b"ISO_IR 101", b"\xa3ukasz", "Łukasz"),
        (b"ISO_IR 144", "Иванов".encode("iso8859_5"), "Иванов"),
        (b"GB18030", "王小东".encode("gb18030"), "王小东"),
        (b"ISO_IR 13", b"\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"),
        (b"ISO 2022 IR 6\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "Yamada^Tarou=山田^太郎"),
        (b"\\ISO 2022 IR 149", b"Hong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce", "Hong=洪^吉"),
        (b"ISO 2022 IR 100\\ISO 2022 IR 144", b"\x1b-L\xb8\xd2\x1b-A\xe4", "Ивä"),
        # misspelt, and meant beyond doubt
        (b"ISO-IR 100", b"\xfc", "ü"),
        (b"ISO IR 192", b"\xc3\xbc", "ü"),
        (b"iso_ir_100", b"\xfc", "ü"),
    ],
)
def test_character_sets_are_understood(declared: bytes, value: bytes, text: str) -> None:
    characters = CharacterSet(declared)
    assert characters.name(value) == text
    assert characters.label(value) == text


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (b"", b"M\xfcller"),
        (b"ISO_IR 6", b"M\xfcller"),
        (b"ISO_IR 192", b"M\xfcller"),
        (b"ISO_IR 999", b"M\xfcller"),
        (b"nonsense", b"\x1b$Bxx"),
        (b"\xff\xfe", b"M\xfcller"),
        (b"ISO_IR 100", b"\x1b$B;3"),
        (b"ISO 2022 IR 6\\ISO 2022 IR 87", b"\x1b$B;"),
        (b"ISO 2022 IR 6\\ISO 2022 IR 87", b"\x1b%Z;"),
    ],
)
def test_what_can_not_be_decoded_for_certain_is_not_decoded(declared: bytes, value: bytes) -> None:
    with pytest.raises(UndecodableTextError):
        CharacterSet(declared).text(value)
    assert isinstance(CharacterSet(declared).label(value), str)


def test_an_unknown_character_set_does_no_harm_where_all_is_plain() -> None:
    assert CharacterSet(b"ISO_IR 999").text(b"0012345 ") == "0012345"


def test_a_name_without_a_declared_set_keeps_every_byte() -> None:
    assert CharacterSet(b"").name(b"M\xfcller^J\xfcrgen ") == "Müller^Jürgen"


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_any_bytes_give_a_text_or_a_refusal(declared: bytes, value: bytes) -> None:
    characters = CharacterSet(declared)
    for decode in (characters.text, characters.name):
        with contextlib.suppress(UndecodableTextError):
            assert isinstance(decode(value), str)
    assert isinstance(characters.label(value), str)
    assert isinstance(code(value), str)
    number = integer(value)
    assert number is None or abs(number) < 10**12


@pytest.mark.parametrize(
    ("value", "number"),
    [(b"12", 12), (b" 012 ", 12), (b"-3", -3), (b"", None), (b"1_0", None), (b"x", None), (b"1.5", None)],
)
def test_integer_strings(value: bytes, number: int | None) -> None:
    assert integer(value) == number


@pytest.mark.parametrize("value", ["  0012345  ", "0012345", "0012345 \0"])
def test_a_patient_id_keeps_its_zeros_and_loses_the_spaces_around_it(tmp_path: Path, value: str) -> None:
    write(tmp_path / "a", make_file(PatientID=value))
    assert [patient.patient_id for patient in scan([tmp_path]).patients] == ["0012345"]


def test_a_patient_id_keeps_what_is_inside(tmp_path: Path) -> None:
    write(tmp_path / "a", make_file(PatientID="Ä 1^2=3"))
    assert [patient.patient_id for patient in scan([tmp_path]).patients] == ["Ä 1^2=3"]


def test_no_patient_id_is_an_empty_one(tmp_path: Path) -> None:
    write(tmp_path / "a", make_file(PatientID=None, PatientName=None))
    (patient,) = scan([tmp_path]).patients
    assert (patient.patient_id, patient.names) == ("", ())


@pytest.mark.parametrize("keyword", ["PatientID", "PatientName"])
def test_a_patient_whose_text_is_in_another_set_than_declared_is_named(
    tmp_path: Path, keyword: str, left_out_of: LeftOutOf
) -> None:
    latin = make_file(**{keyword: "Jürgen"})
    data = latin.replace(b"ISO_IR 100", b"ISO_IR 192")
    write(tmp_path / "a", data)
    item = left_out_of(tmp_path)["a"]
    assert item.reason == LeftOutReason.DAMAGED
    assert "character set" in item.detail


def test_an_absurdly_long_identity_is_damage(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    front = make_file()[: -len(bare(make_file()))]
    head = b"\x10\0\x20\0UT\0\0" + (100_000).to_bytes(4, "little")
    write(tmp_path / "a", front + head + b"7" * 100_000)
    assert left_out_of(tmp_path)["a"].reason == LeftOutReason.DAMAGED
