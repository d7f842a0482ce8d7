"""What comes out: same pixels, same syntax, same bytes each time, valid DICOM, or an error."""

from io import BytesIO
from pathlib import Path

import pydicom.data
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.encoding import Reader
from adit_uploader.deid.engine import Deidentifier, PassThrough, Trial
from adit_uploader.deid.errors import (
    InvalidIdentity,
    InvalidSiteKey,
    SourceChanged,
    SourceDamaged,
)
from adit_uploader.deid.part10 import syntax_of
from adit_uploader.deid.profiles import PROFILES, RESEARCH
from adit_uploader.deid.uids import new_uid
from adit_uploader.deid.writing import Writer
from tests.deid.made import KEY, PIXELS, SYNTAXES, deidentified, image, result_of, whole, written

SHIPPED = Path(pydicom.data.__file__).parent / "test_files"
FILES = [
    *("CT_small.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "JPEG2000.dcm", "rtplan.dcm"),
    *("SC_rgb_rle_2frame.dcm", "liver_1frame.dcm", "test-SR.dcm", "reportsi.dcm", "rtdose_1frame.dcm"),
    *("examples_overlay.dcm", "image_dfl.dcm", "waveform_ecg.dcm", "JPEG-lossy.dcm"),
]


def _patient_id(data: bytes) -> str:
    return str(dcmread(BytesIO(data), stop_before_pixels=True).get("PatientID", ""))


def _pixels(ds: Dataset) -> bytes | None:
    for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        if keyword in ds:
            value: bytes = ds[keyword].value
            return value
    return None


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("profile_name", PROFILES)
def test_shipped_files_keep_their_pixels_class_and_syntax(name: str, profile_name: str) -> None:
    data = (SHIPPED / name).read_bytes()
    out = whole(deidentified(data, profile_name, patient_id=_patient_id(data)), data)
    before, after = dcmread(BytesIO(data)), dcmread(BytesIO(out))
    assert _pixels(after) == _pixels(before)
    assert after.SOPClassUID == before.SOPClassUID
    assert after.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
    assert after.SOPInstanceUID == after.file_meta.MediaStorageSOPInstanceUID == new_uid(KEY, before.SOPInstanceUID)
    assert after.StudyInstanceUID == new_uid(KEY, before.StudyInstanceUID)
    assert after.PatientID == after.PatientName == "PSEUDO"
    assert after.PatientIdentityRemoved == "YES"
    assert after.DeidentificationMethod == PROFILES[profile_name].methods[0]
    assert [item.CodeValue for item in after.DeidentificationMethodCodeSequence] == [
        code.value for code in PROFILES[profile_name].codes
    ]
    for element in after.iterall():
        assert element.tag.element != 0


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_same_file_gives_the_same_bytes_whatever_came_before(syntax: str) -> None:
    data = written(image(StudyDescription="CT für Müller"), syntax)
    alone = whole(deidentified(data), data)
    used = Deidentifier(RESEARCH, KEY)
    for number in range(12):
        other = written(image(PatientID=f"OTHER-{number}", PatientName=f"Person{number}^Other"))
        deidentified(other, patient_id=f"OTHER-{number}", engine=used)
    again = whole(deidentified(data, engine=used), data)
    assert again == alone
    assert _pixels(dcmread(BytesIO(alone))) is not None


@pytest.mark.parametrize("syntax", [one for one in SYNTAXES if one != "deflated"])
def test_the_pixel_data_is_a_span_of_the_source_and_never_read(syntax: str) -> None:
    data = written(image(), syntax)
    result = deidentified(data)
    assert result.body is not None
    offset, length = result.body
    assert data[offset : offset + length].find(PIXELS) >= 0
    assert PIXELS not in result.header


def test_chunks_are_never_empty_never_too_large_and_a_shrunken_source_is_noticed() -> None:
    data = written(image())
    result = deidentified(data)
    for size in (1, 7, len(result.header), 5000, 1_000_000):
        sizes = [len(chunk) for chunk in result.chunks(BytesIO(data), size)]
        assert sum(sizes) == result.length
        assert 0 < min(sizes) <= max(sizes) <= size
    with pytest.raises(SourceChanged):
        list(result.chunks(BytesIO(data[:-100]), 4096))


def test_references_keep_pointing_at_what_they_pointed_at() -> None:
    reference = Dataset()
    reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    reference.ReferencedSOPInstanceUID = "1.2.3.4.5.1"
    left = result_of(image(ReferencedImageSequence=Sequence([reference])))
    assert left.ReferencedImageSequence[0].ReferencedSOPInstanceUID == left.SOPInstanceUID
    assert left.ReferencedImageSequence[0].ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert left.FrameOfReferenceUID == new_uid(KEY, "1.2.3.4.5.3")


@pytest.mark.parametrize("declared", ["ISO_IR 100", "ISO_IR 192", "GB18030", "ISO 2022 IR 87", None])
def test_texts_become_utf_8_and_stay_readable(declared: str | None) -> None:
    text = {"GB18030": "头部 CT", "ISO 2022 IR 87": "頭部 CT"}.get(str(declared), "Schädel nativ")
    ds = image(
        PatientName="Anna",
        StudyDescription=text,
        SpecificCharacterSet=["", declared] if "2022" in str(declared) else declared,
    )
    if declared is None:
        ds.StudyDescription = "Sch?del nativ"
    data = written(ds)
    if declared is None:
        data = data.replace(b"Sch?del", "Schädel".encode("latin-1"))
    left = dcmread(BytesIO(whole(deidentified(data), data)))
    assert left.SpecificCharacterSet == "ISO_IR 192"
    assert left.StudyDescription == text


def test_an_unreadable_text_goes() -> None:
    data = written(image(PatientName="Anna", StudyDescription="Sch?del nativ", SpecificCharacterSet="ISO_IR 192"))
    data = data.replace(b"Sch?del", b"Sch\xe4del")
    assert dcmread(BytesIO(whole(deidentified(data), data))).StudyDescription == ""


def test_a_trial_is_written_with_all_that_its_module_needs() -> None:
    data = written(image())
    engine = Deidentifier(RESEARCH, KEY, Trial("TRIAL-1", "Ein Versuch mit Öl"))
    left = dcmread(BytesIO(whole(deidentified(data, engine=engine), data)))
    assert left.ClinicalTrialProtocolID == "TRIAL-1"
    assert left.ClinicalTrialProtocolName == "Ein Versuch mit Öl"
    assert left.ClinicalTrialSubjectID == "PSEUDO"
    assert left.ClinicalTrialSponsorName
    assert "ClinicalTrialProtocolID" not in result_of(image())


def test_a_file_of_another_patient_than_the_plan_says_is_refused() -> None:
    data = written(image())
    with pytest.raises(SourceChanged):
        deidentified(data, patient_id="P-9999999")


def test_what_can_not_be_named_or_read_is_refused() -> None:
    with pytest.raises(InvalidSiteKey):
        Deidentifier(RESEARCH, b"short")
    data = written(image(StudyInstanceUID=""))
    with pytest.raises(InvalidIdentity, match=r"\(0020,000D\) StudyInstanceUID"):
        deidentified(data)
    whole_file = written(image())
    for cut in range(len(whole_file) - len(PIXELS), len(whole_file), 97):
        with pytest.raises(SourceDamaged):
            deidentified(whole_file[:cut])
    with pytest.raises(SourceDamaged):
        deidentified(b"Not DICOM at all" * 100)


@pytest.mark.parametrize("keyword", ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
@pytest.mark.parametrize("damage", [b"\\", b"\xe4", b"x"])
def test_an_instance_whose_names_are_no_uids_is_refused(keyword: str, damage: bytes) -> None:
    ds = image()
    data = written(ds)
    at = data.index(_head(ds, keyword)) + 8
    with pytest.raises(InvalidIdentity):
        deidentified(data[: at + 2] + damage + data[at + 3 :])
    with pytest.raises(InvalidIdentity):
        deidentified(data[: at - 4] + b"LO" + data[at - 2 :])  # a text by its VR


def _head(ds: Dataset, keyword: str) -> bytes:
    """Tag and VR, as explicit VR little endian writes them."""
    tag = ds[keyword].tag
    return tag.group.to_bytes(2, "little") + tag.element.to_bytes(2, "little") + b"UI"


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_reader_and_writer_give_back_what_they_read(syntax: str) -> None:
    inner = Dataset()
    inner.CodeValue = "1"
    ds = image(ProcedureCodeSequence=Sequence([inner]))
    ds["ProcedureCodeSequence"].is_undefined_length = True
    data = written(ds, syntax, pixels=False)
    rules = syntax_of(SYNTAXES[syntax])
    if syntax != "deflated":
        start = 144 + int.from_bytes(data[140:144], "little")
        elements = Reader(data, rules).data_set(start, len(data))
        assert Writer(rules).data_set(elements) == data[start:]


def test_mode_none_gives_the_bytes_as_they_are_and_completes_what_is_missing() -> None:
    data = written(image(), preamble=b"x" * 128)
    result = PassThrough().deidentify(BytesIO(data), len(data), pseudonym="", patient_id="P-0012345")
    assert whole(result, data) == data
    assert result.sop_instance_uid == "1.2.3.4.5.1"
    bare = data[144 + int.from_bytes(data[140:144], "little") :]
    completed = PassThrough().deidentify(BytesIO(bare), len(bare), pseudonym="", patient_id="P-0012345")
    out = whole(completed, bare)
    assert out.endswith(bare)
    assert dcmread(BytesIO(out)).PatientID == "P-0012345"


@pytest.mark.parametrize("profile_name", PROFILES)
def test_references_that_the_table_does_not_list_follow_and_common_uids_stay(profile_name: str) -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "1", "99HAUS", "Meaning"
    code.ContextUID = "1.2.276.0.99.7"
    ds = image(
        SOPInstanceUIDOfConcatenationSource="1.2.3.4.5.1",
        MultiFrameSourceSOPInstanceUID="1.2.3.4.5.9",
        VolumeFrameOfReferenceUID="1.2.3.4.5.3",
        AnatomicRegionSequence=Sequence([code]),
    )
    left = result_of(ds, profile_name)
    assert left.SOPInstanceUIDOfConcatenationSource == left.SOPInstanceUID
    assert left.VolumeFrameOfReferenceUID == left.FrameOfReferenceUID
    assert left.MultiFrameSourceSOPInstanceUID == new_uid(KEY, "1.2.3.4.5.9")
    assert left.AnatomicRegionSequence[0].ContextUID == "1.2.276.0.99.7"
