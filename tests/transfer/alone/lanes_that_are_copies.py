"""Lanes that are forked: they work at once, hold nothing of the program's, and are replaced as others are.

Of a process with a single thread: run by ``test_lanes_that_are_copies_of_the_program.py`` in one of its own.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adit_uploader.dicom.inventory import LeftOutReason
from adit_uploader.dicom.scan import scan
from adit_uploader.transfer import lane_link, lane_process, lane_start, looking, ready_lanes, zygote
from adit_uploader.transfer.events import Event, LaneReplaced
from adit_uploader.transfer.folder_lane import FolderLane
from adit_uploader.transfer.local_run import LocalRun
from adit_uploader.transfer.preparing import Prepared
from adit_uploader.transfer.ready_lanes import ReadyLanes
from adit_uploader.transfer.receipt import ReasonCode
from adit_uploader.transfer.zygote import Zygote, begun, may_fork
from tests.transfer.studies import plan_of, write_export, write_studies


@pytest.fixture
def many(tmp_path: Path) -> Path:
    return write_export(tmp_path / "in")


@pytest.fixture
def copies() -> Iterator[ReadyLanes]:
    assert may_fork()
    with Zygote() as one, ReadyLanes(2, one) as ready:
        ready.begin()
        yield ready


def process_ids(ready: ReadyLanes) -> list[int]:
    return [lane.process.pid for lane in ready._waiting if lane.process.pid is not None]


@pytest.mark.parametrize("processors", [2, 4], ids=["the lanes alone", "with the program's help"])
def test_files_are_looked_at_side_by_side_with_the_same_result(
    copies: ReadyLanes, many: Path, processors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready_lanes, "processors", lambda: processors)
    found = scan([many], looking=copies.look)
    assert found == scan([many])
    assert len(list(found.instances())) == 36
    assert LeftOutReason.DUPLICATE in {one.reason for one in found.left_out}


def test_a_lane_that_ends_over_a_file_leaves_it_to_the_program(copies: ReadyLanes, many: Path) -> None:
    first, _ = process_ids(copies)
    os.kill(first, signal.SIGKILL)
    assert scan([many], looking=copies.look) == scan([many])
    assert first not in process_ids(copies)


def test_lanes_that_stand_still_over_files_leave_them_to_the_program(
    copies: ReadyLanes, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "STILL", 0.5)
    both = process_ids(copies)
    os.kill(both[0], signal.SIGSTOP)
    os.kill(both[1], signal.SIGSTOP)
    assert scan([many], looking=copies.look) == scan([many])
    assert process_ids(copies) == []


def test_while_lanes_are_not_ready_the_program_looks_itself(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*, wire: bool) -> None:
        signal.pause()

    monkeypatch.setattr(zygote, "PATIENCE", 0.5)
    monkeypatch.setattr(lane_process, "prepare", never)
    with Zygote() as one, ReadyLanes(2, one) as ready:
        assert scan([many], looking=ready.look) == scan([many])
        assert process_ids(ready) == []
        assert not ready.take().at_once  # type: ignore[union-attr]


def test_lanes_that_become_ready_help_from_then_on(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "CHUNK", 2)
    with Zygote() as one, ReadyLanes(2, one) as ready:
        answers = iter([False, False, True])
        monkeypatch.setattr(one, "is_ready", lambda: next(answers))
        assert scan([many], looking=ready.look) == scan([many])
        assert next(answers, None) is None
        assert len(process_ids(ready)) == 2


def test_without_lanes_the_program_looks_itself(many: Path) -> None:
    with ReadyLanes(0) as nobody:
        assert scan([many], looking=nobody.look) == scan([many])


def test_copies_do_the_work_and_one_that_was_killed_is_replaced(
    copies: ReadyLanes, folder: Path, tmp_path: Path
) -> None:
    events: list[Event] = []
    os.kill(process_ids(copies)[0], signal.SIGKILL)
    receipt = LocalRun(plan_of(folder), tmp_path / "out", lanes=2, ready=copies, on_event=events.append).run()
    assert receipt.complete
    assert LaneReplaced(0) in events
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 12
    assert not [path for path in (tmp_path / "out").rglob("*") if path.name.startswith(".")]


def process_of(one: Zygote) -> int:
    assert one._process is not None
    return one._process.pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_without_a_zygote_lanes_start_as_elsewhere(
    number: signal.Signals, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zygote, "PATIENCE", 0.5)
    with Zygote() as one:
        os.kill(process_of(one), number)
        with ReadyLanes(2, one) as ready:
            ready.begin()
            assert [lane.at_once for lane in ready._waiting] == [False, False]
            assert LocalRun(plan_of(folder), tmp_path / "out", lanes=2, ready=ready).run().complete


def test_a_zygote_that_meets_a_fault_says_nothing_and_is_done_without(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fault(*, wire: bool) -> None:
        raise RuntimeError("a patient's name")

    monkeypatch.setattr(lane_process, "prepare", fault)
    with Zygote() as one, ReadyLanes(1, one) as ready:
        ready.begin()
        assert [lane.at_once for lane in ready._waiting] == [False]
        assert len(list(scan([], looking=ready.look).instances())) == 0
    assert capfd.readouterr() == ("", "")


def test_where_the_system_gives_no_process_there_is_no_zygote(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError

    with begun() as one:
        assert one is not None
    monkeypatch.setattr(zygote.os, "fork", refused)
    with begun() as none:
        assert none is None


def test_nobody_waits_for_a_zygote_that_is_not_needed() -> None:
    with Zygote() as one:
        process = process_of(one)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_lanes_hold_nothing_of_each_other(copies: ReadyLanes) -> None:
    first, second = copies._waiting
    first.commands.close()
    first.process.join(20)
    assert not first.process.is_alive()
    assert second.process.is_alive()


def test_a_lane_that_is_a_copy_of_a_copy_is_ended_and_gone(copies: ReadyLanes) -> None:
    for lane in copies._waiting:
        lane.process.kill()
        lane.process.join(20)
        assert not lane.process.is_alive()
        lane.process.kill()  # which changes nothing


def lane_of_its_own(number: int) -> lane_start.StartedLane:
    with Zygote() as one:
        lane = lane_start.copied(one.become)
    assert lane is not None
    return lane


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_an_instance_over_which_two_lanes_end_is_refused_and_what_they_had_not_told_is_written_again(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_studies(tmp_path / "in", patients=1, series=1, instances=40)
    plan = plan_of(folder)
    bad = list(plan.instances())[20]
    write = FolderLane._write
    written = tmp_path / "written.txt"

    def crash(lane: FolderLane, one: Prepared) -> str:
        if one.item.sop_instance_uid == bad.sop_instance_uid:
            os.kill(os.getpid(), number)
        with written.open("a") as file:
            file.write(f"{one.item.number}\n")
        return write(lane, one)

    monkeypatch.setattr(FolderLane, "_write", crash)
    monkeypatch.setattr(lane_link, "HOLD", 1000.0)
    monkeypatch.setattr(lane_start, "started", lane_of_its_own)
    events: list[Event] = []
    receipt = LocalRun(plan, tmp_path / "out", lanes=1, on_event=events.append).run()
    assert [(item.code, item.path) for item in receipt.items] == [(ReasonCode.CRASHED, str(bad.instance.location.path))]
    assert receipt.counts.stored == 39
    assert len([event for event in events if isinstance(event, LaneReplaced)]) == 2
    expected = {f"{one.sop_instance_uid}.dcm" for one in plan.instances()} - {f"{bad.sop_instance_uid}.dcm"}
    assert {path.name for path in (tmp_path / "out").rglob("*.dcm")} == expected
    numbers = written.read_text().split()
    assert len(numbers) > len(set(numbers)) == 39  # some were written and not told when the lane crashed


def test_a_process_with_threads_is_not_copied() -> None:
    assert may_fork()
    go_on = threading.Event()
    thread = threading.Thread(target=go_on.wait)
    thread.start()
    assert not may_fork()
    go_on.set()
    thread.join()


def test_copies_end_when_the_program_is_killed() -> None:
    program = (
        "import os, signal\n"
        "from adit_uploader.transfer.ready_lanes import ReadyLanes\n"
        "from adit_uploader.transfer.zygote import Zygote\n"
        "ReadyLanes(3, Zygote()).begin()\n"
        "print('started', flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # the output ends when the last process that holds it has ended: the lanes hold it too
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == -signal.SIGKILL
    assert (done.stdout, done.stderr) == ("started\n", "")
