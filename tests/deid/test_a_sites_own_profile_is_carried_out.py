"""Each action of a profile's file, from the engine to the receiver's door, over every way to write an element."""

from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from adit_uploader.deid.dates import shift_date
from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.errors import ResidualIdentity
from adit_uploader.deid.profiles import PROFILES, Option, Profile
from adit_uploader.deid.verify import check_file
from adit_uploader.protocol.codes import RefusalCode
from tests.deid.made import KEY, deidentified, image, whole, written
from tests.deid.site_profiles import rule, site_profile

CREATOR = "OUR SCANNER 1"
SYNTAXES = ("explicit", "implicit", "big-endian", "deflated", "encapsulated")


def _item(**elements: object) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def _scanned() -> Dataset:
    """A picture with something for each rule, at the top, nested, and private."""
    ds = image(
        InstitutionName="Charité Berlin",
        ReferringPhysicianName="Kowalski^Jan",
        StudyDescription="Knee of Müller",
        DeviceUID="1.2.3.99",
        PatientComments="Comes from Ulm, asked by Dr. Kowalski",
        OperatorsName="Nowak^Eva",
    )
    ds.RequestAttributesSequence = Sequence(
        [_item(AccessionNumber="ACC-778899", RequestedProcedureID="RP-4711", ScheduledProcedureStepID="S-1")]
    )
    block = ds.private_block(0x0019, CREATOR, create=True)
    block.add_new(0x01, "LO", "Scanned by Nowak, Müller")
    block.add_new(0x02, "DA", "20200705")
    block.add_new(0x03, "IS", "42")
    block.add_new(0x04, "UI", "1.2.3.77")
    block.add_new(0x05, "LO", "secret")
    ds.add(DataElement(Tag(0x60020010), "US", 32))
    ds.add(DataElement(Tag(0x60023000), "OW", bytes(128)))
    ds.add(DataElement(Tag(0x60021500), "LO", "Made by Nowak"))
    return ds


def _done(ds: Dataset, profile: Profile, syntax: str = "explicit") -> tuple[Dataset, tuple[str, ...]]:
    """The result, and what the door says to it."""
    data = written(ds, syntax)
    result = deidentified(data, engine=Deidentifier(profile, KEY))
    out = whole(result, data)
    return dcmread(BytesIO(out)), _at_the_door(out, profile)


def _at_the_door(out: bytes, profile: Profile | str) -> tuple[str, ...]:
    ds = dcmread(BytesIO(out))
    return tuple(
        f"{one.code} {one.element}"
        for one in check_file(
            BytesIO(out),
            mode="fixed",
            profile=profile,
            pseudonym="PSEUDO",
            study_instance_uid=ds.StudyInstanceUID,
            series_instance_uid=ds.SeriesInstanceUID,
            sop_instance_uid=ds.SOPInstanceUID,
            sop_class_uid=ds.SOPClassUID,
            transfer_syntax_uid=ds.file_meta.TransferSyntaxUID,
        )
    )


def _private(ds: Dataset, number: int) -> object:
    element = ds.get(Tag(0x0019, 0x1000 | number))
    if element is None:
        return None
    return element.value.decode().strip() if isinstance(element.value, bytes) else element.value


@pytest.mark.parametrize("base", PROFILES)
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_action_does_what_it_says(syntax: str, base: str) -> None:
    profile = site_profile(
        rule("InstitutionName", "keep"),
        rule("(0008,0090)", "replace", value="Physician^Study"),
        rule("StudyDescription", "clean"),
        rule("PatientComments", "clean"),
        rule("DeviceUID", "new-uid"),
        rule("PatientBirthDate", "shift"),
        rule("PatientSex", "empty"),
        rule("Manufacturer", "remove"),
        rule("RequestAttributesSequence", "keep"),
        rule("RequestAttributesSequence > AccessionNumber", "keep"),
        rule("(0040,0275) > RequestedProcedureID", "replace", value="ANY"),
        rule("(0019,xx01)", "clean", creator=CREATOR, vr="LO"),
        rule("(0019,xx02)", "shift", creator=CREATOR, vr="DA"),
        rule("(0019,xx03)", "keep", creator=CREATOR, vr="IS"),
        rule("(0019,xx04)", "new-uid", creator=CREATOR, vr="UI"),
        rule("(60xx,0010)", "keep"),
        rule("(60xx,3000)", "keep"),
        rule("(60xx,1500)", "replace", value="OVERLAY"),
        base=base,
    )
    engine = Deidentifier(profile, KEY)
    ds, refused = _done(_scanned(), profile, syntax)

    assert refused == ()
    assert ds.InstitutionName == "Charité Berlin"
    assert ds.ReferringPhysicianName == "Physician^Study"
    assert ds.StudyDescription == "Knee of"
    assert "Kowalski" not in ds.PatientComments
    assert "Ulm" in ds.PatientComments
    assert engine.new_uid("1.2.3.99") == ds.DeviceUID
    assert ds.PatientBirthDate not in {"19500102", ""}
    assert ds.PatientSex == ""
    assert "Manufacturer" not in ds
    assert "AccessionNumber" in ds  # Type 2 too
    assert ds.AccessionNumber == ""
    item = ds.RequestAttributesSequence[0]
    assert item.AccessionNumber == "ACC-778899"
    assert item.RequestedProcedureID == "ANY"
    assert "Müller" not in str(_private(ds, 1))
    assert _private(ds, 2) not in {"20200705", "", None}
    assert int(str(_private(ds, 3))) == 42
    assert str(_private(ds, 4)).strip("\0") == engine.new_uid("1.2.3.77")
    assert _private(ds, 5) is None
    assert ds[0x60020010].value == 32
    assert ds[0x60023000].value == bytes(128)
    assert ds[0x60021500].value == "OVERLAY"


