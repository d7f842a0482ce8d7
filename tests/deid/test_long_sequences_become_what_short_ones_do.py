"""A sequence that is read item by item gives the same bytes, changes and refusals as one that is read as a whole."""

from io import BytesIO
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adit_uploader.deid import encoding
from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.profiles import PROFILES, Profile
from tests.deid.corpus import corpus, parsed
from tests.deid.made import KEY, image, written
from tests.deid.site_profiles import rule, site_profile

_Outcome = tuple[bytes, object] | tuple[str, str]


def _site() -> Profile:
    return site_profile(
        rule("PatientBirthDate", "keep"),
        rule("ReferencedImageSequence > StudyDescription", "replace", value="THERE"),
    )


@pytest.fixture(autouse=True)
def _untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STREAMED", "_SMALL", "_APART"):
        monkeypatch.setattr(encoding, name, getattr(encoding, name))


def _outcome(profile: Profile, data: bytes, patient_id: str, *, streamed: int, small: int) -> _Outcome:
    encoding.STREAMED = streamed  # put back by the fixture
    encoding._SMALL = encoding._APART = small
    try:
        result = Deidentifier(profile, KEY).deidentify(
            BytesIO(data), len(data), pseudonym="PSEUDO", patient_id=patient_id
        )
    except DeidentificationError as error:
        return type(error).__name__, error.message
    finished = b"".join(result.chunks(BytesIO(data), 4096))
    result.close()
    return finished, result.changes


def _agree(profile: Profile, data: bytes, patient_id: str) -> _Outcome:
    whole = _outcome(profile, data, patient_id, streamed=1 << 40, small=1 << 40)
    assert _outcome(profile, data, patient_id, streamed=0, small=0) == whole
    assert _outcome(profile, data, patient_id, streamed=40, small=60) == whole
    return whole


def test_every_file_of_the_corpus_becomes_the_same() -> None:
    finished = 0
    for number, (_, data) in enumerate(corpus()):
        if number % 3 == 0:
            outcome = _agree(PROFILES["research"], data, str(parsed(data).get("PatientID", "")))
            finished += isinstance(outcome[0], bytes)
    assert finished > 100


_VALUES = st.sampled_from(
    [
        (0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        (0x00080018, b"UI", b"1.2.3.4.5.1\0"),
        (0x00081155, b"UI", b"1.2.3.4.5.9\0"),
        (0x00080005, b"CS", b"ISO_IR 144"),
        (0x00080005, b"CS", b"ISO_IR 100"),
        (0x00081030, b"LO", b"Kn\xfc M\xfcller"),
        (0x00081030, b"LO", b"Knee, P-0012345"),
        (0x00081030, b"LO", b"\xbd\xd3\xb8\xde"),
        (0x00100010, b"PN", b"Lindqvist^Eva "),
        (0x00180015, b"CS", b"KNEE"),
        (0x00180015, b"CS", b"MUELLER "),
        (0x00200062, b"CS", b"L "),
        (0x00280010, b"US", b"\1\0"),
        (0x00283006, b"OW", b"\1\0" * 40),
        (0x00283006, b"UN", b"\1\0" * 4),
        (0x00080100, b"SH", b"121030"),
        (0x00080102, b"SH", b"DCM "),
        (0x00080104, b"LO", b"Meaning Lindqvist "),
        (0x00200000, b"UL", b"\1\0\0\0"),
        (0x20010010, b"LO", b"Philips Imaging DD 001"),
        (0x00190010, b"LO", b"OURS"),
        (0x00191001, b"UN", b"M\xfcller "),
    ]
)
_SEQUENCES = st.sampled_from([0x00081140, 0x0040A730, 0x0040A043, 0x00400275, 0x00082112, 0x20011069])
_LONG = {b"OW", b"UN", b"SQ", b"OB"}


def _element(tag: int, vr: bytes, value: bytes, *, implicit: bool, undefined: bool = False) -> bytes:
    length = 0xFFFFFFFF if undefined else len(value)
    if implicit:
        return pack("<HHL", tag >> 16, tag & 0xFFFF, length) + value
    if vr in _LONG:
        return pack("<HH2sHL", tag >> 16, tag & 0xFFFF, vr, 0, length) + value
    return pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, length) + value


@st.composite
def _data_sets(draw: st.DrawFn, depth: int, implicit: bool) -> bytes:
    parts = [_element(*draw(_VALUES), implicit=implicit) for _ in range(draw(st.integers(0, 3)))]
    if depth:
        parts += [draw(_sequences(depth - 1, implicit)) for _ in range(draw(st.integers(0, 2)))]
    return b"".join(draw(st.permutations(parts)))


@st.composite
def _sequences(draw: st.DrawFn, depth: int, implicit: bool) -> bytes:
    hidden = draw(st.integers(0, 5)) == 0
    undefined = draw(st.booleans())
    items = []
    for _ in range(draw(st.integers(0, 3))):
        within = implicit or hidden or draw(st.integers(0, 7)) == 0
        value = draw(_data_sets(depth, within))
        if draw(st.booleans()):
            items.append(pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + value + pack("<HHL", 0xFFFE, 0xE00D, 0))
        else:
            items.append(pack("<HHL", 0xFFFE, 0xE000, len(value)) + value)
    value = b"".join(items) + (pack("<HHL", 0xFFFE, 0xE0DD, 0) if undefined else b"")
    return _element(draw(_SEQUENCES), b"UN" if hidden else b"SQ", value, implicit=implicit, undefined=undefined)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(_sequences(3, implicit=False), min_size=1, max_size=2),
    st.sampled_from(["basic", "research", "site"]),
)
def test_made_sequences_become_the_same(sequences: list[bytes], name: str) -> None:
    base = written(image(Manufacturer="Lindqvist"), pixels=False)
    data = base + b"".join(
        _element(0x52009229 + number, b"SQ", _item_of(one), implicit=False) for number, one in enumerate(sequences)
    )
    _agree(_site() if name == "site" else PROFILES[name], data, "P-0012345")


def _item_of(value: bytes) -> bytes:
    return pack("<HHL", 0xFFFE, 0xE000, len(value)) + value
