"""Files of every kind with some of their bytes changed: what comes out names nobody and passes the receiver's door, or
the room's own error says why nothing comes out.
"""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.profiles import PROFILES
from tests.deid.corpus import made
from tests.deid.judge import judged
from tests.deid.made import KEY

ENGINES = {name: Deidentifier(profile, KEY) for name, profile in PROFILES.items()}


@cache
def _files() -> dict[str, bytes]:
    return dict(made())


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


@pytest.mark.parametrize("name", ENGINES)
def test_every_kind_of_file_gives_a_result_that_is_clean(name: str) -> None:
    for kind, data in _files().items():
        assert judged(ENGINES[name], data)[1] == [], kind