@pytest.mark.parametrize("syntax", ["explicit", "implicit"])
def test_without_its_rules_nothing_of_this_is_there(syntax: str) -> None:
    ds, refused = _done(_scanned(), site_profile(base="basic"), syntax)
    assert refused == ()
    text = ds.to_json() + str(ds.values())
    for trace in ("Charit", "Kowalski", "Nowak", "ACC-778899", "RP-4711", "OUR SCANNER", "Knee"):
        assert trace not in text
    assert not [element for element in ds if 0x6000 <= element.tag.group <= 0x60FF]


def test_private_elements_can_be_replaced_emptied_and_removed() -> None:
    profile = site_profile(
        rule("(0019,xx01)", "replace", creator=CREATOR, vr="LO", value="Scanned"),
        rule("(0019,xx03)", "empty", creator=CREATOR, vr="IS"),
        rule("(0019,xx0C)", "remove", creator="SIEMENS MR HEADER"),
    )
    ds = _scanned()
    ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", "1000")
    for syntax in ("explicit", "implicit"):
        result, refused = _done(ds, profile, syntax)
        assert refused == ()
        assert str(_private(result, 1)) == "Scanned"
        assert not _private(result, 3)
        assert "SIEMENS MR HEADER" not in result.to_json()


def test_what_an_object_needs_is_not_removed_but_made_harmless() -> None:
    profile = site_profile(rule("ContentDate", "empty"), rule("StudyDate", "remove"), rule("SeriesDate", "remove"))
    report = image(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", Modality="SR", ContentDate="20200705", SeriesDate="20200705"
    )
    ds, refused = _done(report, profile)
    assert refused == ()
    assert ds.ContentDate == "19000101"  # Type 1
    assert ds.StudyDate == ""  # Type 2
    assert "SeriesDate" not in ds  # Type 3


def test_a_rule_for_a_place_goes_before_the_one_for_any() -> None:
    sequence = Sequence([_item(RequestedProcedureID="RP-1", ScheduledProcedureStepID="S-1")])
    profile = site_profile(
        rule("ScheduledProcedureStepID", "replace", value="ANYWHERE"),
        rule("RequestAttributesSequence > ScheduledProcedureStepID", "replace", value="THERE"),
        rule("RequestAttributesSequence", "keep"),
    )
    ds, refused = _done(image(RequestAttributesSequence=sequence, ScheduledProcedureStepID="S-1"), profile)
    assert refused == ()
    assert ds.ScheduledProcedureStepID == "ANYWHERE"
    assert ds.RequestAttributesSequence[0].ScheduledProcedureStepID == "THERE"


# ---------------------------------------------------------------- what is kept on purpose, and the check


KEEPS_NUMBER = rule("AccessionNumber", "keep")


def test_a_number_kept_on_purpose_does_not_leak_in_its_own_element() -> None:
    ds, refused = _done(image(), site_profile(KEEPS_NUMBER))
    assert refused == ()
    assert ds.AccessionNumber == "ACC-778899"


def test_without_the_rule_the_same_value_there_would_be_a_leak() -> None:
    ds, _ = _done(image(), PROFILES["research"])
    assert ds.AccessionNumber != "ACC-778899"


def test_a_number_kept_on_purpose_is_cleaned_out_of_all_other_texts() -> None:
    described = image(StudyDescription="Knee ACC-778899", Manufacturer="Maker ACC-778899")
    ds, refused = _done(described, site_profile(KEEPS_NUMBER))
    assert refused == ()
    assert (ds.AccessionNumber, ds.StudyDescription, ds.Manufacturer) == ("ACC-778899", "Knee", "Maker")


