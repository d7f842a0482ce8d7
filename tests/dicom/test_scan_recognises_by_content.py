"""A file is DICOM by what it holds; its name says nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from adit_uploader.dicom.inventory import LeftOut, LeftOutReason
from adit_uploader.dicom.scan import scan
from tests.dicom.samples import bare, make_file, write

ALL_SYNTAXES = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)
LITTLE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)


@pytest.mark.parametrize("syntax", ALL_SYNTAXES)
@pytest.mark.parametrize("name", ["IM0001", "picture.jpg", "notes.txt", ".hidden", "übung"])
def test_names_do_not_matter(tmp_path: Path, syntax: str, name: str) -> None:
    write(tmp_path / name, make_file(syntax=syntax))
    (instance,) = scan([tmp_path]).instances()
    assert instance.transfer_syntax_uid == syntax
    assert instance.location.path == tmp_path / name
    assert instance.size == (tmp_path / name).stat().st_size
    assert instance.modified_ns == (tmp_path / name).stat().st_mtime_ns


@pytest.mark.parametrize("syntax", ALL_SYNTAXES)
def test_everything_asked_for_is_read(tmp_path: Path, syntax: str) -> None:
    values = {"NumberOfFrames": 2, "PixelData": bytes(64), "BurnedInAnnotation": "YES", "ConversionType": "WSD"}
    write(tmp_path / "a", make_file(7, syntax, PatientIdentityRemoved="NO", **values))
    (one,) = scan([tmp_path]).instances()
    assert (one.patient_id, one.patient_name) == ("0012345", "Müller^Jürgen")
    assert (one.patient_birth_date, one.patient_sex) == ("19600229", "M")
    assert (one.study_instance_uid, one.series_instance_uid) == ("1.2.3", "1.2.3.4")
    assert (one.sop_instance_uid, one.sop_class_uid) == ("1.2.3.4.7", "1.2.840.10008.5.1.4.1.1.2")
    assert (one.modality, one.study_date) == ("CT", "20240131")
    assert (one.study_description, one.series_description) == ("CT des Schädels", "Kopf nativ")
    assert (one.series_number, one.instance_number) == (2, 7)
    assert (one.rows, one.columns, one.number_of_frames) == (4, 4, 2)
    assert one.image_type == ("ORIGINAL", "PRIMARY", "AXIAL")
    assert (one.burned_in_annotation, one.conversion_type, one.patient_identity_removed) == ("YES", "WSD", "NO")


@pytest.mark.parametrize("syntax", LITTLE)
def test_a_data_set_without_preamble_or_meta_is_recognised(tmp_path: Path, syntax: str) -> None:
    write(tmp_path / "bare", bare(make_file(1, syntax)))
    write(tmp_path / "meta only", make_file(2, syntax)[132:])
    write(tmp_path / "preamble only", make_file(3)[:132] + bare(make_file(3, syntax)))
    instances = list(scan([tmp_path]).instances())
    assert [instance.sop_instance_uid for instance in instances] == ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3"]
    assert {instance.transfer_syntax_uid for instance in instances} == {syntax}


def test_big_endian_is_recognised_only_where_it_is_declared(
    tmp_path: Path, left_out_of: Callable[[Path], dict[str, LeftOut]]
) -> None:
    write(tmp_path / "bare", bare(make_file(1, ExplicitVRBigEndian)))
    assert left_out_of(tmp_path)["bare"].reason == LeftOutReason.NOT_DICOM


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"hello, I am a text\r\n" * 50,
        b"%PDF-1.7\n" + bytes(1000),
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        b"\xff\xd8\xff\xe0" + bytes(1000),
        b"MZ" + bytes(1000),
        bytes(1000),
        b"\x08\x00" * 500,
        b"\x08\x00\x05\x00CS",
        b"\x08\x00\x05\x00CS\x00\x00" + b"\xff" * 100,
        b"\x02\x00\x10\x00" + b"\xff" * 100,
        "\x08Wide text".encode("utf-16-le") * 20,
        bytes(128) + b"DICX" + bytes(500),
    ],
)
def test_other_files_are_not_dicom(
    tmp_path: Path, data: bytes, left_out_of: Callable[[Path], dict[str, LeftOut]]
) -> None:
    write(tmp_path / "other.dcm", data)
    item = left_out_of(tmp_path)["other.dcm"]
    assert item.reason == LeftOutReason.NOT_DICOM
    assert item.size == len(data)


@pytest.mark.parametrize("name", ["Thumbs.db", ".DS_Store", "__MACOSX/._IM0001", "desktop.ini"])
def test_what_systems_leave_behind_is_named(
    tmp_path: Path, name: str, left_out_of: Callable[[Path], dict[str, LeftOut]]
) -> None:
    write(tmp_path / name, b"\0\x05\x16\x07\0\x02\0\0Mac OS X" + bytes(200))
    assert left_out_of(tmp_path)[name].reason == LeftOutReason.NOT_DICOM


@pytest.mark.parametrize("name", ["DICOMDIR", "DICOMDIR-bigEnd", "DICOMDIR-implicit"])
def test_a_dicomdir_is_left_out_and_the_files_beside_it_are_found(
    tmp_path: Path, name: str, left_out_of: Callable[[Path], dict[str, LeftOut]]
) -> None:
    source = get_testdata_file(name, download=False)
    assert isinstance(source, str)
    write(tmp_path / "INDEX", Path(source).read_bytes())
    write(tmp_path / "DATA" / "IM1", make_file())
    assert left_out_of(tmp_path)["INDEX"].reason == LeftOutReason.DICOMDIR
    assert len(list(scan([tmp_path]).instances())) == 1


def test_names_that_are_no_text_are_walked_too(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/M\xfcller"
    os.mkdir(folder)  # noqa: PTH102
    write(Path(os.fsdecode(folder)) / "image", make_file())
    (instance,) = scan([tmp_path]).instances()
    assert os.fsencode(instance.location.path) == folder + b"/image"
