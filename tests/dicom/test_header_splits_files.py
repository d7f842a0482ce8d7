"""A header is what pydicom reads before the pixel data, and the span is the pixel data's very bytes."""

from io import BytesIO

import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    ParametricMapStorage,
)

from adit_uploader.dicom.header import Header, read_header
from tests.dicom.samples import SYNTAXES, as_bytes, bare, make_dataset, make_file

SHIPPED = [
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_expb.dcm",
    "MR_small_implicit.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_RLE.dcm",
    "MR_small_padded.dcm",
    "JPEG2000.dcm",
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "rtdose.dcm",
    "rtplan.dcm",
    "rtstruct.dcm",
    "reportsi.dcm",
    "waveform_ecg.dcm",
    "liver_1frame.dcm",
    "image_dfl.dcm",
    "test-SR.dcm",
    "UN_sequence.dcm",
    "priv_SQ.dcm",
    "no_meta_group_length.dcm",
]


def split(data: bytes) -> Header:
    return read_header(BytesIO(data), len(data))


def shipped(name: str) -> bytes:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str), f"{name} is not in pydicom's wheel"
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")  # comparing converts, and some test files have such
@pytest.mark.parametrize("name", SHIPPED)
def test_the_parts_together_are_what_pydicom_reads(name: str) -> None:
    data = shipped(name)
    header = split(data)
    whole = dcmread(BytesIO(data), force=True)

    assert header.transfer_syntax_uid == whole.file_meta.get("TransferSyntaxUID", ImplicitVRLittleEndian)
    assert header.file_meta == whole.file_meta
    together = Dataset({**header.dataset._dict, **header.trailing._dict})
    pixel = whole.get_item(header.pixel_data.tag) if header.pixel_data else None
    if header.pixel_data:
        del whole[header.pixel_data.tag]
    assert list(together.keys()) == list(whole.keys())
    for tag in together.keys():  # noqa: SIM118 - iterating would convert
        assert together[tag] == whole[tag]
    assert (pixel is not None) == (header.pixel_data is not None)
    if header.inflated is not None:
        header.inflated.close()


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in {"image_dfl.dcm"}])
def test_the_span_is_the_element_in_the_file(name: str) -> None:
    data = shipped(name)
    span = split(data).pixel_data
    if span is None:
        assert "PixelData" not in dcmread(BytesIO(data), force=True)
        return
    raw = dcmread(BytesIO(data)).get_item(span.tag)
    assert span.value_offset == raw.value_tell
    element = data[span.offset : span.offset + span.length]
    if span.value_length is None:
        assert element[-8:] == b"\xfe\xff\xdd\xe0\0\0\0\0"
        assert span.vr in {"OB", "OW"}
    else:
        value = data[span.value_offset : span.value_offset + span.value_length]
        assert value == dcmread(BytesIO(data)).PixelData
        assert element.endswith(value)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_elements_after_the_pixel_data_are_told_apart(syntax: str) -> None:
    dataset = make_dataset()
    dataset.add_new(0xFFFCFFFC, "OB", b"\0" * 10)
    header = split(as_bytes(dataset, syntax))
    assert list(header.trailing.keys()) == [0xFFFCFFFC]
    assert 0x7FE00010 not in header.dataset
    assert header.pixel_data is not None
    assert header.pixel_data.vr == "OW"


def test_a_deflated_file_is_inflated_and_its_span_is_in_what_was_inflated() -> None:
    dataset = make_dataset()
    data = as_bytes(dataset, DeflatedExplicitVRLittleEndian)
    header = split(data)
    assert header.inflated is not None
    assert header.pixel_data is not None
    with header.inflated as inflated:
        inflated.seek(header.pixel_data.value_offset)
        assert inflated.read() == dataset.PixelData
    assert header.dataset.PatientName == "Müller^Jürgen"


def test_preamble_and_missing_parts_are_as_they_are() -> None:
    data = make_file()
    assert split(b"R" * 128 + data[128:]).preamble == b"R" * 128
    without_preamble = split(data[132:])
    assert without_preamble.preamble == b""
    assert without_preamble.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        header = split(bare(make_file(syntax=syntax)))
        assert header.transfer_syntax_uid == syntax
        assert not header.file_meta
        assert header.dataset.PatientID == "0012345"


def test_float_pixel_data_is_pixel_data() -> None:
    dataset = make_dataset(SOPClassUID=ParametricMapStorage, PixelData=None, FloatPixelData=b"\0" * 64)
    span = split(as_bytes(dataset)).pixel_data
    assert span is not None
    assert (span.tag, span.vr, span.value_length) == (0x7FE00008, "OF", 64)
    implicit = split(as_bytes(dataset, ImplicitVRLittleEndian)).pixel_data
    assert implicit is not None
    assert implicit.vr == "OF"


def test_a_large_picture_is_never_read() -> None:
    class Counting(BytesIO):
        bytes_read = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.bytes_read += len(data)
            return data

    data = make_file(Rows=2048, Columns=2048, PixelData=bytes(2048 * 2048 * 2))
    file = Counting(data)
    assert read_header(file, len(data)).pixel_data is not None
    assert file.bytes_read < 64 * 1024


def test_a_large_compressed_picture_is_stepped_over_frame_by_frame() -> None:
    frames = [bytes([index]) * 100_000 for index in range(20)]
    dataset = make_dataset(NumberOfFrames=20, PixelData=encapsulate(frames))
    dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OB"
    data = as_bytes(dataset, JPEGBaseline8Bit)
    span = split(data).pixel_data
    assert span is not None
    assert span.value_length is None
    assert span.offset + span.length == len(data)


def test_icons_with_compressed_pictures_are_kept_whole() -> None:
    icon = Dataset()
    icon.Rows = icon.Columns = 1
    icon.PixelData = encapsulate([b"\xff\xd8icon"])
    icon["PixelData"].is_undefined_length = True
    icon["PixelData"].VR = "OB"
    dataset = make_dataset(PixelData=encapsulate([b"\xff\xd8main"]), IconImageSequence=[icon])
    dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OB"
    header = split(as_bytes(dataset, JPEGBaseline8Bit))
    assert header.dataset.IconImageSequence[0].PixelData == icon.PixelData
