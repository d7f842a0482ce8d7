"""Batch files: what is read, and that every mistake is named at once with its line."""

import codecs
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from adit_uploader.pseudonyms.batch_file import (
    BatchFileProblemCode,
    BatchFileRefused,
    BatchRow,
    parse_batch_file,
    read_batch_file,
)

from .conftest import WriteFile

Code = BatchFileProblemCode
HEADER = "PatientID,Pseudonym\n"


def problems_of(content: str | bytes, patient_ids: tuple[str, ...] = ()) -> set[tuple[int | None, Code]]:
    with pytest.raises(BatchFileRefused) as caught:
        parse_batch_file(content.encode() if isinstance(content, str) else content, patient_ids)
    return {(problem.line, problem.code) for problem in caught.value.problems}


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_separator_and_encoding_are_found_out(separator: str, encoding: str) -> None:
    lines = ["PatientID,Pseudonym", "00123,Müller-1", '"1 2",B']
    text = "\r\n".join(lines).replace(",", separator)
    rows = parse_batch_file(text.encode(encoding)).rows
    assert rows == (BatchRow(2, "00123", "Müller-1"), BatchRow(3, "1 2", "B"))


def test_a_value_in_quotation_marks_may_hold_the_separator() -> None:
    assert parse_batch_file(b'PatientID;Pseudonym\n"1;2";A\n').rows == (BatchRow(2, "1;2", "A"),)


def test_rows_may_select_studies_and_series() -> None:
    rows = parse_batch_file(b"Pseudonym,PatientID,SeriesInstanceUID,StudyInstanceUID\nA,1,1.2.3,1.2\nA,1,,1.3\n").rows
    assert rows == (BatchRow(2, "1", "A", "1.2", "1.2.3"), BatchRow(3, "1", "A", "1.3"))


def test_a_workbook_of_texts_is_read() -> None:
    content = workbook(("PatientID", "Pseudonym"), ("00123", "A"), (None, None), ("=1+1 is no formula", "B"))
    with pytest.raises(BatchFileRefused):  # openpyxl itself makes a formula of the last one
        parse_batch_file(content)
    content = workbook(("PatientID", "Pseudonym"), ("00123", "A"), (None, None), ("Ä-4", "B"))
    assert parse_batch_file(content).rows == (BatchRow(2, "00123", "A"), BatchRow(4, "Ä-4", "B"))


def test_the_sheet_with_the_columns_is_found() -> None:
    book = Workbook()
    book.active.append(["How to fill this in"])  # type: ignore[union-attr]  # a new workbook has a sheet
    book.create_sheet("List").append(["PatientID", "Pseudonym"])
    book["List"].append(["1", "A"])
    content = io.BytesIO()
    book.save(content)
    assert parse_batch_file(content.getvalue()).rows == (BatchRow(2, "1", "A"),)
    book.create_sheet("Another").append(["PatientID", "Pseudonym"])
    content = io.BytesIO()
    book.save(content)
    assert problems_of(content.getvalue()) == {(None, Code.SEVERAL_SHEETS)}


def test_empty_lines_and_excels_separator_line_are_no_mistakes() -> None:
    rows = parse_batch_file(b"sep=;\r\n\r\nPatientID;Pseudonym\r\n;\r\n1;A\r\n\r\n").rows
    assert rows == (BatchRow(5, "1", "A"),)


def test_every_kind_of_mistake_is_named_at_once_with_its_line() -> None:
    content = "\n".join(
        [
            "PatientID,Pseudonym,StudyInstanceUID,SeriesInstanceUID,Comment,Pseudonym",
            "1,A,,,x,",
            ",B,,,,",
            "3,,,,,",
            "1,C,,,,",
            "5,A,,,,",
            f"6,{'x' * 65},,,,",
            "7,a\\b,,,,",
            "8,a\x07b,,,,",
            "9*,G?,,,,",
            " 10,H ,,,,",
            "11,a^b,,,,",
            "12,K,1.2.x,,,",
            "13,L,,1.2.3,,",
            "14,M,,,,,one too many",
            "15,15,,,,",
            "16,N,1.2,,,",
            "16,N,1.2,1.2.1,,",
            "17,O,,,,",
            "1.7E+10,P,,,,",
        ]
    )
    assert problems_of(content, ("00017", "17000000001", "1")) == {
        (1, Code.UNKNOWN_COLUMN),
        (1, Code.DUPLICATE_COLUMN),
        (3, Code.EMPTY_CELL),
        (4, Code.EMPTY_CELL),
        (5, Code.TWO_PSEUDONYMS),
        (6, Code.TWO_PATIENTS),
        (7, Code.TOO_LONG),
        (8, Code.BACKSLASH),
        (9, Code.CONTROL),
        (10, Code.WILDCARD),
        (11, Code.SPACES),
        (12, Code.NAME_SEPARATOR),
        (13, Code.INVALID_UID),
        (14, Code.SERIES_WITHOUT_STUDY),
        (15, Code.TOO_MANY_CELLS),
        (16, Code.PSEUDONYM_IS_PATIENT_ID),
        (18, Code.WHOLE_AND_PART),
        (19, Code.LEADING_ZEROS),
        (20, Code.SCIENTIFIC),
    }


