"""Key lists: written for people and spreadsheets, and read back unchanged."""

import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from adit_uploader.pseudonyms.batch_file import read_batch_file
from adit_uploader.pseudonyms.csv_table import read_csv
from adit_uploader.pseudonyms.errors import KeyListError
from adit_uploader.pseudonyms.key_list import KeyList, KeyListRow, write_key_list
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.pseudonyms.safe_text import escaped, guarded, unescaped, unguarded
from adit_uploader.pseudonyms.table import Table
from adit_uploader.pseudonyms.xlsx_table import read_xlsx

FORMULA_LIKE = ["=1+1", "+49", "-1", "@SUM(A1)", "'=1", "''", '=HYPERLINK("http://x")', "\t=1", "＝1"]
LOOK_ALIKES = ["00123", "1E5", "1.20", "Müller", "Mu\u0308ller", "_x0041_", "a,b;c\td", 'say "A"', "TRUE", "#REF!"]
characters = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
any_text = st.text(characters, min_size=1, max_size=40) | st.sampled_from([*FORMULA_LIKE, *LOOK_ALIKES])


def written(key_list: KeyList, ending: str) -> tuple[Table, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"keys.{ending}"
        write_key_list(key_list, path)
        content = path.read_bytes()
    return (read_csv(content) if ending == "csv" else read_xlsx(content, frozenset({"PatientID"}))), content


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@given(rows=st.lists(st.tuples(any_text, any_text), min_size=1, max_size=5))
@settings(max_examples=40)
@example(rows=[(text, "P") for text in FORMULA_LIKE])
def test_any_text_is_read_back_unchanged(ending: str, rows: list[tuple[str, str]]) -> None:
    table, _ = written(KeyList(Mode.INTERNAL, tuple(KeyListRow(*row) for row in rows)), ending)
    assert not table.problems
    assert [tuple(cell.text for cell in row.cells) for row in table.rows] == [("PatientID", "Pseudonym"), *rows]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_key_list_is_a_batch_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"keys.{ending}"
    rows = (
        KeyListRow("00123", "A", "3 of 3"),
        KeyListRow("=1+1", "B", "0 of 2", "1.2", "1.2.3"),
        KeyListRow("-Müller", "C"),
    )
    write_key_list(KeyList(Mode.BATCH, rows), path)
    read = read_batch_file(path, ["00123"]).rows
    assert [(row.patient_id, row.pseudonym, row.study_instance_uid, row.series_instance_uid) for row in read] == [
        ("00123", "A", None, None),
        ("=1+1", "B", "1.2", "1.2.3"),
        ("-Müller", "C", None, None),
    ]


@given(any_text)
def test_no_written_text_begins_like_a_formula(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert unguarded(guarded(text)) == text
    assert unescaped(escaped(text)) == text


def test_all_cells_of_a_workbook_are_text(tmp_path: Path) -> None:
    path = tmp_path / "keys.xlsx"
    rows = tuple(KeyListRow(text, "P") for text in [*FORMULA_LIKE, "00123", "TRUE", "#REF!"])
    write_key_list(KeyList(Mode.INTERNAL, rows), path)
    sheet = load_workbook(path).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}


def test_a_csv_starts_with_the_mark_that_spreadsheets_look_for() -> None:
    _, content = written(KeyList(Mode.FIXED, (KeyListRow("Ä", "P"),)), "csv")
    assert content == '\ufeff"PatientID","Pseudonym"\r\n"Ä","P"\r\n'.encode()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_value_that_is_no_text_does_not_hinder_the_list(ending: str) -> None:
    table, _ = written(KeyList(Mode.INTERNAL, (KeyListRow("a\udc80\0", "P"), KeyListRow("b", "Q"))), ending)
    assert [row.cells[1].text for row in table.rows] == ["Pseudonym", "P", "Q"]


def test_only_its_owner_can_read_it_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    path.write_text("older")
    path.chmod(0o644)
    write_key_list(KeyList(Mode.INTERNAL, (KeyListRow("1", "P"),)), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_whole_or_not_there(tmp_path: Path) -> None:
    key_list = KeyList(Mode.INTERNAL, (KeyListRow("0815", "P"),))
    for path in (tmp_path / "keys.txt", tmp_path / "no folder" / "keys.csv"):
        with pytest.raises(KeyListError) as caught:
            write_key_list(key_list, path)
        assert "0815" not in str(caught.value)
    folder = tmp_path / "keys.csv"
    folder.mkdir()
    with pytest.raises(KeyListError):
        write_key_list(key_list, folder)
    assert list(tmp_path.iterdir()) == [folder]
