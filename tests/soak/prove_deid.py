"""The long proofs of the de-identification room, over the whole corpus: ``make prove-deid``.

More files, of any folders, join the corpus by the environment variable PROVE_DEID_FOLDERS (separated as in PATH).
"""

from collections import Counter
from pathlib import Path

import pytest

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.profiles import PROFILES
from tests.deid.corpus import corpus
from tests.deid.kept_relations import resolved, time_problems, uid_problems
from tests.deid.made import KEY
from tests.deid.proofs import Pair, boundaries, differences, new_errors, paired
from tests.deid.test_a_header_is_held_no_more_than_twice import SHAPES, holds_no_more_than_twice


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
@pytest.mark.parametrize("profile_name", PROFILES)
def test_all_dates_and_all_references_of_the_corpus_keep_their_relations(profile_name: str) -> None:
    engine = Deidentifier(PROFILES[profile_name], KEY)
    pairs = _pairs(engine)
    assert {pair.name: found for pair in pairs if (found := time_problems(pair, profile_name))} == {}
    assert uid_problems(pairs) == []
    before, after = resolved(pairs)
    assert after == before or profile_name == "basic"
    assert after > 250


@pytest.mark.timeout(1800)
def test_every_file_of_the_corpus_cut_at_each_kilobyte_is_refused() -> None:
    """But where the cut falls exactly between two elements: what is left is a whole data set, of fewer elements."""
    engine = Deidentifier(PROFILES["research"], KEY)
    tried = accepted = 0
    for name, data in corpus():
        if len(data) > 300_000 or paired(engine, name, data) is None:
            continue
        between = boundaries(data)
        for cut in range(1024, len(data), 1024):
            tried += 1
            if paired(engine, name, data[:cut], data) is not None:
                accepted += 1
                assert cut in between, name
    assert tried > 2000
    assert accepted < tried / 50  # headers are short here, and their elements too


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_header_of_50_mb_is_held_no_more_than_twice(shape: str, tmp_path: Path) -> None:
    holds_no_more_than_twice(shape, 50, tmp_path)
