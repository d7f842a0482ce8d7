"""A file that was de-identified before keeps what it says of that, in front of what this step says of itself."""

from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.profiles import PROFILES, profile
from adit_uploader.deid.verify import Violation
from adit_uploader.protocol.codes import RefusalCode
from tests.deid.made import KEY, deidentified, image, result_of, whole, written
from tests.deid.pictures import door

METHOD, CODES, LONGITUDINAL = (
    "(0012,0063) DeidentificationMethod",
    "(0012,0064) DeidentificationMethodCodeSequence",
    "(0028,0303) LongitudinalTemporalInformationModified",
)


def code(value: str, meaning: str, scheme: str = "DCM") -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = value, scheme, meaning
    return ds


def earlier(**more: object) -> Dataset:
    """A file that another program has de-identified."""
    given: dict[str, object] = {
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": ["Other Tool 3.1", "by hand"],
        "DeidentificationMethodCodeSequence": Sequence(
            [code("113100", "Basic Application Confidentiality Profile"), code("113110", "Retain UIDs Option")]
        ),
        "LongitudinalTemporalInformationModified": "MODIFIED",
    }
    return image(**(given | more))


def _codes(ds: Dataset) -> list[str]:
    return [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big-endian", "deflated"])
def test_codes_and_methods_are_added_to_what_is_there(name: str, syntax: str) -> None:
    data = written(earlier(), syntax)
    finished = whole(deidentified(data, name, pseudonym="PSEUDO"), data)
    ds = dcmread(BytesIO(finished))
    assert list(ds.DeidentificationMethod) == ["Other Tool 3.1", "by hand", *PROFILES[name].methods]
    assert _codes(ds) == ["113110", *[one.value for one in PROFILES[name].codes]]
    assert door(finished, name) == ()


def test_a_second_time_by_the_same_profile_adds_nothing() -> None:
    data = written(earlier())
    once = whole(deidentified(data), data)
    again = whole(deidentified(once, patient_id="PSEUDO"), once)
    first, second = dcmread(BytesIO(once)), dcmread(BytesIO(again))
    assert list(first.DeidentificationMethod) == list(second.DeidentificationMethod)
    assert _codes(first) == _codes(second)


def test_a_file_that_does_not_say_it_was_deidentified_has_no_earlier_steps() -> None:
    for said in ("NO", ""):
        ds = result_of(earlier(PatientIdentityRemoved=said))
        assert ds.DeidentificationMethod == PROFILES["research"].methods[0]
        assert "113110" not in _codes(ds)


def test_codes_of_others_are_told_too_and_each_once() -> None:
    own = code("113110", "Something local", "99LOCAL")
    ds = result_of(earlier(DeidentificationMethodCodeSequence=Sequence([own, own, code("113105", "Descriptors")])))
    assert [(item.CodeValue, item.CodingSchemeDesignator) for item in ds.DeidentificationMethodCodeSequence][:2] == [
        ("113110", "99LOCAL"),
        ("113110", "99LOCAL"),
    ]
    assert _codes(ds).count("113105") == 1


def test_what_was_said_before_loses_the_patient() -> None:
    named = earlier(
        DeidentificationMethod=["by Dr. Schulze for Müller", "step 2"],
        DeidentificationMethodCodeSequence=Sequence([code("X1", "for Müller only", "99LOCAL")]),
    )
    named.PatientName = "Müller^Erika"
    out = written(named)
    finished = whole(deidentified(out), out)
    for lost in ("Müller", "Schulze"):
        assert lost.encode() not in finished
    ds = dcmread(BytesIO(finished))
    assert list(ds.DeidentificationMethod)[1:] == ["step 2", *PROFILES["research"].methods]


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        ("MODIFIED", "research-full-dates", "MODIFIED"),
        ("REMOVED", "research-full-dates", "REMOVED"),
        ("REMOVED", "research", "REMOVED"),
        ("UNMODIFIED", "research", "MODIFIED"),
        ("MODIFIED", "basic", "REMOVED"),
        ("MAYBE", "research-full-dates", "UNMODIFIED"),
    ],
)
def test_dates_that_were_moved_before_stay_so_called(before: str, name: str, after: str) -> None:
    data = written(earlier(LongitudinalTemporalInformationModified=before))
    finished = whole(deidentified(data, name), data)
    assert dcmread(BytesIO(finished)).LongitudinalTemporalInformationModified == after
    assert door(finished, name) == ()


def _at_the_door(change: str, value: object) -> set[Violation]:
    data = written(earlier())
    ds = dcmread(BytesIO(whole(deidentified(data), data)))
    setattr(ds, change, value)
    target = BytesIO()
    ds.save_as(target, enforce_file_format=True)
    return set(door(target.getvalue()))


def test_the_door_refuses_what_does_not_end_with_this_step() -> None:
    ours = profile("research")
    codes = [code(one.value, one.meaning) for one in ours.codes]
    refused = {
        ("DeidentificationMethod", METHOD): [[*ours.methods, "Other Tool"], ["not " + ours.methods[0]], ["Other Tool"]],
        ("DeidentificationMethodCodeSequence", CODES): [
            Sequence([*codes, code("113110", "Retain UIDs Option")]),
            Sequence(codes[:-1]),
            Sequence([]),
        ],
        ("LongitudinalTemporalInformationModified", LONGITUDINAL): ["UNMODIFIED", "MAYBE", ""],
    }
    for (keyword, element), values in refused.items():
        for value in values:
            assert Violation(RefusalCode.PROFILE, element) in _at_the_door(keyword, value), value


def test_the_door_looks_into_codes_of_earlier_steps() -> None:
    person = code("113110", "Retain UIDs Option")
    person.PatientName = "Müller^Erika"
    own = [code(one.value, one.meaning) for one in profile("research").codes]
    refused = _at_the_door("DeidentificationMethodCodeSequence", Sequence([person, *own]))
    assert refused == {Violation(RefusalCode.FORBIDDEN_ELEMENT, "(0010,0010) PatientName")}


def test_a_situation_serves_files_with_and_without_earlier_steps() -> None:
    engine = Deidentifier(profile("research"), KEY)
    plain, before = written(image()), written(earlier())
    alone = [whole(deidentified(one), one) for one in (plain, before, plain)]
    assert [whole(deidentified(one, engine=engine), one) for one in (plain, before, plain)] == alone
