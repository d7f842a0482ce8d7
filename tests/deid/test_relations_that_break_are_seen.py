"""The proofs of dates and references can fail: results in which one thing was changed by hand."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from pydicom.dataset import Dataset

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.profiles import RESEARCH
from tests.deid.corpus import made, parsed
from tests.deid.kept_relations import resolved, time_problems, uid_problems
from tests.deid.made import KEY
from tests.deid.proofs import Pair, paired

FILES = {name.removesuffix(" explicit"): data for name, data in made() if name.endswith(" explicit")}


def _pair(kind: str) -> Pair:
    pair = paired(Deidentifier(RESEARCH, KEY), kind, FILES[kind])
    assert pair is not None
    return pair


def _spoilt(pair: Pair, spoil: Callable[[Dataset], None]) -> Pair:
    ds = parsed(pair.after)
    spoil(ds)
    out = BytesIO()
    ds.save_as(out)
    return replace(pair, after=out.getvalue())


def _later_series(ds: Dataset) -> None:
    ds.SeriesDate = "20190101"


def _later_injection(ds: Dataset) -> None:
    item = ds.RadiopharmaceuticalInformationSequence[0]
    item.RadiopharmaceuticalStartDateTime = f"2019{str(item.RadiopharmaceuticalStartDateTime)[4:]}"


def _shorter_fraction(ds: Dataset) -> None:
    ds.AcquisitionTime = "093000.00000"


def _other_second(ds: Dataset) -> None:
    item = ds.RadiopharmaceuticalInformationSequence[0]
    item.RadiopharmaceuticalStartDateTime = f"{str(item.RadiopharmaceuticalStartDateTime)[:-1]}1"


def _no_date(ds: Dataset) -> None:
    ds.StudyDate = ""


def _no_nested_date(ds: Dataset) -> None:
    del ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime


@pytest.mark.parametrize(
    "spoil", [_later_series, _later_injection, _shorter_fraction, _other_second, _no_date, _no_nested_date]
)
def test_a_changed_or_lost_date_or_time_is_seen(spoil: Callable[[Dataset], None]) -> None:
    pair = _pair("PET")
    assert time_problems(pair, "research") == []
    assert time_problems(_spoilt(pair, spoil), "research") != []


def test_a_reference_that_leads_elsewhere_is_seen() -> None:
    pairs = [_pair("plan"), _pair("structure set")]
    assert uid_problems(pairs) == []
    before, after = resolved(pairs)
    assert before == after > 0

    def lead_elsewhere(ds: Dataset) -> None:
        ds.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID = "2.25.1"

    spoilt = [_spoilt(pairs[0], lead_elsewhere), pairs[1]]
    assert uid_problems(spoilt) != []
    assert resolved(spoilt)[1] < before
