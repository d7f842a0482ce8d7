"""The receiver's door: takes whatever the engine makes, and nothing else."""

from io import BytesIO
from pathlib import Path

import pydicom.data
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid import verify
from adit_uploader.deid.engine import DeidentifiedInstance, Deidentifier, PassThrough, Trial
from adit_uploader.deid.profiles import PROFILES, profile
from adit_uploader.deid.verify import check_file
from adit_uploader.protocol.codes import RefusalCode
from tests.deid.made import KEY, SYNTAXES, deidentified, image, whole, written

SHIPPED = Path(pydicom.data.__file__).parent / "test_files"
FILES = ["CT_small.dcm", "MR_small_bigendian.dcm", "rtplan.dcm", "test-SR.dcm", "image_dfl.dcm", "examples_overlay.dcm"]


def _checked(
    result: DeidentifiedInstance,
    out: bytes,
    *,
    mode: str = "batch",
    name: str = "research",
    pseudonym: str = "PSEUDO",
    file: Path | None = None,
) -> set[tuple[RefusalCode, str]]:
    violations = check_file(
        file or BytesIO(out),
        mode=mode,
        profile=name,
        pseudonym=pseudonym,
        study_instance_uid=result.study_instance_uid,
        series_instance_uid=result.series_instance_uid,
        sop_instance_uid=result.sop_instance_uid,
        sop_class_uid=result.sop_class_uid,
        transfer_syntax_uid=result.transfer_syntax_uid,
    )
    return {(violation.code, violation.element) for violation in violations}


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("file", FILES)
def test_what_the_engine_makes_passes_and_its_source_does_not(file: str, name: str) -> None:
    data = (SHIPPED / file).read_bytes()
    patient_id = str(dcmread(BytesIO(data), stop_before_pixels=True).get("PatientID", ""))
    engine = Deidentifier(profile(name), KEY, Trial("T-1", "Trial"))
    result = deidentified(data, patient_id=patient_id, engine=engine)
    assert _checked(result, whole(result, data), name=name) == set()
    for other in set(PROFILES) - {name}:
        assert (RefusalCode.PROFILE, "(0012,0063) DeidentificationMethod") in _checked(
            result, whole(result, data), name=other
        )
    original = PassThrough().deidentify(BytesIO(data), len(data), patient_id=patient_id)
    codes = {code for code, _ in _checked(original, data, pseudonym=patient_id)}
    assert codes & {RefusalCode.NOT_DEIDENTIFIED, RefusalCode.NOT_DICOM}
    assert _checked(original, data, mode="none", pseudonym=patient_id) == set()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_file_on_disk_is_checked_like_a_stream(syntax: str, tmp_path: Path) -> None:
    data = written(image(), syntax)
    result = deidentified(data)
    path = tmp_path / "file"
    path.write_bytes(whole(result, data))
    assert _checked(result, b"", file=path) == set()
    path.write_bytes(b"")
    assert _checked(result, b"", file=path) == {(RefusalCode.NOT_DICOM, "")}


def _tampered(change: Dataset, after: Dataset | None = None, name: str = "research") -> set[tuple[RefusalCode, str]]:
    """A good result into which someone put something."""
    data = written(image())
    result = deidentified(data, name)
    ds = dcmread(BytesIO(whole(result, data)))
    ds.update(change)
    if after is not None:
        ds.update(after)
    target = BytesIO()
    ds.save_as(target, enforce_file_format=False)
    return _checked(result, target.getvalue(), name=name)


def _element(keyword: str, value: object) -> Dataset:
    ds = Dataset()
    setattr(ds, keyword, value)
    return ds


