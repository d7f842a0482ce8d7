"""An engine remembers what became of elements. Whatever it had before, a file's result is that of a new engine."""

import gc
import tracemalloc
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from adit_uploader.deid.cleaning import Cleaner
from adit_uploader.deid.engine import Deidentifier, Trial
from adit_uploader.deid.errors import SourceDamaged
from adit_uploader.deid.identity import Identity, PatientSecrets
from adit_uploader.deid.profiles import PROFILES, RESEARCH
from adit_uploader.deid.residual import Remains, ResidualCheck
from adit_uploader.deid.source import opened
from adit_uploader.memory import MAX_SIZE, Memory
from tests.deid.corpus import made, parsed, shipped
from tests.deid.made import KEY, SYNTAXES, deidentified, image, written
from tests.deid.series import One, disagreements

SECRETS = PatientSecrets(frozenset({"P-0012345"}), frozenset({"Müller^Anna"}), frozenset({"19500102"}))
NOTHING = Remains((), {})

# What files of one series may differ in, by keyword.
VARIANTS: dict[str, tuple[object, ...]] = {
    "SpecificCharacterSet": ("ISO_IR 100", "ISO_IR 101", "ISO_IR 192", None),
    "SOPClassUID": ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.3"),
    "SOPInstanceUID": ("1.2.3.4.5.1", "1.2.3.4.5.7"),
    "FrameOfReferenceUID": ("1.2.3.4.5.3", "1.2.840.10008.1.4.1.1", None),
    "InstanceNumber": ("1", "2"),
    "ContentDate": ("20200705", "20200231", ""),
    "Manufacturer": ("Maker", "Mueller Medical", "Medical -", "Lindqvist"),
    "StudyDescription": ("CT", "CT für Anna Müller", "Kopf, Karl"),
    "PerformingPhysicianName": ("Kopf^Karl", "Lindqvist^Eva", None),
    "PatientAddress": ("Kopfweg 12", None),
    "PatientAge": ("070Y", "094Y"),
    "ContextUID": ("1.2.3.4.5.1", "1.2.3.4.5.7", None),
    "PatientIdentityRemoved": ("NO", "MUELLER", None),
    "BodyPartExamined": ("HEAD", "MUELLER"),
}


@cache
def _corpus() -> tuple[One, ...]:
    files = [*made(), *shipped()]
    return tuple(One(name, data, str(parsed(data).get("PatientID", "") or "")) for name, data in files)


@pytest.mark.parametrize("name", PROFILES)
def test_files_that_differ_in_one_thing_have_their_own_results(name: str) -> None:
    assert list(disagreements(PROFILES[name])) == []


@pytest.mark.parametrize("name", ["basic", "research"])
def test_files_of_every_kind_have_the_results_of_a_new_engine(name: str) -> None:
    used = Deidentifier(PROFILES[name], KEY)
    for one in _corpus():
        first = one.outcome(used)
        assert first == one.outcome(Deidentifier(PROFILES[name], KEY)), one.name
        assert first == one.outcome(used), one.name


@st.composite
def _series(draw: st.DrawFn) -> list[One]:
    """Some files of one series, whose elements vary in few values."""
    files = []
    for number in range(draw(st.integers(2, 6))):
        chosen = {keyword: draw(st.sampled_from(values)) for keyword, values in VARIANTS.items()}
        ds = image(**{keyword: value for keyword, value in chosen.items() if value is not None})
        if chosen["SpecificCharacterSet"] is None:
            del ds.SpecificCharacterSet
            ds.PatientName, ds.StudyDescription = "Mueller^Anna", "CT"
        _add_private(ds, draw(st.sampled_from(("", "SIEMENS MR HEADER", "GEMS_ACQU_01"))))
        data = written(ds, draw(st.sampled_from(sorted(SYNTAXES))))
        pseudonym = draw(st.sampled_from(("PSEUDO", "OTHER")))
        files.append(One(str(number), data, "P-0012345", pseudonym, draw(st.sampled_from((None, SECRETS)))))
    return files


def _add_private(ds: Dataset, creator: str) -> None:
    ds.add_new(0x00190010, "LO", creator)
    ds.add_new(0x0019100C, "IS", "1000")
    ds.add_new(0x00191027, "FD", 1.5)


@settings(max_examples=60, deadline=None)
@given(_series(), st.sampled_from(("basic", "research")), st.sampled_from((Trial(), Trial("TRIAL-1", "Ein Versuch"))))
def test_files_of_any_series_have_the_results_of_a_new_engine(files: list[One], name: str, trial: Trial) -> None:
    used = Deidentifier(PROFILES[name], KEY, trial)
    for one in files + files:
        assert one.outcome(used) == one.outcome(Deidentifier(PROFILES[name], KEY, trial))


def test_what_is_found_in_a_data_set_is_what_is_found_in_its_elements() -> None:
    """Why a look at each element is a look at the whole."""
    check = ResidualCheck(Cleaner(Identity(SECRETS), remove_dates=True))
    found = 0
    for one in _corpus():
        try:
            with opened(BytesIO(one.data), len(one.data)) as source:
                syntax, raws = source.syntax, source.before.raws
        except SourceDamaged:
            continue
        whole = check.remains(b"".join(raws), syntax) or NOTHING
        parts = [check.remains(raw, syntax) or NOTHING for raw in raws]
        assert whole.leaks == tuple(chain.from_iterable(part.leaks for part in parts))
        assert whole.uids.keys() == set().union(*(part.uids for part in parts))
        found += bool(whole.leaks) and len(whole.uids) > 3
    assert found > 50


def test_memory_is_bounded_and_keeps_what_is_asked_for() -> None:
    memory: Memory[bytes, int] = Memory()
    memory.keep(b"common", 1, 6)
    for number in range(50_000):
        key = b"%d" % number
        assert (memory.at_hand(b"common") or memory.recall(b"common", 6)) == 1
        assert memory.at_hand(key) is None
        assert memory.recall(key, 100) is None
        memory.keep(key, number, 100)
    remembered = [number for number in range(50_000) if memory.at_hand(b"%d" % number) is not None]
    assert 0 < len(remembered) <= 2048
    memory.keep(b"large", 2, MAX_SIZE + 1)
    assert memory.at_hand(b"large") is None
    for number in range(1000):
        memory.keep(b"block %d" % number, number, MAX_SIZE)
    blocks = [number for number in range(1000) if memory.at_hand(b"block %d" % number) is not None]
    assert 0 < len(blocks) * MAX_SIZE <= 512 * 1024


def test_what_an_engine_holds_does_not_grow_with_the_files() -> None:
    def file(number: int) -> bytes:
        uids = {"SOPInstanceUID": f"1.2.3.4.5.{number}", "StudyInstanceUID": f"1.2.3.4.{number // 8}"}
        persons = {"PerformingPhysicianName": f"Kopf{number // 4}^Karl", "ImageComments": f"{number} " * 400}
        return written(image(**uids, **persons))

    def held(files: Iterable[bytes]) -> int:
        for data in files:
            deidentified(data, engine=engine)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    files = [file(number) for number in range(300)]
    engine = Deidentifier(RESEARCH, KEY)
    tracemalloc.start()  # which makes all slower: only what is measured is done meanwhile
    try:
        few = held(files[:100])
        assert held(files[100:]) < few + (1 << 20)
    finally:
        tracemalloc.stop()