def test_a_number_kept_on_purpose_refuses_the_file_where_it_can_not_be_cleaned() -> None:
    hidden = image(RedPaletteColorLookupTableData=b"xxACC-778899yy")
    with pytest.raises(ResidualIdentity) as caught:
        _done(hidden, site_profile(KEEPS_NUMBER))
    assert caught.value.elements == ("(0028,1201) RedPaletteColorLookupTableData",)


def test_a_patient_id_in_a_kept_element_is_a_leak_all_the_same() -> None:
    ds, _ = _done(image(AccessionNumber="P-0012345"), site_profile(KEEPS_NUMBER))
    assert "P-0012345" not in ds.AccessionNumber


def test_a_name_in_a_kept_element_is_a_leak_all_the_same() -> None:
    ds, _ = _done(image(AccessionNumber="7788-Müller"), site_profile(KEEPS_NUMBER))
    assert "ller" not in ds.AccessionNumber
    assert "7788" in ds.AccessionNumber


def test_a_kept_number_leaks_in_the_same_element_at_another_place() -> None:
    place = rule("RequestAttributesSequence > AccessionNumber", "keep")
    sequence = Sequence([_item(AccessionNumber="ACC-778899", RequestedProcedureID="1", ScheduledProcedureStepID="2")])
    profile = site_profile(place, rule("RequestAttributesSequence", "keep"), rule("IssuerOfPatientID", "keep"))
    ds, _ = _done(image(RequestAttributesSequence=sequence, IssuerOfPatientID="ACC-778899"), profile)
    assert ds.RequestAttributesSequence[0].AccessionNumber == "ACC-778899"
    assert "778899" not in ds.IssuerOfPatientID
    assert ds.AccessionNumber == ""


def test_a_birth_date_kept_on_purpose_stays_and_is_cleaned_out_of_texts() -> None:
    ds, refused = _done(image(StudyDescription="born 02.01.1950, knee"), site_profile(rule("PatientBirthDate", "keep")))
    assert refused == ()
    assert ds.PatientBirthDate == "19500102"
    assert "1950" not in ds.StudyDescription


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_pseudonym_and_own_uids_are_no_matter_of_a_profile(syntax: str) -> None:
    profile = site_profile(KEEPS_NUMBER, rule("PatientBirthDate", "keep"))
    ds, _ = _done(image(), profile, syntax)
    engine = Deidentifier(profile, KEY)
    assert (ds.PatientID, ds.PatientName) == ("PSEUDO", "PSEUDO")
    assert engine.new_uid("1.2.3.4.5.1") == ds.SOPInstanceUID
    assert engine.new_uid("1.2.3.4.5.3") == ds.FrameOfReferenceUID


# ---------------------------------------------------------------- what the result says of itself


def test_a_file_names_its_profile_and_what_it_keeps() -> None:
    profile = site_profile(KEEPS_NUMBER, rule("PatientBirthDate", "keep"), version=7)
    ds, _ = _done(image(), profile)
    assert list(ds.DeidentificationMethod) == [
        "adit-uploader profile our-study version 7",
        "based on research version 1",
        f"profile hash {profile.digest[:16]}",
        "keeps identifiers: AccessionNumber, PatientBirthDate",
    ]
    assert all(len(value) <= 64 for value in ds.DeidentificationMethod)
    assert "DeidentificationMethodCodeSequence" not in ds  # the Basic Profile is not claimed, and no option of it
    assert ds.PatientIdentityRemoved == "YES"


def test_claims_of_the_original_do_not_survive_beside_ours() -> None:
    code = _item(CodeValue="113100", CodingSchemeDesignator="DCM", CodeMeaning="Basic")
    before = image(DeidentificationMethodCodeSequence=Sequence([code]))
    ds, refused = _done(before, site_profile(KEEPS_NUMBER))
    assert refused == ()
    assert "DeidentificationMethodCodeSequence" not in ds


def test_claims_of_one_file_after_the_other_do_not_survive() -> None:
    """From the third file on they lie in a stretch that is known."""
    code = _item(CodeValue="113100", CodingSchemeDesignator="DCM", CodeMeaning="Basic")
    engine = Deidentifier(site_profile(KEEPS_NUMBER), KEY)
    for number in range(4):
        sequence = Sequence([code])
        data = written(image(DeidentificationMethodCodeSequence=sequence, SOPInstanceUID=f"1.2.3.4.{number}"))
        result = engine.deidentify(BytesIO(data), len(data), pseudonym="PSEUDO", patient_id="P-0012345")
        assert b"113100" not in result.header


def _codes(profile: Profile) -> set[str]:
    return {code.value for code in profile.codes}


def test_stricter_rules_leave_the_basic_profile_true_and_end_the_option_that_they_cut() -> None:
    profile = site_profile(rule("PatientSex", "remove"))
    assert profile.keeps_identifiers == ()
    assert _codes(profile) == _codes(PROFILES["research"]) - {"113108"}


