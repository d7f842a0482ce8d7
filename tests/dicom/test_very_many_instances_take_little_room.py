"""A hundred thousand instances in one drop: what each of them costs while they are looked for, and after it."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from adit_uploader.dicom.growing import Seen
from adit_uploader.dicom.inventory import Location
from adit_uploader.dicom.scan import scan
from tests.soak.big.material import make_many

INSTANCES = 1200
SERIES = 30
HELD = 850  # bytes an instance; with texts of its own for each it was 2,300
ON_THE_WAY = 350  # bytes an instance more, until the search is over
MEASURED = """
import sys, tracemalloc
from pathlib import Path
from adit_uploader.dicom.scan import scan
folder = Path(sys.argv[1])
scan([next(folder.rglob("IM*"))])  # what is read once, whoever asks
tracemalloc.start()
inventory = scan([folder])
held, peak = tracemalloc.get_traced_memory()
print(sum(1 for _ in inventory.instances()), held, peak)
"""


def test_an_instance_takes_less_than_a_kilobyte(tmp_path: Path) -> None:
    made = make_many(tmp_path / "many", INSTANCES, SERIES)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, made.folder], capture_output=True, text=True, check=True
    )  # a process of its own: what other tests left behind may grow meanwhile
    count, held, peak = map(int, done.stdout.split())
    assert count == INSTANCES
    assert held / INSTANCES < HELD
    assert (peak - held) / INSTANCES < ON_THE_WAY


def test_a_search_tells_the_series_that_grow_and_no_instance_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_many(tmp_path / "many", 60, 6)
    moments = iter(range(1_000_000))
    monkeypatch.setattr("time.monotonic", lambda: next(moments) * 0.02)  # one news for about five files
    told: list[Seen] = []
    inventory = scan([made.folder], seen=told.append)
    grown = {one.key: one.instances for news in told for one in news.series}
    whole = {
        (patient.patient_id, study.study_instance_uid, series.series_instance_uid): len(series.instances)
        for patient in inventory.patients
        for study in patient.studies
        for series in study.series
    }
    assert grown.keys() == whole.keys()
    assert 5 < len(told) < 20
    assert all(len(news.series) <= 2 for news in told)
    assert sum(grown.values()) > 50
    assert all(grown[key] <= whole[key] for key in whole)


def test_places_are_values(tmp_path: Path) -> None:
    path = tmp_path / "P0001" / "IM0001"
    place, same, member = Location(path), Location(path), Location(path, "a/b.dcm")
    assert place == same
    assert hash(place) == hash(same)
    assert place != member
    assert place != path
    assert place.path == path
    assert str(member) == f"{path}!a/b.dcm"
    assert repr(member) == f"Location(path={path!r}, member='a/b.dcm')"
    assert copy.copy(member) == pickle.loads(pickle.dumps(member)) == member  # noqa: S301 - our own
    assert Location(Path("alone")).path == Path("alone")
    assert Location(Path("/")).path == Path("/")
    with pytest.raises(AttributeError):
        place.member = "other"
