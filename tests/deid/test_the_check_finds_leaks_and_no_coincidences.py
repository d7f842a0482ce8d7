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


_SWAPPED = b"".join(b"xMUELLERxx"[at : at + 2][::-1] for at in range(0, 10, 2))


@pytest.mark.parametrize(
    ("keyword", "vr", "hidden"),
    [
        ("RedPaletteColorLookupTableData", "OW", b"xxMUELLERx"),
        ("RedPaletteColorLookupTableData", "OW", _SWAPPED),
        ("RedPaletteColorLookupTableData", "OW", "xMüllerx".encode("utf-16-le")),
        ("RedPaletteColorLookupTableData", "OW", "MUELLER".encode("utf-16-be")),
        ("RedPaletteColorLookupTableData", "OW", b"P-0012345x"),
        ("ICCProfile", "OB", "..Müller..".encode("latin-1")),
        ("ICCProfile", "OB", "..Müller.".encode()),
        ("VectorGridData", "OF", b"xMUELLER"),
    ],
)
def test_a_name_in_a_binary_value_is_a_leak(keyword: str, vr: str, hidden: bytes) -> None:
    ds = image()
    ds.add_new(keyword, vr, hidden + b"\0" * (-len(hidden) % 4))
    with pytest.raises(ResidualIdentity) as caught:
        result_of(ds)
    assert keyword in caught.value.elements[0]


@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big-endian"])
@pytest.mark.parametrize(
    ("keyword", "plain", "hidden"),
    [
        ("ExposureTime", "7654321", b"MUELLER"),
        ("ExposureTime", "76543217", b"12345678"),
        ("KVP", "76543.10", b"12345678"),
        ("KVP", "765432.10", b"+12345678"),
        ("CodingSchemeUID", "1.2.3.7", b"MUELLER"),
        ("CodingSchemeUID", "1.2.276.0.7230010.3.76543217", b"1.2.276.0.7230010.3.12345678"),
        ("ScanOptions", "ZZZZZZZ", b"MUELLER"),
        ("ScanOptions", "ZZZZZZZZ", b"12345678"),
    ],
)
def test_an_identity_behind_a_number_a_uid_or_a_code_is_a_leak(
    keyword: str, plain: str, hidden: bytes, syntax: str
) -> None:
    ds = image(PatientID="12345678")
    if keyword == "CodingSchemeUID":
        item = Dataset()
        item.CodingSchemeDesignator, item.CodingSchemeUID = "99HAUS", plain
        ds.CodingSchemeIdentificationSequence = Sequence([item])
    else:
        setattr(ds, keyword, plain)
    data = written(ds, syntax)
    assert data.count(plain.encode()) == 1
    data = data.replace(plain.encode(), hidden)
    with pytest.raises(ResidualIdentity) as caught:
        deidentified(data, patient_id="12345678")
    assert keyword in caught.value.elements[0]
    assert hidden.decode() not in caught.value.message


COINCIDENCES = {
    "StudyDescription": "CT Thorax/Abdomen",
    "SeriesDescription": "Head 5.0 May",
    "ProtocolName": "Schulter li",
    "BodyPartExamined": "HEAD",
    "Manufacturer": "SIEMENS",
    "ManufacturerModelName": "Leonardo",
    "ScanOptions": "SCHULTER",
    "ConvolutionKernel": "H30s",
    "SoftwareVersions": "syngo CT 2023",
    "StationName": "CT1",
    "ExposureTime": "512",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "LIVER"],
}


@pytest.mark.parametrize("profile_name", ["basic", "research", "research-full-dates"])
@pytest.mark.parametrize(
    "name",
    [
        *("CT^Anna", "Li^Wei", "Head^Anna", "Thorax^Otto", "May^Karl", "Siemens^Werner", "Leonardo^Luca", "Ver^Li"),
        *("Liver^Ann", "Kopf^Hans", "Abdomen^Max", "August^June", "Axial^Otto", "Original^Al", "Mr^Ct", "Schulter^Eva"),
    ],
)
def test_who_is_called_like_a_term_refuses_no_study_and_destroys_no_term(name: str, profile_name: str) -> None:
    left = result_of(image(PatientName=name, **COINCIDENCES), profile_name)
    for keyword in ("BodyPartExamined", "Manufacturer", "ManufacturerModelName", "ScanOptions", "ExposureTime"):
        assert left[keyword].value == COINCIDENCES[keyword]
    assert list(left.ImageType) == COINCIDENCES["ImageType"]
    if profile_name == "research":
        words = [word.lower() for word in name.split("^")]
        for keyword in ("StudyDescription", "SeriesDescription", "ProtocolName"):
            wanted = [
                word for word in str(COINCIDENCES[keyword]).replace("/", " ").split() if word.lower() not in words
            ]
            assert left[keyword].value.replace("/", " ").split() == wanted


@pytest.mark.parametrize("profile_name", ["basic", "research", "research-full-dates"])
@pytest.mark.parametrize("patient_id", ["1", "100", "512", "2023", "20200705", "0", "HEAD", "CT", "120", "00001"])
def test_short_and_usual_numbers_refuse_no_study(patient_id: str, profile_name: str) -> None:
    ds = image(
        PatientID=patient_id, KVP="120", Columns=512, Exposure="100", NumberOfTemporalPositions="1", **COINCIDENCES
    )
    ds.Rows = 32
    left = result_of(ds, profile_name, patient_id=patient_id)
    assert left.ExposureTime == 512
    assert left.BodyPartExamined == "HEAD"
    assert left.KVP == 120