@pytest.mark.parametrize(
    ("change", "violation"),
    [
        (_element("PatientName", "Meier^Anna"), (RefusalCode.PSEUDONYM_MISMATCH, "(0010,0010) PatientName")),
        (_element("PatientID", "12345"), (RefusalCode.PSEUDONYM_MISMATCH, "(0010,0020) PatientID")),
        (_element("PatientBirthDate", "19500102"), (RefusalCode.FORBIDDEN_ELEMENT, "(0010,0030) PatientBirthDate")),
        (_element("OtherPatientNames", "Meier"), (RefusalCode.FORBIDDEN_ELEMENT, "(0010,1001) OtherPatientNames")),
        (_element("InstitutionName", "Klinik"), (RefusalCode.FORBIDDEN_ELEMENT, "(0008,0080) InstitutionName")),
        (_element("AccessionNumber", "1"), (RefusalCode.FORBIDDEN_ELEMENT, "(0008,0050) AccessionNumber")),
        (_element("FrameOfReferenceUID", "1.2.3"), (RefusalCode.FORBIDDEN_ELEMENT, "(0020,0052) FrameOfReferenceUID")),
        (_element("StudyInstanceUID", "2.25.7"), (RefusalCode.UID_MISMATCH, "(0020,000D) StudyInstanceUID")),
        (
            _element("PatientIdentityRemoved", "NO"),
            (RefusalCode.NOT_DEIDENTIFIED, "(0012,0062) PatientIdentityRemoved"),
        ),
        (_element("PatientAge", "099Y"), (RefusalCode.FORBIDDEN_ELEMENT, "(0010,1010) PatientAge")),
        (
            _element("ReferencedImageSequence", Sequence([_element("PatientBirthDate", "19500102")])),
            (RefusalCode.FORBIDDEN_ELEMENT, "(0010,0030) PatientBirthDate"),
        ),
    ],
)
def test_what_the_profile_removes_is_refused(change: Dataset, violation: tuple[RefusalCode, str]) -> None:
    assert violation in _tampered(change)


def test_private_elements_and_those_behind_the_pixels_are_refused() -> None:
    private = Dataset()
    private.private_block(0x0009, "SOMEONE", create=True).add_new(1, "LO", "Meier")
    assert (RefusalCode.FORBIDDEN_ELEMENT, "(0009,1001)") in _tampered(private)
    behind = Dataset()
    behind.add_new(0xFFFCFFFC, "OB", b"Meier ")
    found = _tampered(Dataset(), behind)
    assert (RefusalCode.FORBIDDEN_ELEMENT, "(FFFC,FFFC) DataSetTrailingPadding") in found


def test_preamble_and_file_meta_hold_nothing() -> None:
    data = written(image())
    result = deidentified(data)
    out = whole(result, data)
    assert (RefusalCode.FORBIDDEN_ELEMENT, "preamble") in _checked(result, b"Meier" + out[5:])


def test_mode_internal_wants_64_hexadecimal_digits() -> None:
    data = written(image())
    result = deidentified(data)
    assert (RefusalCode.PSEUDONYM_FORM, "") in _checked(result, whole(result, data), mode="internal")
    digits = "0123456789abcdef" * 4
    good = deidentified(data, pseudonym=digits)
    assert _checked(good, whole(good, data), mode="internal", pseudonym=digits) == set()


def test_what_has_passed_once_passes_only_where_it_may() -> None:
    comment = _element("PatientBirthDate", "19500102")
    date = _element("ContentDate", "20200102")
    for _ in range(2):  # the second time all that may stay is remembered
        assert _tampered(date, name="research-full-dates") == set()
        assert _tampered(_element("SoftwareVersions", "V1")) == set()
        assert _tampered(_element("SoftwareVersions", "V1"), name="basic") == set()
        assert _tampered(_element("StationName", "CT1"), name="research") == set()
        assert _tampered(_element("StationName", "CT1"), name="basic") == {
            (RefusalCode.FORBIDDEN_ELEMENT, "(0008,1010) StationName")
        }
        assert _tampered(comment) == {(RefusalCode.FORBIDDEN_ELEMENT, "(0010,0030) PatientBirthDate")}


def test_no_violation_tells_a_value() -> None:
    data = written(image())
    result = deidentified(data)
    for code, element in _checked(result, data):
        assert "ller" not in element
        assert "12345" not in element
        assert isinstance(code, RefusalCode)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_bytes_are_answered(data: st.DataObject) -> None:
    syntax = data.draw(st.sampled_from(sorted(_RESULTS)))
    result, out = _RESULTS[syntax]
    file = bytearray(out)
    for _ in range(data.draw(st.integers(0, 5))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(file)))
    assert all(isinstance(code, RefusalCode) for code, _ in _checked(result, bytes(file[:cut])))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_earlier_files_change_no_answer(data: st.DataObject) -> None:
    syntax = data.draw(st.sampled_from(sorted(_RESULTS)))
    result, out = _RESULTS[syntax]
    file = bytearray(out)
    if data.draw(st.booleans()):
        del file[data.draw(st.integers(132, len(file))) :]
    for _ in range(data.draw(st.integers(0, 3))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    for _ in range(2):
        assert _checked(result, out) == set()  # the second time all of it is remembered
    found = _checked(result, bytes(file))
    verify._door.cache_clear()
    assert found == _checked(result, bytes(file))


def _made(syntax: str) -> tuple[DeidentifiedInstance, bytes]:
    data = written(image(), syntax)
    result = deidentified(data)
    return result, whole(result, data)


_RESULTS = {syntax: _made(syntax) for syntax in SYNTAXES}
