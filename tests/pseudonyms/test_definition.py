"""The published definition of internal pseudonyms, held against the code."""

import hashlib
import hmac
import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adit_uploader.pseudonyms import errors
from adit_uploader.pseudonyms.errors import BatchFileProblemCode, EmptyDepartment, EmptyPatientId, PseudonymError
from adit_uploader.pseudonyms.internal import hash_input, internal_pseudonym, normalise

DOCUMENT = Path(__file__).parents[2] / "docs" / "pseudonyms.md"
KEY = bytes(range(32))
_VALUE = re.compile(r'`("[^`]*")(?: × (\d+))?`')

any_text = st.text(max_size=70)


def _value(cell: str) -> str:
    match = _VALUE.fullmatch(cell)
    assert match is not None, cell
    text: str = json.loads(match[1])
    return text * int(match[2] or 1)


def _vectors() -> list[tuple[str, str, bytes | None, str]]:
    section = DOCUMENT.read_text(encoding="utf-8").partition("## 3.")[2].partition("## 4.")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(_value(row[0]), _value(row[1]), {"K": KEY, "-": None}[row[2]], row[3].strip("`")) for row in rows]


@pytest.mark.parametrize(("department", "patient_id", "key", "expected"), _vectors())
def test_the_published_vectors_hold(department: str, patient_id: str, key: bytes | None, expected: str) -> None:
    if expected.startswith("error: "):
        with pytest.raises(getattr(errors, expected.removeprefix("error: "))):
            internal_pseudonym(department, patient_id, key)
    else:
        assert internal_pseudonym(department, patient_id, key) == expected


def test_the_document_publishes_enough_vectors_of_every_kind() -> None:
    vectors = _vectors()
    assert len(vectors) >= 12
    assert any(key for _, _, key, _ in vectors)
    assert sum(expected.startswith("error") for *_, expected in vectors) >= 4
    by_pair = {(department, patient_id): expected for department, patient_id, key, expected in vectors if key is None}
    assert by_pair["DIR", "123"] != by_pair["DIR1", "23"]
    assert by_pair["Nuklearmedizin Köln", "MÜ-77"] == by_pair["Nuklearmedizin Ko\u0308ln", "MU\u0308-77"]


def test_the_python_program_in_the_document_gives_the_same() -> None:
    program = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert program is not None
    scope: dict[str, object] = {}
    exec(program[1], scope)  # noqa: S102 - the document's own program
    published = scope["pseudonym"]
    assert callable(published)
    for department, patient_id, key, expected in _vectors():
        if not expected.startswith("error"):
            assert published(department, patient_id, key) == expected


def test_the_document_lists_every_problem_of_batch_files() -> None:
    section = DOCUMENT.read_text(encoding="utf-8").partition("## 6.")[2]
    listed = set()
    for line in section.splitlines():
        if line.startswith("| `"):
            listed.update(re.findall(r"`([^`]+)`", line.split("|")[1]))
    assert listed == {code.value for code in BatchFileProblemCode}


def test_a_pseudonym_is_the_hash_of_fixed_fields() -> None:
    data = b"DIR" + bytes(509) + b"123" + bytes(253)
    assert internal_pseudonym("DIR", "123") == hashlib.sha3_256(data).hexdigest()
    assert internal_pseudonym("DIR", "123", KEY) == hmac.new(KEY, data, "sha3_256").hexdigest()


@given(st.tuples(any_text, any_text), st.tuples(any_text, any_text))
def test_no_two_pairs_share_an_input(first: tuple[str, str], second: tuple[str, str]) -> None:
    try:
        inputs = [hash_input(*first), hash_input(*second)]
    except PseudonymError:
        return
    same = tuple(map(normalise, first)) == tuple(map(normalise, second))
    assert all(len(data) == 768 for data in inputs)
    assert (inputs[0] == inputs[1]) == same


@given(st.text(alphabet="DIR123", min_size=2, max_size=12), st.data())
def test_no_text_can_be_cut_in_two_ways(text: str, data: st.DataObject) -> None:
    cuts = st.integers(1, len(text) - 1)
    first, second = data.draw(cuts), data.draw(cuts)
    same = hash_input(text[:first], text[first:]) == hash_input(text[:second], text[second:])
    assert same == (first == second)


@given(any_text, any_text)
def test_composition_and_spaces_around_do_not_change_a_pseudonym(department: str, patient_id: str) -> None:
    try:
        expected = internal_pseudonym(department, patient_id)
    except PseudonymError:
        return
    decomposed = unicodedata.normalize("NFD", department), unicodedata.normalize("NFD", patient_id)
    assert internal_pseudonym(*decomposed) == expected
    assert internal_pseudonym(f" {department} ", f"  {patient_id}") == expected


def test_a_key_must_have_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        internal_pseudonym("DIR", "123", b"short")


@pytest.mark.parametrize(
    ("department", "patient_id", "error"), [("", "123", EmptyDepartment), ("DIR", " ", EmptyPatientId)]
)
def test_errors_say_what_to_do_and_name_nobody(department: str, patient_id: str, error: type[PseudonymError]) -> None:
    with pytest.raises(error) as caught:
        internal_pseudonym(department, patient_id)
    assert caught.value.title
    assert caught.value.message
