"""A search beside a window: processes look at files, and nothing depends on them."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from adit_uploader.dicom.errors import ScanCancelled
from adit_uploader.dicom.inventory import LeftOutReason
from adit_uploader.dicom.scan import never, scan
from adit_uploader.transfer import looking, searching
from adit_uploader.transfer.looking import Helper, SideBySide
from adit_uploader.transfer.searching import Searchers, search
from tests.transfer.studies import write_export

START = 60.0  # seconds at most until a process is there


@pytest.fixture
def many(tmp_path: Path) -> Path:
    return write_export(tmp_path / "in")


@pytest.fixture
def helpers() -> Iterator[Searchers]:
    with Searchers(2, later=0.0) as two:
        assert two.ready() is None
        for one in two._searchers:
            assert wait([one.reports], START)
        yield two


def _together(helpers: Searchers, cancelled: Callable[[], bool] = never) -> SideBySide:
    return SideBySide(
        helpers.ready, helpers.lost, alone=lambda count: count > 0, ours=searching._is_archive, cancelled=cancelled
    )


def _signal(helpers: Searchers, number: signal.Signals, *which: int) -> None:
    for at in which:
        process_id = helpers._searchers[at].process.pid
        assert process_id is not None
        os.kill(process_id, number)


def test_processes_find_what_one_alone_finds(helpers: Searchers, many: Path) -> None:
    found = scan([many], looking=_together(helpers).look)
    assert found == scan([many])
    assert LeftOutReason.DUPLICATE in {one.reason for one in found.left_out}
    assert len(helpers._searchers) == 2


def test_what_a_process_does_not_answer_is_looked_at_here(helpers: Searchers, many: Path) -> None:
    _signal(helpers, signal.SIGKILL, 0)
    helpers._searchers[0].process.join(START)
    assert scan([many], looking=_together(helpers).look) == scan([many])
    assert len(helpers._searchers) == 1


def test_processes_that_stand_still_are_ended(helpers: Searchers, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "STILL", 0.3)
    _signal(helpers, signal.SIGSTOP, 0, 1)
    assert scan([many], looking=_together(helpers).look) == scan([many])
    assert helpers._searchers == []


def test_a_search_that_is_stopped_waits_for_no_process(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int | None] = []
    end = searching._end

    def watched(one: searching._Searcher) -> None:
        one.process.join(10.0)  # it is on its way out before anybody waits for it
        ended.append(one.process.exitcode)
        end(one)

    monkeypatch.setattr(searching, "_end", watched)

    def begin_and_stop() -> None:
        with Searchers(2, later=0.0) as two:
            assert two.ready() is None
            for one in two._searchers:
                assert wait([one.reports], START)
            _signal(two, signal.SIGSTOP, 0, 1)
            scan([many], looking=_together(two, lambda: True).look)

    with pytest.raises(ScanCancelled):
        begin_and_stop()
    assert ended == [-signal.SIGKILL] * 2
    assert multiprocessing.active_children() == []


def test_members_of_an_archive_are_told_one_by_one(helpers: Searchers, many: Path) -> None:
    _signal(helpers, signal.SIGSTOP, 0, 1)  # they would never answer
    assert len(list(_together(helpers).look(iter([many / "more.ZIP"])))) == 4
    _signal(helpers, signal.SIGCONT, 0, 1)


def test_texts_of_many_instances_are_kept_once(many: Path, helpers: Searchers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "CHUNK", 1)
    once = searching._Once()
    found = scan([many], looking=lambda files: map(once.kept, _together(helpers).look(files)))
    for patient in found.patients:
        names = {id(one.patient_name) for one in patient.instances() if one.location.member is None}
        assert len(names) <= 2  # those of each series
        assert len(list(patient.instances())) == 18


def test_a_short_search_starts_no_process(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int) -> None:
        raise AssertionError(number)

    monkeypatch.setattr(searching, "LATER", START)
    monkeypatch.setattr(searching, "_started", refuse)
    assert search([many]) == scan([many])


def test_a_long_search_is_helped_and_leaves_no_process(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "LATER", 0.0)
    monkeypatch.setattr(searching, "processors", lambda: 2)
    helped: list[Helper] = []
    ready = Searchers.ready

    def patient(self: Searchers) -> Sequence[Helper] | None:
        while (found := ready(self)) is None:
            assert wait([one.reports for one in self._searchers], START)
        helped.extend(found)
        return found

    monkeypatch.setattr(Searchers, "ready", patient)
    assert search([many]) == scan([many])
    assert len(helped) == 2
    assert multiprocessing.active_children() == []


def test_with_one_processor_there_is_no_helper() -> None:
    with Searchers(1, later=0.0) as nobody:
        assert nobody.ready() == ()