def test_a_whole_column_kept_is_the_option() -> None:
    column = [
        row.tag for row in _rows().values() if row.options.get(Option.INSTITUTION) == "K" and row.tag != "04000564"
    ]
    most = [rule(f"({tag[:4]},{tag[4:]})", "keep") for tag in column]
    profile = site_profile(*most, rule("(0400,0564)", "keep"))
    assert _codes(profile) == _codes(PROFILES["research"]) | {"113112"}
    assert len(profile.keeps_identifiers) == len(column) + 1
    assert _codes(site_profile(*most)) == set()


def _rows() -> dict:
    from adit_uploader.deid.annex_e import table  # noqa: PLC0415

    return dict(table().rows)


def test_an_unsafe_private_element_or_an_overlay_ends_the_basic_profile() -> None:
    for kept in (rule("(0019,xx03)", "keep", creator=CREATOR, vr="IS"), rule("(60xx,3000)", "keep")):
        assert site_profile(kept).keeps_identifiers
        assert _codes(site_profile(kept)) == set()
    safe = rule("(0019,xx0C)", "keep", creator="SIEMENS MR HEADER", vr="IS")
    assert _codes(site_profile(safe)) == _codes(PROFILES["research"])


@pytest.mark.parametrize(
    ("base", "kept", "said"),
    [
        ("basic", rule("StudyDate", "keep"), "MODIFIED"),
        ("basic", rule("InstitutionName", "keep"), "REMOVED"),
        ("research", rule("InstitutionName", "keep"), "MODIFIED"),
        ("research-full-dates", rule("StudyDate", "shift"), "MODIFIED"),
        ("research-full-dates", rule("PatientBirthDate", "remove"), "UNMODIFIED"),
    ],
)
def test_what_is_said_of_dates_is_true(base: str, kept: dict[str, str], said: str) -> None:
    assert site_profile(kept, base=base).longitudinal == said


# ---------------------------------------------------------------- the door


def test_the_door_refuses_another_profile_version_and_hash() -> None:
    ours = site_profile(KEEPS_NUMBER)
    data = written(image())
    out = whole(deidentified(data, engine=Deidentifier(ours, KEY)), data)
    assert _at_the_door(out, ours) == ()
    other_reason = {**KEEPS_NUMBER, "reason": "Another reason."}
    for other in (site_profile(KEEPS_NUMBER, version=2), site_profile(other_reason), site_profile(), "research"):
        assert any(line.startswith(RefusalCode.PROFILE) for line in _at_the_door(out, other)), other


def test_the_door_refuses_what_the_profile_would_not_have_left() -> None:
    ours = site_profile(rule("InstitutionName", "replace", value="Clinic"), rule("Manufacturer", "remove"))
    data = written(image(InstitutionName="Charité", Manufacturer="Maker"))
    out = whole(deidentified(data, engine=Deidentifier(ours, KEY)), data)
    ds = dcmread(BytesIO(out))
    ds.InstitutionName = "Charité"
    ds.Manufacturer = "Maker"
    target = BytesIO()
    ds.save_as(target, enforce_file_format=True)
    refused = _at_the_door(target.getvalue(), ours)
    assert f"{RefusalCode.FORBIDDEN_ELEMENT} (0008,0080) InstitutionName" in refused
    assert f"{RefusalCode.FORBIDDEN_ELEMENT} (0008,0070) Manufacturer" in refused


def test_the_door_refuses_codes_that_the_profile_does_not_claim() -> None:
    ours = site_profile(KEEPS_NUMBER)
    data = written(image())
    ds = dcmread(BytesIO(whole(deidentified(data, engine=Deidentifier(ours, KEY)), data)))
    ds.DeidentificationMethodCodeSequence = Sequence(
        [_item(CodeValue="113100", CodingSchemeDesignator="DCM", CodeMeaning="Basic")]
    )
    target = BytesIO()
    ds.save_as(target, enforce_file_format=True)
    assert f"{RefusalCode.PROFILE} (0012,0064) DeidentificationMethodCodeSequence" in _at_the_door(
        target.getvalue(), ours
    )


def test_a_birth_date_that_moves_fits_the_ages_as_before() -> None:
    original = image(PatientBirthDate="19500228", PatientAge="070Y", StudyDate="20200301")
    ds, _ = _done(original, site_profile(rule("PatientBirthDate", "shift")))
    days = Deidentifier(site_profile(rule("PatientBirthDate", "shift")), KEY).date_shift("P-0012345")
    assert ds.PatientBirthDate == shift_date("19500228", days)
    assert ds.StudyDate == shift_date("20200301", days)
    assert ds.PatientAge == "070Y"
