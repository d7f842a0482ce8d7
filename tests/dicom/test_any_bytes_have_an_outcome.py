"""Whatever lies in a folder is an instance or named: never a crash, never nothing."""

import zipfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from adit_uploader.dicom.errors import DamagedFile, NotDicom
from adit_uploader.dicom.header import read_header
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.dicom.scan import scan
from tests.dicom.samples import SYNTAXES, as_bytes, bare, make_dataset, make_file, write

MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rich_dataset() -> Dataset:
    """Sequences in sequences, private elements, both kinds of length."""
    inner = Dataset()
    inner.CodeValue = "1"
    inner.PatientID = "inner"
    outer = Dataset()
    outer.ConceptNameCodeSequence = [inner, Dataset()]
    outer["ConceptNameCodeSequence"].is_undefined_length = True
    dataset = make_dataset(ContentSequence=[outer, outer])
    dataset["ContentSequence"].is_undefined_length = True
    dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", b"\x01\x02" * 20)
    return dataset


VALID = [
    *(as_bytes(rich_dataset(), syntax) for syntax in SYNTAXES),
    make_file(syntax=DeflatedExplicitVRLittleEndian),
    bare(make_file(syntax=ExplicitVRLittleEndian)),
]

FRONTS = [b"\0" * 128 + b"DICM", make_file()[: -len(bare(make_file()))], bare(make_file())[:40]]


def outcome(data: bytes) -> Inventory:
    with TemporaryDirectory() as name:
        write(Path(name) / "file", data)
        inventory = scan([Path(name)])
    assert len(list(inventory.instances())) + len(inventory.left_out) == 1
    return inventory


def agree(data: bytes) -> None:
    """A header can be read whenever the scan finds an instance."""
    inventory = outcome(data)
    try:
        header = read_header(BytesIO(data), len(data))
    except (NotDicom, DamagedFile):
        assert not inventory.patients or _only_for_pydicom(data)
        return
    if header.inflated is not None:
        header.inflated.close()


def _only_for_pydicom(data: bytes) -> bool:
    """Consistent in structure, and still not to be understood by pydicom: refused when it is de-identified."""
    with pytest.raises(DamagedFile, match=r"can't be understood|two ways|not written as"):
        read_header(BytesIO(data), len(data))
    return True


@MANY
@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    agree(data)


@MANY
@given(st.sampled_from(FRONTS), st.binary(max_size=400))
def test_any_bytes_behind_a_valid_beginning(front: bytes, data: bytes) -> None:
    agree(front + data)


@MANY
@given(st.sampled_from(VALID), st.data())
def test_a_valid_file_cut_anywhere(valid: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(valid) - 1))
    cut = valid[:length]
    agree(cut)
    assert not outcome(cut).patients


@MANY
@given(st.sampled_from(VALID), st.data())
def test_a_valid_file_with_bytes_changed(valid: bytes, data: st.DataObject) -> None:
    changed = bytearray(valid)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(128, len(valid) - 1))] = data.draw(st.integers(0, 255))
    agree(bytes(changed))


@MANY
@given(st.data())
def test_an_archive_with_bytes_changed_or_cut(data: st.DataObject) -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("IM1", make_file(1))
        archive.writestr("IM2", make_file(2))
    changed = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(0, 4))):
        changed[data.draw(st.integers(4, len(changed) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(4, len(changed)))
    with TemporaryDirectory() as name:
        write(Path(name) / "a.zip", bytes(changed[:end]))
        inventory = scan([Path(name)])
    assert all(instance.location.member for instance in inventory.instances())
