"""However a header is made up, whoever reads it holds no more than twice its bytes, and a few megabytes beside."""

import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from struct import pack

import pytest

from adit_uploader.deid.engine import DeidentifiedInstance, Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.profiles import PROFILES
from adit_uploader.deid.verify import check_file
from adit_uploader.dicom.errors import HeaderTooLarge
from adit_uploader.dicom.structure import read_structure
from adit_uploader.memory import MAX_HELD
from adit_uploader.standard.elements import ELEMENTS
from tests.deid.made import KEY, deidentified, image, written

BESIDE = 8_000_000  # bytes
ITEMS = 3000  # in large headers; each costs time while memory is traced
ITEM = 8000  # bytes of one at least
KEPT_UID = b"1.2.276.0.7230010.3.1.4.1234567890.1234.1234567890.123456"  # as long as those that replace it


def _short(tag: int, vr: bytes, value: bytes) -> bytes:
    return pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def _long(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    return pack("<HH2sHL", tag >> 16, tag & 0xFFFF, vr, 0, len(value) if length is None else length) + value


def _item(value: bytes) -> bytes:
    return pack("<HHL", 0xFFFE, 0xE000, len(value)) + value


def _endless(tag: int, items: bytes) -> bytes:
    return _long(tag, b"SQ", items + pack("<HHL", 0xFFFE, 0xE0DD, 0), 0xFFFFFFFF)


def _value(size: int) -> bytes:
    """One large value."""
    return _long(0x00660016, b"OW", bytes(range(256)) * (size // 256))


def _frames(size: int) -> bytes:
    count = min(ITEMS, size // ITEM)
    filler = max(size // count - 160, 0) // 2 * 2
    image_itself = _short(0x00081155, b"UI", KEPT_UID + b"\0") + _short(0x00280010, b"US", b"\1\0")
    return _item(_long(0x00081140, b"SQ", _item(image_itself)) + _long(0x00283006, b"OW", b"x" * filler)) * count


def _items(size: int) -> bytes:
    """One sequence of many items of a few small elements each, as of a picture of many frames."""
    return _long(0x52009230, b"SQ", _frames(size))


def _nested(size: int) -> bytes:
    """Sequences of one item each, around one of many items."""
    inner = _long(0x00089092, b"SQ", _frames(size))
    return _long(0x52009230, b"SQ", _item(_long(0x00089092, b"SQ", _item(inner))))


def _without_lengths(size: int) -> bytes:
    inner = _endless(0x00089092, _frames(size))
    return _endless(0x52009230, _item(_endless(0x00089092, _item(inner))))


def _waveform(size: int) -> bytes:
    """A large value that stays, beside a small one that changes."""
    changed = _short(0x00081155, b"UI", KEPT_UID + b"\0")
    return _long(0x54000100, b"SQ", _item(changed + _long(0x54001010, b"OW", bytes(size))))


def _elements(size: int) -> bytes:
    """Elements of the outermost data set, almost as many as there may be: some listed texts, and private ones."""
    listed = sorted(tag for tag in ELEMENTS if 0x00420000 < tag < 0x50000000)[:300]
    tags = [*listed, *(0x50010000 | 0x1000 + number for number in range(MAX_HELD - len(listed) - 50))]
    value = b"1 " * min(size // len(tags) // 2, 0x7FFF)
    return b"".join(_short(tag, b"LO", value) for tag in tags)


SHAPES: dict[str, Callable[[int], bytes]] = {
    "value": _value,
    "items": _items,
    "nested": _nested,
    "nested without lengths": _without_lengths,
    "waveform": _waveform,
    "elements": _elements,
}


def _peak(work: Callable[[], object]) -> int:
    """Bytes that work holds at most, beside those that were there before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_header_of_any_shape_is_held_no_more_than_twice(shape: str, tmp_path: Path) -> None:
    holds_no_more_than_twice(shape, 8, tmp_path)


def holds_no_more_than_twice(shape: str, megabytes: int, tmp_path: Path) -> None:
    """Engine, scan and door over a header of this shape and size; the large ones belong to the long proofs."""
    path, finished = tmp_path / "before.dcm", tmp_path / "finished.dcm"
    path.write_bytes(written(image(), pixels=False) + SHAPES[shape](megabytes << 20))
    engine = Deidentifier(PROFILES["research"], KEY)
    deidentified(written(image()), engine=engine)
    results: list[DeidentifiedInstance] = []
    size = path.stat().st_size
    with path.open("rb") as file:

        def deidentify() -> None:
            result = engine.deidentify(file, size, pseudonym="PSEUDO", patient_id="P-0012345")
            with finished.open("wb") as target:
                target.writelines(result.chunks(file, 1 << 20))
            results.append(result)

        assert _peak(deidentify) < 2 * size + BESIDE
        assert _peak(lambda: read_structure(file, size)) < BESIDE
    (result,) = results
    assert result.length == finished.stat().st_size
    assert _peak(lambda: _checked(finished, result)) < 2 * result.length + BESIDE


def _checked(path: Path, result: DeidentifiedInstance) -> None:
    violations = check_file(
        path,
        mode="fixed",
        profile="research",
        pseudonym="PSEUDO",
        study_instance_uid=result.study_instance_uid,
        series_instance_uid=result.series_instance_uid,
        sop_instance_uid=result.sop_instance_uid,
        sop_class_uid=result.sop_class_uid,
        transfer_syntax_uid=result.transfer_syntax_uid,
    )
    assert violations == ()


def _private(count: int) -> bytes:
    return b"".join(_short(0x50010000 | 0x1000 + number, b"US", b"\1\0") for number in range(count))


def _inside(depth: int, count: int) -> bytes:
    """So many elements in each of some data sets, one in the other, behind those that are not yet read."""
    data = b""
    for _ in range(depth):
        data = _long(0x00089092, b"SQ", _item(_private(count) + data))
    return data


@pytest.mark.parametrize(
    "more",
    [_private(MAX_HELD), _inside(1, MAX_HELD + 1), _inside(10, MAX_HELD // 10 + 10)],
    ids=["top", "item", "chain"],
)
def test_more_elements_in_one_place_than_can_be_held_are_refused(more: bytes) -> None:
    data = written(image(), pixels=False) + more
    with pytest.raises(HeaderTooLarge, match="in one place"):
        read_structure(BytesIO(data), len(data))
    with pytest.raises(DeidentificationError, match="in one place"):
        deidentified(data)


def test_as_many_elements_as_can_be_held_are_read() -> None:
    for more in (_private(MAX_HELD - 100), _inside(1, MAX_HELD - 1)):
        data = written(image(), pixels=False) + more
        assert deidentified(data).length


def test_what_is_finished_is_streamed_in_blocks_of_any_size(tmp_path: Path) -> None:
    """From pieces that are shorter and longer than a block."""
    data = written(image(ImageComments="x" * 500)) + b""
    large = written(image(), pixels=False) + _value(200_000)
    for source in (data, large):
        result = deidentified(source)
        for size in (1, 7, 1000, 65536, 1 << 20):
            blocks = list(result.chunks(BytesIO(source), size))
            assert all(len(block) == size for block in blocks[:-1])
            assert 0 < len(blocks[-1]) <= size
            assert b"".join(blocks)[: len(result.header)] == result.header
            assert sum(map(len, blocks)) == result.length
