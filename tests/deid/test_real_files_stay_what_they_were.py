"""Files of every kind, before and after, as pydicom and dciodvfy read them. The whole corpus: ``make prove-deid``."""

import warnings
from datetime import datetime
from pathlib import Path

import pytest

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.profiles import PROFILES
from tests.deid.corpus import SHIPPED, made, parsed
from tests.deid.kept_relations import counted_times, resolved, time_problems, uid_problems
from tests.deid.made import KEY
from tests.deid.proofs import differences, new_errors, paired

EXPLICIT = [(name, data) for name, data in made() if name.endswith(" explicit")]
REAL = [
    *("test_files/CT_small.dcm", "test_files/rtplan.dcm", "test_files/rtstruct.dcm", "test_files/reportsi.dcm"),
    *("test_files/liver_1frame.dcm", "test_files/waveform_ecg.dcm", "charset_files/chrH32.dcm"),
]
FILES = EXPLICIT + [(name, (SHIPPED / name).read_bytes()) for name in REAL]


@pytest.mark.parametrize("profile_name", ["basic", "research"])
@pytest.mark.parametrize("index", range(len(FILES)), ids=[name for name, _ in FILES])
def test_a_file_has_no_new_errors_and_no_unreported_differences(index: int, profile_name: str, tmp_path: Path) -> None:
    engine = Deidentifier(PROFILES[profile_name], KEY)
    pair = paired(engine, *FILES[index])
    assert pair is not None
    assert differences(pair, engine) == []
    assert new_errors(pair, tmp_path) == []


@pytest.mark.parametrize("profile_name", PROFILES)
def test_references_resolve_as_before(profile_name: str) -> None:
    """One patient's images, segmentation, structure set, plan, dose, presentation state, key objects and reports."""
    engine = Deidentifier(PROFILES[profile_name], KEY)
    pairs = [pair for name, data in FILES if (pair := paired(engine, name, data)) is not None]
    assert uid_problems(pairs) == []
    before, after = resolved(pairs)
    assert after == before > 40


@pytest.mark.parametrize("profile_name", PROFILES)
def test_intervals_between_any_two_dates_stay_and_no_date_is_lost(profile_name: str) -> None:
    engine = Deidentifier(PROFILES[profile_name], KEY)
    pairs = [pair for name, data in FILES if (pair := paired(engine, name, data)) is not None]
    problems = {pair.name: found for pair in pairs if (found := time_problems(pair, profile_name))}
    assert problems == {}
    counted = sum(map(counted_times, pairs))
    assert counted > 300 if profile_name != "basic" else counted == 0


@pytest.mark.parametrize("profile_name", ["research", "research-full-dates"])
def test_the_time_from_injection_to_acquisition_stays(profile_name: str) -> None:
    engine = Deidentifier(PROFILES[profile_name], KEY)
    data = dict(EXPLICIT)["PET explicit"]
    pair = paired(engine, "PET", data)
    assert pair is not None
    intervals = {_injection_to_acquisition(pair.before), _injection_to_acquisition(pair.after)}
    assert len(intervals) == 1
    assert intervals.pop() == pytest.approx(3599.750001)


def _injection_to_acquisition(data: bytes) -> float:
    """Seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = parsed(data)
        injected = str(ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime)
        acquired = f"{ds.AcquisitionDate}{ds.AcquisitionTime}"
    first, second = (datetime.strptime(text, "%Y%m%d%H%M%S.%f") for text in (injected, acquired))  # noqa: DTZ007
    return (second - first).total_seconds()
