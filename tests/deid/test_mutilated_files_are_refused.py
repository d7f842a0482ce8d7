"""Files that are cut, lie about their lengths, have no end, or are far larger inside than outside: each is refused with
the room's own error, within two seconds of work and in bounded memory.
"""

import json
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import pack
from typing import Literal

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.profiles import PROFILES
from adit_uploader.deid.verify import check_file
from adit_uploader.protocol.codes import RefusalCode
from tests.deid import objects
from tests.deid.corpus import SHIPPED
from tests.deid.judge import judged
from tests.deid.made import KEY, SYNTAXES, deidentified, image, written
from tests.deid.proofs import boundaries, paired

CUT = [
    *(
        "CT_small.dcm",
        "MR_small_implicit.dcm",
        "MR_small_bigendian.dcm",
        "reportsi.dcm",
        "JPEG2000.dcm",
        "image_dfl.dcm",
    ),
    *("rtplan.dcm", "SC_rgb_rle_2frame.dcm"),
]

SECONDS = 2.0
MEGABYTES = 150
UNDEFINED = 0xFFFFFFFF
ITEM = pack("<HHL", 0xFFFE, 0xE000, 0)
RUN = """
import json, resource, sys, time
from pathlib import Path
from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.profiles import RESEARCH

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

engine = Deidentifier(RESEARCH, bytes(32))
for name in sys.argv[1:]:
    before, start = peak(), time.process_time()
    with Path(name).open("rb") as file:
        try:
            engine.deidentify(file, Path(name).stat().st_size, pseudonym="P", patient_id="P-0012345")
            error = None
        except DeidentificationError as refused:
            error = refused.message
    print(json.dumps([Path(name).name, error, time.process_time() - start, peak() - before]))
"""


def _large() -> Dataset:
    """An image with a header of some size."""
    ds = image(ImageComments="x" * 3000)
    items = []
    for number in range(200):
        item = Dataset()
        item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        item.ReferencedSOPInstanceUID = f"1.2.3.{number}"
        items.append(item)
    ds.ReferencedImageSequence = Sequence(items)
    return ds


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_file_cut_at_any_kilobyte_is_refused(syntax: str) -> None:
    data = written(_large(), syntax)
    cuts = [
        *range(0, len(data), 1024),
        *range(len(data) - 30, len(data) - (syntax == "deflated")),
    ]  # its last byte is padding
    assert len(cuts) > 30
    for cut in cuts:
        with pytest.raises(DeidentificationError):
            deidentified(data[:cut])


@pytest.mark.parametrize("name", CUT)
def test_a_real_file_cut_at_any_kilobyte_is_refused(name: str) -> None:
    """But where the cut falls exactly between two elements: what is left is a whole data set, of fewer elements."""
    data = (SHIPPED / "test_files" / name).read_bytes()
    engine = Deidentifier(PROFILES["research"], KEY)
    assert paired(engine, name, data) is not None
    between = boundaries(data)
    cuts = [*range(1024, len(data), 1024), len(data) - 2]
    assert [cut for cut in cuts if cut not in between and paired(engine, name, data[:cut], data) is not None] == []


@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big-endian"])
def test_every_length_set_to_every_wrong_value_is_refused_or_leaves_nothing_of_the_patient(syntax: str) -> None:
    inner = Dataset()
    inner.CodeValue = "1"
    ds = image(ReferencedImageSequence=Sequence([inner, inner]), ImageComments="Anna Müller")
    ds.add_new(0x00280106, "US", 0)
    data = written(ds, syntax)
    engine = Deidentifier(PROFILES["research"], KEY)
    refused = finished = 0
    for at, size, length in _lengths(data, syntax):
        order: Literal["little", "big"] = "big" if syntax == "big-endian" else "little"
        largest = 2 ** (8 * size) - 1
        wrong = {0, 1, 3, length + 1, length - 1, length + 2, length - 2, 2 * length, len(data), largest, largest - 1}
        for value in sorted(one for one in wrong if 0 <= one <= largest and one != length):
            mutilated = data[:at] + value.to_bytes(size, order) + data[at + size :]
            try:
                _, leaks = judged(engine, mutilated)
            except DeidentificationError:
                refused += 1
            else:
                finished += 1
                assert leaks == [], (hex(at), value)
    assert refused > 300
    assert finished < refused / 10


def _lengths(data: bytes, syntax: str) -> Iterator[tuple[int, int, int]]:
    """Position, size and value of every length field of the data set."""
    start = 144 + int.from_bytes(data[140:144], "little")
    yield from _lengths_between(data, start, len(data), syntax)


