"""Clean Descriptors: what goes and what stays."""

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.cleaning import Cleaner
from adit_uploader.deid.dates import shift_date
from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.identity import Identity, PatientSecrets
from adit_uploader.deid.profiles import RESEARCH
from tests.deid.made import KEY, image, result_of

SECRETS = PatientSecrets(
    patient_ids=frozenset({"P-0012345", "0007788991", "4711"}),
    names=frozenset({"Müller-Lüdenscheid^Anna Maria^^Dr.", "Мюллер^Анна", "山田^太郎"}),
    birth_dates=frozenset({"19500102"}),
    contacts=frozenset({"Gartenweg 12, 69120 Heidelberg", "+49 (6221) 56-4100"}),
)
CLEANER = Cleaner(Identity(SECRETS, frozenset({"Schmidt^Otto"})), remove_dates=True)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("CT Thorax Müller", "CT Thorax"),
        ("MUELLER, ANNA: CT Abdomen", "CT Abdomen"),
        ("anna muller ct", "ct"),
        ("CT_MÜLLER_Anna_nativ", "CT_ _nativ"),
        ("Lüdenscheid luedenscheid Schädel", "Schädel"),
        ("Мюллер КТ", "КТ"),
        ("山田太郎 胸部CT", "胸部CT"),
        ("ID P-0012345 Kontrolle", "ID Kontrolle"),
        ("p-0012345/CT", "CT"),
        ("Fall 0007788991 und 7788991", "Fall und"),
        ("Nr. 4711", "Nr."),
        ("geb. 2.1.1950 m. Kopfschmerz", "geb. m. Kopfschmerz"),
        ("geb. 02.01.50", "geb."),
        ("born January 2, 1950 (F)", "born (F)"),
        ("DOB 1950-01-02", "DOB"),
        ("19500102 Knie", "Knie"),
        ("Apparat 06221/564100", "Apparat"),  # the same number, as it is dialled within the country
        ("Apparat +49 6221 56 4100", "Apparat"),
        ("0049 6221 564100", ""),
        ("wohnhaft Gartenweg, Heidelberg", "wohnhaft"),
        ("Zuweiser Dr. med. Otto Krause, Kopf", "Zuweiser , Kopf"),
        ("Prof. Dr. von Bergmann wünscht Kontrolle", "wünscht Kontrolle"),
        ("Frau Weber klagt", "klagt"),
        ("HERRN KAISER", ""),
        ("cc: Schmidt", "cc"),
        ("mail anna.m@example.org now", "mail now"),
        ("Vergleich mit 12.03.2019", "Vergleich mit"),
        ("ref 1.2.840.113619.2.55.3.1234", "ref"),
    ],
)
def test_what_names_someone_goes(text: str, cleaned: str) -> None:
    assert CLEANER.clean(text) == cleaned
    assert not CLEANER.leaks(CLEANER.clean(text))


