"""Dates: moved by whole days, intervals and times exact, impossible ones never passed on."""

from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.dates import MAX_SHIFT, date_shift, is_possible, is_timezone, shift_date, shift_date_time
from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.profiles import RESEARCH
from adit_uploader.deid.uids import new_uid
from tests.deid.made import KEY, deidentified, image, result_of, whole, written

DAYS = st.integers(min_value=-MAX_SHIFT, max_value=-1)


@given(st.dates(min_value=date(1850, 1, 1)), st.dates(min_value=date(1850, 1, 1)), DAYS)
def test_intervals_stay_to_the_day(first: date, second: date, days: int) -> None:
    moved = [shift_date(f"{one:%Y%m%d}".zfill(8), days) for one in (first, second)]
    assert all(one is not None for one in moved)
    parsed = [date.fromisoformat(str(one)) for one in moved]
    assert parsed[1] - parsed[0] == second - first


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("20200301", "20200229"),
        ("19000101", "18991231"),
        ("2020.03.01", "20200229"),
        ("2020", None),
        ("202003", None),
        ("20200231", None),
        ("20200101-20200301", "20191231-20200229"),
        ("2020.01.01-2020.03.01", "20191231-20200229"),
        ("20200301-", "20200229-"),
        ("-20200301", "-20200229"),
        ("20200101-20200231", None),
        ("20200101-2021", None),
        ("-", None),
        ("00010101", None),
        ("99999999", None),
        ("00000000", None),
        ("15000301", "15000228"),  # of the calendar that DICOM has, in every year
        ("20240229", "20240228"),
        ("20230229", None),
        ("2020030١", None),
        ("unknown", None),
    ],
)
def test_a_date_moves_or_is_impossible(text: str, moved: str | None) -> None:
    assert shift_date(text, -1) == moved


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("20200301", "20200229"),
        ("20200301081530.123456", "20200229081530.123456"),
        ("2020030108+0100", "2020022908+0100"),
        ("20200301081560.5-0930", "20200229081560.5-0930"),
        ("2020", None),
        ("20200301 0815", None),
        ("20200301250000", None),
        ("20200301081530.1234567", "20200229081530.1234567"),  # an interval that is measured more finely
        ("20200301081530.12345678901", None),
        ("20200301000000+1400", "20200229000000+1400"),  # whatever the day is elsewhere
        ("20200301235959.999999-1200", "20200229235959.999999-1200"),
        ("20200301120000+1500", None),
        ("20200301120000-1260", None),
        ("20200301-1200", "20200229-1200"),  # an offset, no range (PS3.5 table 6.2-1)
        ("20200101120000.5+0100-20200301", "20191231120000.5+0100-20200229"),
        ("20200301-", "20200229-"),
        ("202003", None),
        ("2020+0100", None),
        ("20200301081560", "20200229081560"),
    ],
)
def test_a_date_time_keeps_all_but_its_date(text: str, moved: str | None) -> None:
    assert shift_date_time(text, -1) == moved


def test_the_shift_is_one_for_a_patient_and_another_for_the_next() -> None:
    assert date_shift(KEY, "P-1") == date_shift(KEY, " P-1 ")
    shifts = {date_shift(KEY, str(number)) for number in range(300)}
    assert len(shifts) > 250
    assert all(-MAX_SHIFT <= days <= -1 for days in shifts)
    assert date_shift(bytes(32), "P-1") != date_shift(KEY, "P-1")


def test_published_values_never_change() -> None:
    assert new_uid(KEY, "1.2.3") == new_uid(KEY, "1.2.3\0")
    assert new_uid(KEY, "1.2.3") == "2.25.145089691861183396231624889591323225565"
    assert date_shift(KEY, "P-1") == -2136


def test_offsets_from_utc() -> None:
    assert is_timezone("+0100")
    assert not is_timezone("Europe")


def test_dates_of_a_pet_move_together_and_their_times_stay() -> None:
    ds = image(AcquisitionDate="20200705", AcquisitionTime="093000.000001", TimezoneOffsetFromUTC="+0200")
    item = Dataset()
    item.RadiopharmaceuticalStartTime = "083000.25"
    item.RadiopharmaceuticalStartDateTime = "20200704233000.25+0200"
    item.RadionuclideTotalDose = "350000000"
    ds.RadiopharmaceuticalInformationSequence = Sequence([item])
    left = result_of(ds)
    days = Deidentifier(RESEARCH, KEY).date_shift("P-0012345")
    assert left.StudyDate == shift_date("20200705", days) == left.AcquisitionDate
    assert left.AcquisitionTime == "093000.000001"
    assert left.StudyTime == "081500.123456"
    inner = left.RadiopharmaceuticalInformationSequence[0]
    assert inner.RadiopharmaceuticalStartTime == "083000.25"
    assert inner.RadiopharmaceuticalStartDateTime == shift_date_time("20200704233000.25+0200", days)
    assert left.TimezoneOffsetFromUTC == "+0200"
    assert left.LongitudinalTemporalInformationModified == "MODIFIED"


def test_full_dates_stay_and_basic_dates_go() -> None:
    full = result_of(image(), "research-full-dates")
    assert full.StudyDate == "20200705"
    assert full.PatientBirthDate == ""
    assert full.LongitudinalTemporalInformationModified == "UNMODIFIED"
    basic = result_of(image(), "basic")
    assert basic.StudyDate == ""
    assert basic.LongitudinalTemporalInformationModified == "REMOVED"


