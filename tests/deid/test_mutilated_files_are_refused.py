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

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.errors import DeidentificationError
from tests.deid.made import SYNTAXES, deidentified, image, written

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


@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big-endian"])
def test_a_wrong_length_is_refused_or_leaves_nothing_of_the_patient(syntax: str) -> None:
    data = written(image(ReferencedImageSequence=Sequence([Dataset()])), syntax)
    start = 144 + int.from_bytes(data[140:144], "little")
    end = len(data) - 2048
    for at in range(start + 4, end, 6):
        for value in (b"\xff\xff", b"\0\0", b"\xfe\x7f"):
            try:
                result = deidentified(data[:at] + value + data[at + 2 :])
            except DeidentificationError:
                continue
            assert b"ller^Anna" not in result.header


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
