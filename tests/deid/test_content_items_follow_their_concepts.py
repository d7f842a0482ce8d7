"""Content items of reports: each row of PS3.15 Table E.3.4-1 carried out, and ages over 89 in them gone."""

from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.content_items import table
from adit_uploader.deid.dates import shift_date
from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.profiles import PROFILES
from tests.deid.made import KEY, image, result_of

DAYS = Deidentifier(PROFILES["research"], KEY).date_shift("P-0012345")
PLANTED = {
    "TEXT": {"TextValue": "quartz lesion, Lindqvist"},
    "PNAME": {"PersonName": "PLANTED^One"},
    "DATE": {"Date": "20200301"},
    "TIME": {"Time": "101112"},
    "DATETIME": {"DateTime": "20200301101112"},
    "UIDREF": {"UID": "1.2.3.4.5.6.7.8.9"},
}
REFERENCED = ("IMAGE", "COMPOSITE", "WAVEFORM")


def _coded(value: str, scheme: str, meaning: str = "Meaning") -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = value, scheme, meaning
    return ds


def _number(value: str, unit: str = "a") -> Sequence:
    measured = Dataset()
    measured.NumericValue = value
    measured.MeasurementUnitsCodeSequence = Sequence([_coded(unit, "UCUM")])
    return Sequence([measured])


def _item(code: str, scheme: str, kind: str, **values: Any) -> Dataset:
    ds = Dataset()
    ds.ValueType = kind
    ds.ConceptNameCodeSequence = Sequence([_coded(code, scheme)])
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def _planted(row: dict[str, Any]) -> Dataset:
    kind = row["type"]
    if kind in REFERENCED:
        reference = Dataset()
        reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        reference.ReferencedSOPInstanceUID = "1.2.3.4.5.6.7.8.9"
        values: dict[str, Any] = {"ReferencedSOPSequence": Sequence([reference])}
    else:
        values = PLANTED.get(kind, {})
    if kind == "NUM":
        values = {"MeasuredValueSequence": _number("42")}
    elif kind == "CODE":
        values = {"ConceptCodeSequence": Sequence([_coded("M", "DCM", "Male")])}
    return _item(row["code"], row["scheme"], kind, **values)


def _left(items: list[Dataset], name: str) -> list[Dataset]:
    found = result_of(image(PatientName="Lindqvist^Anna", ContentSequence=Sequence(items)), name)
    return list(found.ContentSequence)


def _expected(row: dict[str, Any], name: str) -> set[str]:
    """What may be left of the planted value: the letters of the options that the profile has."""
    options = {str(one) for one in PROFILES[name].options} & set(row.get("options", {}))
    return {row["options"][one] for one in options}


@pytest.mark.parametrize("name", PROFILES)
def test_every_row_of_the_table_is_carried_out(name: str) -> None:
    rows: list[dict[str, Any]] = list(table())  # type: ignore[arg-type]  # of JSON
    assert len(rows) == 214
    for row, left in zip(rows, _left([_planted(row) for row in rows], name), strict=True):
        what = (row["code"], row["name"], row["type"])
        assert left.ValueType == row["type"], what
        may = _expected(row, name)
        text = str(left)
        assert "Lindqvist" not in text, what  # in no profile and by no option
        assert "1.2.3.4.5.6.7.8.9" not in text, what
        kept = {
            "TEXT": "quartz" in text,
            "PNAME": "PLANTED" in text,
            "DATE": "20200301" in text,
            "DATETIME": "20200301" in text,
            "TIME": "101112" in text,
            "NUM": "42" in text,
            "CODE": "Male" in text,
        }.get(row["type"])
        if kept is None:
            continue
        if row["type"] in {"DATE", "DATETIME"} and may == {"C"}:
            assert str(shift_date("20200301", DAYS)) in text, what
            continue
        assert kept is bool(may), what


@pytest.mark.parametrize("code", [("121033", "DCM"), ("30525-0", "LN"), ("397669002", "SCT")])
@pytest.mark.parametrize(
    ("value", "unit", "stays"),
    [
        ("0", "a", True),
        ("89", "a", True),
        ("89.9", "a", True),
        ("90", "a", False),
        ("101", "a", False),
        ("1079", "mo", True),
        ("1081", "mo", False),
        ("32000", "d", True),
        ("33000", "d", False),
        ("45", "1", False),  # of what?
        ("-3", "a", False),
    ],
)
def test_ages_over_89_go_from_reports(code: tuple[str, str], value: str, unit: str, stays: bool) -> None:
    for name in ("research", "research-full-dates"):
        [left] = _left([_item(*code, "NUM", MeasuredValueSequence=_number(value, unit))], name)
        assert [one.NumericValue for one in left.MeasuredValueSequence] == ([float(value)] if stays else [])


def test_other_numbers_stay_whatever_they_are() -> None:
    [left] = _left([_item("121206", "DCM", "NUM", MeasuredValueSequence=_number("101", "mm"))], "research")
    assert left.MeasuredValueSequence[0].NumericValue == 101


def test_a_short_code_is_taken_for_a_concept_in_its_own_scheme_alone() -> None:
    theirs, other = _left(
        [_item("53", scheme, "TEXT", TextValue="PLANTED") for scheme in ("NCDR [2.0c]", "99LOCAL")], "research"
    )
    assert (theirs.TextValue, other.TextValue) == ("ANONYMIZED", "PLANTED")