@pytest.mark.parametrize(
    "text",
    [
        "CT Thorax nativ + KM",
        "T2 TSE sag 3.0 mm",
        "Head 5.0 H30s",
        "Annahme",  # begins as Anna
        "Drehung rechts",  # begins as Dr
        "Frauenklinik",
        "L4/5 re. 12 mm, Z.n. OP",
        "1:2.5, 120 kV, 0.75 mm",
        "Version VB20A.1234",
        "12.5.3",
        "",
        "  Hals  ",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert CLEANER.clean(text) == text
    assert not CLEANER.leaks(text)


def test_dates_stay_where_the_profile_keeps_dates() -> None:
    keeping = Cleaner(Identity(SECRETS), remove_dates=False)
    assert keeping.clean("Vergleich mit 12.03.2019") == "Vergleich mit 12.03.2019"
    assert keeping.clean("geb. 02.01.1950") == "geb."


def test_a_name_that_is_a_word_of_dicom_is_no_leak_by_itself_but_goes_from_free_text() -> None:
    cleaner = Cleaner(Identity(PatientSecrets(names=frozenset({"Head^May"}))), remove_dates=True)
    assert not cleaner.leaks("HEAD")
    assert cleaner.leaks("May Head")
    assert cleaner.leaks("HEADMAY")
    assert cleaner.clean("Head first") == "first"


def test_short_names_leak_only_together() -> None:
    cleaner = Cleaner(Identity(PatientSecrets(names=frozenset({"Li^Wu"}))), remove_dates=True)
    assert not cleaner.leaks("CT li")
    assert cleaner.leaks("Wu Li")
    assert cleaner.clean("CT Li Thorax") == "CT Thorax"


def test_short_numbers_leak_only_as_whole_values() -> None:
    assert CLEANER.leaks("4711")
    assert not CLEANER.leaks("C-4711")
    assert CLEANER.leaks("x 7788991")
    assert not CLEANER.leaks("177889910")


def test_secrets_show_nothing() -> None:
    assert "Anna" not in repr(SECRETS)
    assert "Anna" not in repr(Identity(SECRETS, frozenset({"Anna"})))
    assert "Anna" not in repr(CLEANER)


def _content(concept: str, value_type: str, scheme: str = "DCM", **value: object) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "HAS OBS CONTEXT", value_type
    name = Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = concept, scheme, "Concept"
    item.ConceptNameCodeSequence = Sequence([name])
    for keyword, content in value.items():
        setattr(item, keyword, content)
    return item


@pytest.mark.parametrize(
    "item",
    [
        _content("121030", "TEXT", TextValue="OTHER-4477"),
        _content("121022", "TEXT", TextValue="OTHER-4477"),
        _content("121009", "TEXT", TextValue="OTHER-4477"),
        _content("128774", "TEXT", TextValue="OTHER-4477"),
        _content("113871", "TEXT", TextValue="OTHER-4477"),
        _content("121029", "PNAME", PersonName="OTHER-4477"),
        _content("121031", "DATE", Date="19500102"),
        _content("113012", "TEXT", TextValue="Dr. Weber"),
        _content("113012", "TEXT", TextValue="see 02.01.1950 and 19500102"),
    ],
    ids=lambda item: f"{item.ConceptNameCodeSequence[0].CodeValue} {item.ValueType}",
)
@pytest.mark.parametrize("depth", [1, 3])
def test_content_items_of_reports_lose_whom_they_name(item: Dataset, depth: int) -> None:
    for _ in range(depth - 1):
        around = _content("113000", "CONTAINER")
        around.ContentSequence = Sequence([item])
        item = around
    left = result_of(image(ContentSequence=Sequence([item]), PatientBirthDate=""))
    for _ in range(depth - 1):
        left = left.ContentSequence[0]
    kept = left.ContentSequence[0]
    days = Deidentifier(RESEARCH, KEY).date_shift("P-0012345")
    for hidden in ("4477", "Weber", "1950", str(shift_date("19500102", days))):
        assert hidden not in str(kept)
    assert kept.ConceptNameCodeSequence[0].CodeMeaning == "Concept"


@pytest.mark.parametrize(
    ("scheme", "meaning", "left"),
    [
        ("DCM", "Dr. Weber 12.03.2019", "Dr. Weber 12.03.2019"),  # everyone's words
        ("99HAUS", "Lunge, Dr. Weber 12.03.2019", "Lunge"),
    ],
)
def test_meanings_of_a_sites_own_codes_are_cleaned(scheme: str, meaning: str, left: str) -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "1", scheme, meaning
    result = result_of(image(AnatomicRegionSequence=Sequence([code])))
    assert result.AnatomicRegionSequence[0].CodeMeaning == left


@pytest.mark.parametrize("profile_name", ["basic", "research", "research-full-dates"])
@pytest.mark.parametrize(
    "keyword", ["DocumentTitle", "RTImageDescription", "DoseComment", "BeamName", "ContentDescription"]
)
def test_free_texts_that_the_table_does_not_list_are_cleaned(keyword: str, profile_name: str) -> None:
    left = result_of(image(**{keyword: "Kopf, Dr. Weber, arzt@example.org"}), profile_name)
    assert left[keyword].value == "Kopf"


@pytest.mark.parametrize("profile_name", ["basic", "research", "research-full-dates"])
def test_who_wrote_a_protocol_does_not_stay(profile_name: str) -> None:
    left = result_of(image(HangingProtocolCreator="Weber", HL7InstanceIdentifier="1.2.3^4"), profile_name)
    assert "HangingProtocolCreator" not in left
    assert "HL7InstanceIdentifier" not in left