def _lengths_between(data: bytes, at: int, end: int, syntax: str) -> Iterator[tuple[int, int, int]]:
    order: Literal["little", "big"] = "big" if syntax == "big-endian" else "little"
    while at < end:
        vr = data[at + 4 : at + 6]
        item = data[at : at + 4] in {b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00"}
        if item or syntax == "implicit":
            place, size = at + 4, 4
        else:
            place, size = (at + 8, 4) if vr in {b"SQ", b"OW", b"OB", b"UN", b"UT"} else (at + 6, 2)
        length = int.from_bytes(data[place : place + size], order)
        yield place, size, length
        nested = vr == b"SQ" or data[at : at + 4] == b"\x08\x00\x40\x11"
        if item or nested:
            yield from _lengths_between(data, place + size, place + size + length, syntax)
        at = place + size + length


@pytest.mark.parametrize("kind", ["elements", "items", "nested items", "fragments", "text", "private"])
def test_work_grows_no_faster_than_the_file(kind: str) -> None:
    """Counted in calls and reads, not in time: twice the size makes at most twice the steps."""
    counted = [_steps(_sized(kind, 400 * factor)) for factor in (1, 2, 4)]
    assert counted[1] < 2.1 * counted[0]
    assert counted[2] < 2.1 * counted[1]


def _sized(kind: str, size: int) -> bytes:
    ds = image()
    reference = Dataset()
    reference.ReferencedSOPInstanceUID = "1.2.3.4.5.1"
    if kind == "elements":
        for number in range(min(size, 2400)):
            ds.add_new(0x00720000 | 0x100 + number, "LO", f"value {number}")
        for number in range(size):
            ds.add_new(0x00290000 | 0x1000 + number, "LO", f"value {number}")
    elif kind == "items":
        ds.ReferencedImageSequence = Sequence([reference for _ in range(size)])
    elif kind == "nested items":
        for _ in range(size // 40):
            outer = Dataset()
            outer.ReferencedImageSequence = Sequence([reference for _ in range(40)])
            ds.setdefault("SourceImageSequence", Sequence()).value.append(outer)
    elif kind == "text":
        ds.add_new(0x0040A160, "UT", "Befund Anna Müller 12.03.2019 Dr. Otto Krause " * (size // 2))
    elif kind == "private":
        block = ds.private_block(0x2001, "Philips Imaging DD 001", create=True)
        block.add_new(0x69, "SQ", Sequence([reference for _ in range(size)]))
    else:
        fragment = pack("<HHL", 0xFFFE, 0xE000, 4) + b"abcd"
        data = written(ds, "encapsulated")
        return data.replace(pack("<HHL", 0xFFFE, 0xE0DD, 0), fragment * size + pack("<HHL", 0xFFFE, 0xE0DD, 0))
    return written(ds)


def _steps(data: bytes) -> int:
    """Calls of functions, Python's own too, that one file takes a fresh engine."""
    engine = Deidentifier(PROFILES["research"], KEY)
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event.endswith("call")

    sys.setprofile(count)
    try:
        deidentified(data, engine=engine)
    finally:
        sys.setprofile(None)
    return counted


def test_the_door_inflates_nothing_into_memory(tmp_path: Path) -> None:
    base = written(image(), pixels=False)
    deflated = written(image(), "deflated")
    start = 144 + int.from_bytes(base[140:144], "little")
    front = deflated[: 144 + int.from_bytes(deflated[140:144], "little")]
    path = tmp_path / "deflated.dcm"
    for megabytes, code in ((200, RefusalCode.NOT_DEIDENTIFIED), (400, RefusalCode.NOT_DICOM)):
        inner = base[start:] + _head(0x7FE00010, b"OW", megabytes << 20)
        path.write_bytes(front + _bomb(inner, megabytes))
        tracemalloc.start()
        violations = check_file(
            path,
            mode="fixed",
            profile="basic",
            pseudonym="PSEUDO",
            study_instance_uid="1.2.3.4.5",
            series_instance_uid="1.2.3.4.5.2",
            sop_instance_uid="1.2.3.4.5.1",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            transfer_syntax_uid="1.2.840.10008.1.2.1.99",
        )
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert code in {violation.code for violation in violations}
        assert peak < 8 << 20


def test_hostile_sizes_are_refused_in_little_time_and_memory(tmp_path: Path) -> None:
    for name, parts in _hostile():
        with (tmp_path / name).open("wb") as file:
            for part in parts:
                if isinstance(part, int):
                    file.truncate(file.seek(part, 1))
                else:
                    file.write(part)
    files = sorted(str(path) for path in tmp_path.iterdir())
    ran = subprocess.run([sys.executable, "-c", RUN, *files], capture_output=True, text=True, check=True)
    outcomes = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(outcomes) == len(files)
    for name, error, seconds, grown in outcomes:
        assert error, name
        assert "0012345" not in error
        assert seconds < SECONDS, name
        assert grown < MEGABYTES, name


def _hostile() -> Iterator[tuple[str, list[bytes | int]]]:
    """Name and parts of each file; a number is so many NUL bytes."""
    base = written(image(), pixels=False)
    start = 144 + int.from_bytes(base[140:144], "little")
    content = _head(0x0040A730, b"SQ", UNDEFINED)
    yield "a header of 100 MB", [base, _head(0x00660016, b"OW", 100_000_000), 100_000_000]
    yield "a document of 100 MB", [base, _head(0x00420011, b"OB", 100_000_000), 100_000_000]
    yield "a million items", [base, _head(0x00400555, b"SQ", 8_000_000), ITEM * 1_000_000]
    yield "a million nested items", [base, (content + pack("<HHL", 0xFFFE, 0xE000, UNDEFINED)) * 1_000_000]
    yield "an endless sequence", [base, content, ITEM * 100_000]
    yield "an endless item", [base, content, pack("<HHL", 0xFFFE, 0xE000, UNDEFINED), b"\x28\0\x10\0US\2\0\1\0" * 9999]
    yield "an endless picture", [base, _head(0x7FE00010, b"OB", UNDEFINED), ITEM * 10_000]
    yield "a length beyond the file", [base, _head(0x00660016, b"OW", 0xFFFFFFFE), b"x"]
    deflated = written(image(), "deflated")
    front = deflated[: 144 + int.from_bytes(deflated[140:144], "little")]
    yield "a bomb of pixels", [front, _bomb(base[start:] + _head(0x7FE00010, b"OW", 300 << 20), 300)]
    yield "a bomb of header", [front, _bomb(base[start:] + _head(0x00660016, b"OW", 70 << 20), 70)]
    yield "a bomb without end", [front, _bomb(base[start:] + _head(0x7FE00010, b"OW", 1 << 24), 16)[:-9]]


def _head(tag: int, vr: bytes, length: int) -> bytes:
    return pack("<HH2sHL", tag >> 16, tag & 0xFFFF, vr, 0, length)


def _bomb(first: bytes, megabytes: int) -> bytes:
    """A deflated data set of few bytes that becomes large."""
    deflater = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    nothing = bytes(1 << 20)
    return b"".join(
        [deflater.compress(first), *(deflater.compress(nothing) for _ in range(megabytes)), deflater.flush()]
    )


def test_a_deflated_picture_is_not_held_whole() -> None:
    """What is not refused passes in blocks: the same pixels, and memory of the compressed size."""
    deflated = written(image(), "deflated")
    base = written(image(), pixels=False)
    front = deflated[: 144 + int.from_bytes(deflated[140:144], "little")]
    start = 144 + int.from_bytes(base[140:144], "little")
    data = front + _bomb(base[start:] + _head(0x7FE00010, b"OW", 40 << 20), 40)
    tracemalloc.start()
    result = deidentified(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 << 20
    packed = result.header[144 + int.from_bytes(result.header[140:144], "little") :]
    inner = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed)
    assert inner.endswith(_head(0x7FE00010, b"OW", 40 << 20) + bytes(40 << 20))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("first", "second"),
    [(b"\x08\x00\x30\x10LO", b"\x08\x00\x3e\x10LO"), (b"\x08\x00\x00\x01SH", b"\x08\x00\x02\x01SH")],
)
def test_a_file_that_says_a_thing_twice_is_refused(first: bytes, second: bytes, profile: str) -> None:
    """Found by fuzzing: in an item. Readers, and the receiver's door, could believe another one than we."""
    ds = image(StudyDescription="one", SeriesDescription="two", ProcedureCodeSequence=objects.code("1", "one"))
    data = written(ds)
    assert data.count(first) == data.count(second) == 1
    assert deidentified(data, profile)
    with pytest.raises(DeidentificationError, match="twice"):
        deidentified(data.replace(second, first), profile)
