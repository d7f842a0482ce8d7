"""The long proofs of the de-identification room, over the whole corpus: ``make prove-deid``."""

from collections import Counter
from pathlib import Path

import pytest

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.profiles import PROFILES
from tests.deid.corpus import corpus, parsed
from tests.deid.made import KEY
from tests.deid.proofs import Pair, differences, new_errors, paired


def _pairs(engine: Deidentifier) -> list[Pair]:
    pairs = [pair for name, data in corpus() if (pair := paired(engine, name, data)) is not None]
    classes = Counter(pair.result.sop_class_uid for pair in pairs)
    assert len(pairs) >= 180
    assert len(classes) >= 15
    return pairs


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("profile_name", PROFILES)
def test_no_file_of_the_corpus_has_a_new_error_or_an_unreported_difference(profile_name: str, tmp_path: Path) -> None:
    engine = Deidentifier(PROFILES[profile_name], KEY)
    found = {}
    for pair in _pairs(engine):
        wrong = differences(pair, engine) + new_errors(pair, tmp_path)
        if wrong:
            found[pair.name] = wrong
    assert found == {}


@pytest.mark.timeout(1800)
def test_every_file_of_the_corpus_cut_at_each_kilobyte_is_refused() -> None:
    """But where the cut falls between two elements before the pixels: that is a whole data set, without pixels."""
    engine = Deidentifier(PROFILES["research"], KEY)
    accepted = Counter[str]()
    tried = 0
    for name, data in corpus():
        if len(data) > 300_000 or paired(engine, name, data) is None:
            continue
        for cut in range(1024, len(data), 1024):
            tried += 1
            part = paired(engine, name, data[:cut])
            if part is not None and not _is_whole(data[:cut], data):
                accepted[name] += 1
    assert tried > 5000
    assert accepted == Counter()


def _is_whole(part: bytes, data: bytes) -> bool:
    """Whether pydicom, too, finds nothing missing in a part."""
    try:
        left = parsed(part)
        whole = parsed(data)
    except (DeidentificationError, ValueError, EOFError):
        return False
    return all(element.tag in whole for element in left) and not any(
        keyword in left for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
    )
