"""Files of every kind with some of their bytes changed: what comes out names nobody and passes the receiver's door, or
the room's own error says why nothing comes out.
"""

from datetime import date
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.iod_types import iod_types
from adit_uploader.deid.profiles import PROFILES
from adit_uploader.deid.vocabulary import dictionary_vr
from tests.deid.corpus import made as corpus
from tests.deid.judge import judged
from tests.deid.made import KEY, SYNTAXES, image, written
from tests.deid.proofs import differences, paired

ENGINES = {name: Deidentifier(profile, KEY) for name, profile in PROFILES.items()}


@cache
def _files() -> dict[str, bytes]:
    return dict(corpus())


def _mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """The file with bytes changed, taken out, put in or doubled, mostly in its header."""
    file = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, min(len(file), 2500) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                file[at] = draw(st.integers(0, 255))
            case 1:
                file[at : at + 4] = draw(
                    st.sampled_from([bytes(4), b"\xff" * 4, b"\xfe\xff\x00\xe0", b"UN\0\0", b"SQ\0\0"])
                )
            case 2:
                del file[at : at + draw(st.integers(1, 64))]
            case 3:
                file[at:at] = draw(st.binary(min_size=1, max_size=16))
            case _:
                file[at:at] = file[at : at + draw(st.integers(1, 200))]
        if not file:
            break
    return bytes(file)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A mutated file of the corpus."""
    return _mutated(draw, _files()[draw(st.sampled_from(sorted(_files())))])


@settings(max_examples=250, deadline=None)
@given(files(), st.sampled_from(sorted(ENGINES)))
def test_any_bytes_give_a_result_that_is_clean_or_an_error(data: bytes, name: str) -> None:
    try:
        _, wrong = judged(ENGINES[name], data)
    except DeidentificationError as error:
        wrong = [trace for trace in ("0012345", "ller") if trace in error.message]
    assert wrong == []


SETTABLE = [
    entry
    for tag in sorted(iod_types().known)
    if tag >> 16 >= 8
    and tag >> 16 not in {0x7FE0, 0xFFFA}
    and tag not in {0x00080005, 0x00080016, 0x00080018, 0x0020000D, 0x0020000E, 0x00100020}
    if (entry := (tag, dictionary_vr(tag)))[1] not in {None, "UN"}
]
_WORDS = st.text("abcdefg 0123456789-.", min_size=1, max_size=16).map(str.strip)
_DAYS = st.dates(date(1940, 1, 1), date(2030, 1, 1)).map("{:%Y%m%d}".format)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "DA": _DAYS,
    "DT": _DAYS.map(lambda day: f"{day}101112.5"),
    "TM": st.times().map("{:%H%M%S.%f}".format),
    "UI": st.lists(st.integers(1, 9999), min_size=3, max_size=6).map(lambda parts: "1.2." + ".".join(map(str, parts))),
    "DS": st.integers(-9999, 9999).map(lambda number: f"{number}.25"),
    "IS": st.integers(-9999, 9999).map(str),
    "AS": st.integers(1, 120).map("{:03d}Y".format),
    "AT": st.integers(0x00080000, 0x0028FFFF),
    "UR": st.integers(1, 999).map("urn:oid:1.2.{}".format),
    **dict.fromkeys(("US", "UL", "UV"), st.integers(0, 65535)),
    **dict.fromkeys(("SS", "SL", "SV"), st.integers(-32768, 32767)),
    **dict.fromkeys(("FL", "FD"), st.integers(-99, 99).map(float)),
    **dict.fromkeys(("OB", "OW", "OD", "OF", "OL", "OV"), st.integers(1, 40).map(lambda size: bytes(8 * size))),
    "CS": _WORDS.map(str.upper).map(lambda word: word.replace("-", "_").replace(".", " ").strip()),
}


@st.composite
def data_sets(draw: st.DrawFn, depth: int = 0) -> Dataset:
    """Any elements of any IOD, in sequences of any length down to three deep."""
    ds = Dataset()
    for tag, vr in draw(st.lists(st.sampled_from(SETTABLE), max_size=12)):
        if vr == "SQ":
            if depth < 3:
                ds.add_new(tag, vr, Sequence(draw(st.lists(data_sets(depth + 1), max_size=2))))
                ds[tag].is_undefined_length = draw(st.booleans())
        else:
            ds.add_new(tag, vr, draw(VALUES.get(vr, _WORDS)))
    return ds


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data_sets(), st.sampled_from(sorted(SYNTAXES)), st.sampled_from(sorted(ENGINES)))
def test_splicer_and_pydicom_agree_on_every_file_that_both_can_read(made: Dataset, syntax: str, name: str) -> None:
    """What pydicom reads in the result is what it read before, or reported as changed; dates moved, references kept."""
    ds = image()
    ds.update({element.tag: element for element in made if element.tag.group != 0x0028})
    engine = ENGINES[name]
    pair = paired(engine, "made", written(ds, syntax))
    if pair is not None:
        assert differences(pair, engine) == []


@pytest.mark.parametrize("name", ENGINES)
def test_every_kind_of_file_gives_a_result_that_is_clean(name: str) -> None:
    for kind, data in _files().items():
        assert judged(ENGINES[name], data)[1] == [], kind