def test_a_missing_column_is_named_and_the_rows_are_looked_at_all_the_same() -> None:
    assert problems_of("PatientID,pseudonym\n1*,A\n") == {
        (1, Code.UNKNOWN_COLUMN),
        (1, Code.MISSING_COLUMN),
        (2, Code.WILDCARD),
    }


def test_a_misspelt_column_is_answered_with_the_right_name() -> None:
    with pytest.raises(BatchFileRefused) as caught:
        parse_batch_file(b"PatientID,Pseudonym,SeriesInstanceUIDs\n1,A,\n")
    assert "Is SeriesInstanceUID meant?" in str(caught.value.problems[0])
    assert str(caught.value.problems[0]).startswith("line 1, SeriesInstanceUIDs: ")


def test_cells_of_a_workbook_that_are_no_text_are_named() -> None:
    content = workbook(
        ("PatientID", "Pseudonym"),
        (123, "A"),
        ("2", datetime(2020, 1, 2, tzinfo=UTC).replace(tzinfo=None)),
        ("=A2", "C"),
        ("4", True),
        ("5", 1.5),
    )
    assert problems_of(content, ("000123",)) == {
        (2, Code.NUMBER),
        (2, Code.LEADING_ZEROS),
        (3, Code.DATE),
        (4, Code.FORMULA),
        (5, Code.NOT_TEXT),
        (6, Code.NUMBER),
    }


def test_the_near_miss_is_named() -> None:
    with pytest.raises(BatchFileRefused) as caught:
        parse_batch_file(b"PatientID,Pseudonym\n123,A\n'00456,B\n", ["000123", "00456", "77"])
    first, second = caught.value.problems
    assert (first.line, first.code) == (2, Code.LEADING_ZEROS)
    assert "000123" in first.message
    assert "00456" in second.message


def test_an_id_that_is_there_is_no_near_miss() -> None:
    assert parse_batch_file(b"PatientID,Pseudonym\n123,A\n", ["000123", "123"]).rows


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"%PDF-1.7\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"PK\x03\x04 and no archive",
        b"just some text\nwithout any table\n",
        HEADER.encode("utf-16-le"),
    ],
    ids=["png", "pdf", "old excel", "broken zip", "prose", "utf-16 without mark"],
)
def test_what_is_no_table_is_said_to_be_none(content: bytes) -> None:
    assert {code for _, code in problems_of(content)} == {Code.NOT_A_TABLE}


def test_a_zip_without_a_workbook_is_no_table() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "PatientID,Pseudonym")
    assert problems_of(content.getvalue()) == {(None, Code.NOT_A_TABLE)}


@pytest.mark.parametrize("content", [b"", b"\n\n", codecs.BOM_UTF8])
def test_an_empty_file_lists_nobody(content: bytes) -> None:
    assert problems_of(content) == {(None, Code.NO_ROWS)}


def test_a_header_alone_lists_nobody() -> None:
    assert problems_of(HEADER) == {(None, Code.NO_ROWS)}
    assert problems_of(workbook(("PatientID", "Pseudonym"))) == {(None, Code.NO_ROWS)}


def test_bytes_that_are_no_text_are_named_by_line() -> None:
    content = HEADER.encode() + "1,Müller\n".encode() + b"2,M\xfcller\n3,\xff\xfe\n"
    assert problems_of(content) == {(3, Code.UNDECODABLE), (4, Code.UNDECODABLE)}
    assert problems_of(HEADER.encode() + b"1,\x81\n") == {(2, Code.UNDECODABLE)}  # not in Windows-1252 either


def test_a_quotation_mark_that_is_never_closed_is_named() -> None:
    assert (2, Code.NOT_A_TABLE) in problems_of(HEADER + '"1,A\n2,B\n')


def test_a_line_break_within_a_value_is_a_control_character_and_lines_are_still_right() -> None:
    assert problems_of(HEADER + '"1\n2",A\n3*,B\n') == {(2, Code.CONTROL), (4, Code.WILDCARD)}


def test_composed_and_decomposed_ids_are_the_same_patient() -> None:
    assert problems_of(HEADER + "MÜ,A\nMU\u0308,B\n") == {(3, Code.TWO_PSEUDONYMS)}


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path, write_file: WriteFile) -> None:
    with pytest.raises(BatchFileRefused) as caught:
        read_batch_file(tmp_path / "none.csv")
    assert caught.value.problems[0].code is Code.UNREADABLE
    assert read_batch_file(write_file(HEADER + "1,A\n", "odd.name")).rows == (BatchRow(2, "1", "A"),)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail_otherwise(content: bytes) -> None:
    for prefix in (b"", HEADER.encode(), b"PK\x03\x04", codecs.BOM_UTF16_LE):
        try:
            parse_batch_file(prefix + content, ("0012", "17000000001"))
        except BatchFileRefused as error:
            assert error.problems  # noqa: PT017 - that it refuses is as good as that it doesn't


def test_a_damaged_workbook_is_refused_wherever_it_is_damaged() -> None:
    content = workbook(("PatientID", "Pseudonym"), ("1", "A"))
    for position in range(0, len(content), 97):
        damaged = bytearray(content)
        damaged[position] ^= 0x55
        try:
            rows = parse_batch_file(bytes(damaged)).rows
        except BatchFileRefused:
            continue
        assert rows == (BatchRow(2, "1", "A"),)
