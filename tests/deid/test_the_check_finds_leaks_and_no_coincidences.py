"""Step 4: the finished bytes, looked at once more."""

from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.engine import PatientSecrets
from adit_uploader.deid.errors import ResidualIdentity
from tests.deid.made import deidentified, image, result_of, whole, written


def test_a_leak_in_a_code_refuses_and_names_the_element_alone() -> None:
    with pytest.raises(ResidualIdentity) as caught:
        result_of(image(BodyPartExamined="MUELLER"))
    assert caught.value.elements == ("(0018,0015) BodyPartExamined",)
    assert "MUELLER" not in caught.value.message
    assert "12345" not in caught.value.message


@pytest.mark.parametrize("value", ["P-0012345 ", "xMüllerx", "XMÜLLERX"])
def test_a_text_behind_the_tag_of_a_number_is_a_leak(value: str) -> None:
    ds = image(SmallestImagePixelValue=1, LargestImagePixelValue=2)
    data = written(ds, "implicit")
    encoded = value.encode("latin-1")
    number = b"\x28\0\x06\1\2\0\0\0\1\0"
    assert data.count(number) == 1
    hidden = data.replace(number, number[:4] + len(encoded).to_bytes(4, "little") + encoded)
    with pytest.raises(ResidualIdentity):
        deidentified(hidden)


def test_a_leak_in_a_nested_item_is_named_from_outside_in() -> None:
    item = Dataset()
    item.CodingSchemeDesignator = "DCM"
    item.CodeValue = "1"
    item.ContextIdentifier = "ANNA"
    with pytest.raises(ResidualIdentity) as caught:
        result_of(image(ProcedureCodeSequence=Sequence([item])))
    assert caught.value.elements == ("(0008,1032) ProcedureCodeSequence > (0008,010F) ContextIdentifier",)


def test_a_leak_in_a_text_that_the_table_does_not_list_is_cleaned() -> None:
    left = result_of(image(Manufacturer="Müller Medical"))
    assert left.Manufacturer == "Medical"
    assert result_of(image(Manufacturer="P-0012345")).Manufacturer == "ANONYMIZED"


def test_secrets_of_other_files_of_the_patient_count() -> None:
    data = written(image(StudyDescription="CT Lindqvist"))
    married = PatientSecrets(names=frozenset({"Lindqvist^Anna"}))
    assert dcmread(BytesIO(whole(deidentified(data, secrets=married), data))).StudyDescription == "CT"
    assert result_of(image(StudyDescription="CT Lindqvist")).StudyDescription == "CT Lindqvist"


def test_a_uid_that_names_the_instance_does_not_stay_in_an_unlisted_element() -> None:
    left = result_of(image(ContextUID="1.2.3.4.5"))
    assert left.get("ContextUID", "") != "1.2.3.4.5"


@pytest.mark.parametrize("profile_name", ["basic", "research", "research-full-dates"])
@pytest.mark.parametrize(
    "name", ["Head^May", "Li^Wu", "Long^Max", "Test^Patient", "Stern^Axial", "Spine^Chest", "CT^MR"]
)
def test_names_that_are_common_words_refuse_no_studies(name: str, profile_name: str) -> None:
    ds = image(
        PatientName=name, BodyPartExamined="HEAD", ProtocolName="CHEST", Manufacturer="SIEMENS", ScanOptions="SPI"
    )
    assert result_of(ds, profile_name).PatientName == "PSEUDO"


def test_letters_inside_of_a_hashed_pseudonym_are_no_name() -> None:
    digits = "1ada2bea3" + "0123456789a" * 5
    assert result_of(image(PatientName="Bea^Ada"), pseudonym=digits).PatientName == digits


def test_short_numbers_refuse_no_studies() -> None:
    ds = image(PatientID="1001", SeriesNumber="1001", Exposure="1001", SoftwareVersions="VA 1001-2")
    assert result_of(ds, patient_id="1001").SeriesNumber == 1001


def test_a_moved_date_may_be_a_birthday() -> None:
    left = result_of(image(PatientBirthDate="20200705"), "research-full-dates")
    assert left.StudyDate == "20200705"


def test_a_pseudonym_that_holds_the_name_is_refused() -> None:
    with pytest.raises(ResidualIdentity):
        result_of(image(), pseudonym="Mueller-1")


@pytest.mark.parametrize("at", [0, 1024 * 1024 - 4, 1024 * 1024, 2 * 1024 * 1024 - 8])
def test_a_name_is_found_anywhere_in_a_large_value(at: int) -> None:
    value = bytearray(2 * 1024 * 1024)
    value[at : at + 7] = b"MUELLER"
    ds = image()
    ds.add_new(0x00281201, "OW", bytes(value))
    with pytest.raises(ResidualIdentity):
        deidentified(written(ds))