def test_an_impossible_date_is_emptied_and_reported() -> None:
    data = written(image()).replace(b"20200705", b"20200231")
    result = deidentified(data)
    assert b"20200231" not in result.header
    assert [change.keyword for change in result.changes if change.action == "impossible-date"] == ["StudyDate"]


def test_ages_over_89_become_90() -> None:
    assert result_of(image(PatientAge="094Y")).PatientAge == "090Y"
    assert result_of(image(PatientAge="089Y")).PatientAge == "089Y"
    assert result_of(image(PatientAge="600W")).PatientAge == "600W"
    assert "PatientAge" not in result_of(image(PatientAge="061Y"), "basic")


@pytest.mark.parametrize(
    ("vr", "text", "possible"),
    [
        ("TM", "081500.123456", True),
        ("TM", "08", True),
        ("TM", "0815", True),
        ("TM", "08:15:00.5", True),
        ("TM", "235960", True),
        ("TM", "081500.", True),
        ("TM", "0815-0930", True),
        ("TM", "240000", False),
        ("TM", "12345678", False),
        ("TM", "20200705", False),
        ("TM", "MUELLER", False),
        ("DA", "20200705", True),
        ("DA", "202007", True),
        ("DA", "202013", False),
        ("DA", "20200705120000", False),
        ("DA", "19500102-20200705", True),
        ("DT", "2020", True),
        ("DT", "20200705+0200", True),
        ("DT", "MUELLER", False),
    ],
)
def test_only_dates_and_times_are_taken_for_them(vr: str, text: str, possible: bool) -> None:
    assert is_possible(text, vr) is possible


@pytest.mark.parametrize("profile_name", ["research", "research-full-dates", "basic"])
@pytest.mark.parametrize(
    ("keyword", "hidden"),
    [("StudyTime", "PA-123"), ("AcquisitionDateTime", "Anna"), ("AcquisitionDate", "PAT12345"), ("StudyDate", "Anna")],
)
def test_what_is_no_date_does_not_stay_where_dates_stay(keyword: str, hidden: str, profile_name: str) -> None:
    plain = {
        "StudyTime": "081500",
        "AcquisitionDateTime": "20200706",
        "AcquisitionDate": "20200704",
        "StudyDate": "20200703",
    }
    data = written(image(**plain))
    value = plain[keyword].encode()
    assert data.count(value) == 1
    result = deidentified(data.replace(value, hidden.encode().ljust(len(value))), profile_name)
    assert hidden.encode() not in result.header
    reported = [change.keyword for change in result.changes if change.action == "impossible-date"]
    assert reported == ([keyword] if profile_name != "basic" else [])


@pytest.mark.parametrize("profile_name", ["research", "research-full-dates", "basic"])
@pytest.mark.parametrize("vr", [b"LO", b"TM", b"DT", b"CS", b"ST"])
def test_a_date_that_its_file_calls_something_else_is_a_date(vr: bytes, profile_name: str) -> None:
    data = written(image())
    assert data.count(b"\x08\0\x20\0DA") == 1
    result = deidentified(data.replace(b"\x08\0\x20\0DA", b"\x08\0\x20\0" + vr), profile_name)
    days = Deidentifier(RESEARCH, KEY).date_shift("P-0012345")
    expected = {"research": shift_date("20200705", days), "research-full-dates": "20200705", "basic": ""}
    left = dcmread(BytesIO(whole(result, data)))
    assert (left["StudyDate"].VR, left.StudyDate or "") == ("DA", expected[profile_name])


def test_an_age_that_its_file_calls_a_text_is_an_age() -> None:
    data = written(image(PatientAge="094Y"))
    assert data.count(b"\x10\0\x10\x10AS") == 1
    result = deidentified(data.replace(b"\x10\0\x10\x10AS", b"\x10\0\x10\x10LO"))
    assert b"094Y" not in result.header


@pytest.mark.parametrize("profile_name", ["research", "research-full-dates", "basic"])
def test_a_birth_date_of_another_calendar_goes(profile_name: str) -> None:
    ds = image(PatientBirthDateInAlternativeCalendar="Showa 25.1.2", PatientAlternativeCalendar="JAPANESE")
    assert "PatientBirthDateInAlternativeCalendar" not in result_of(ds, profile_name)


def test_lists_of_dates_and_nested_ones_move_by_the_same_days() -> None:
    inner = Dataset()
    inner.ContentDate = "20200701"
    ds = image(
        DateOfLastCalibration=["20200101", "20200301"],
        RequestAttributesSequence=Sequence([inner]),
    )
    left = result_of(ds)
    days = Deidentifier(RESEARCH, KEY).date_shift("P-0012345")
    assert list(left.DateOfLastCalibration) == [shift_date(one, days) for one in ("20200101", "20200301")]
    assert left.RequestAttributesSequence[0].ContentDate == shift_date("20200701", days)


def test_dates_and_times_in_a_sequence_of_dummies_follow_the_profile() -> None:
    item = Dataset()
    item.VerifyingObserverName, item.VerifyingOrganization = "Weber^Otto", "Klinik"
    item.VerificationDateTime = "20200706120000.5"
    ds = image(VerifyingObserverSequence=Sequence([item]))
    days = Deidentifier(RESEARCH, KEY).date_shift("P-0012345")
    expected = {"research": shift_date_time("20200706120000.5", days), "research-full-dates": "20200706120000.5"}
    for name, kept in expected.items():
        left = result_of(ds, name).VerifyingObserverSequence[0]
        assert left.VerificationDateTime == kept
        assert "Weber" not in str(left)
        assert "Klinik" not in str(left)
    assert "2020" not in str(result_of(ds, "basic").get("VerifyingObserverSequence", ""))
