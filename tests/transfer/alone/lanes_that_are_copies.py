"""Lanes that are forked: they work at once, hold nothing of the program's, and are replaced as others are.

Of a process with a single thread: run by ``test_lanes_that_are_copies_of_the_program.py`` in one of its own.
"""

import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adit_uploader.dicom.inventory import Instance, Inventory, LeftOut, LeftOutReason
from adit_uploader.dicom.scan import Looking, look_at, scan
from adit_uploader.transfer import early_look, lane_link, lane_start, ready_lanes
from adit_uploader.transfer.copies import may_fork
from adit_uploader.transfer.early_look import EarlyLook
from adit_uploader.transfer.events import Event, LaneReplaced
from adit_uploader.transfer.folder_lane import FolderLane
from adit_uploader.transfer.local_run import LocalRun
from adit_uploader.transfer.preparing import Prepared
from adit_uploader.transfer.ready_lanes import ReadyLanes
from adit_uploader.transfer.receipt import ReasonCode
from tests.transfer.studies import plan_of, write_studies


class Broken:
    """Ends the process where it tells what it knows, after the names."""

    HIGHEST_PROTOCOL = 5

    @staticmethod
    def dumps(found: object, protocol: int) -> bytes:
        if protocol and found:
            os._exit(1)
        return b""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Instances in folders and an archive, and what is none."""
    folder = write_studies(tmp_path / "in", instances=9)
    packed = write_studies(tmp_path / "packed", patients=1, series=1, instances=4)
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        for path in packed.rglob("*.dcm"):
            archive.write(path, path.name)
    (folder / "notes.txt").write_text("no image")
    (folder / "nowhere").symlink_to(folder / "not there")
    return folder


@pytest.fixture
def copies() -> Iterator[ReadyLanes]:
    assert may_fork()
    with ReadyLanes(2, fork=True) as ready:
        yield ready


def process_ids(ready: ReadyLanes) -> list[int]:
    return [lane.process.pid for lane in ready._waiting if lane.process.pid is not None]


@pytest.mark.parametrize("processors", [2, 4], ids=["the lanes alone", "with the program's help"])
def test_files_are_looked_at_side_by_side_with_the_same_result(
    copies: ReadyLanes, many: Path, processors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready_lanes, "_processors", lambda: processors)
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
    monkeypatch.setattr(ready_lanes, "STILL", 0.5)
    both = process_ids(copies)
    os.kill(both[0], signal.SIGSTOP)
    os.kill(both[1], signal.SIGSTOP)
    assert scan([many], looking=copies.look) == scan([many])
    assert process_ids(copies) == []


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


def look_early(folder: Path, others: Looking) -> Inventory:
    with EarlyLook([folder]) as early:
        assert early._pipe.poll(20)  # it is through with all of them, or as many as it may
        early.enough()
        return scan([folder], looking=early.before(others))


def test_an_early_look_that_stands_still_leaves_all_to_the_others(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_look, "STILL", 0.2)
    monkeypatch.setattr(early_look, "END_TIMEOUT", 0.1)
    with EarlyLook([many]) as early:
        assert early._process.pid is not None
        os.kill(early._process.pid, signal.SIGSTOP)
        early.enough()
        assert scan([many], looking=early.before(look_at)) == scan([many])


@pytest.mark.parametrize("most", [0, 13, 2000])
def test_what_was_looked_at_early_is_not_looked_at_again_and_the_result_is_the_same(
    most: int, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_look, "MOST", most)
    rest: list[Path] = []

    def others(files: Iterator[Path]) -> Iterator[Instance | LeftOut]:
        for path in files:
            rest.append(path)
            yield from look_at([path])

    assert look_early(many, others) == scan([many])
    files = sum(1 for path in many.rglob("*") if path.is_file())
    assert len(rest) == max(0, files - most)


def test_an_early_look_that_ended_over_a_file_leaves_all_to_the_others(many: Path) -> None:
    with EarlyLook([many]) as early:
        os.kill(early._process.pid or 0, signal.SIGKILL)
        early._process.join()
        early.enough()
        assert scan([many], looking=early.before(look_at)) == scan([many])


def test_an_early_look_that_ended_while_it_told_loses_nothing(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_look, "pickle", Broken)
    assert look_early(many, look_at) == scan([many])


def test_an_early_look_that_meets_a_fault_says_nothing_of_the_file(
    many: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fault(paths: Iterator[Path], cancelled: object) -> None:
        raise RuntimeError(str(next(paths)))

    monkeypatch.setattr(early_look, "look_at", fault)
    assert look_early(many, look_at) == scan([many])
    assert capfd.readouterr() == ("", "")


def test_nobody_waits_for_an_early_look_that_is_not_needed(many: Path) -> None:
    with EarlyLook([many]) as early:
        process = early._process.pid or 0
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


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
    monkeypatch.setattr(lane_start, "started", lambda number: lane_start.forked(number, ()))
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
        "ReadyLanes(3, fork=True)\n"
        "print('started', flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # the output ends when the last process that holds it has ended: the lanes hold it too
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert (done.stdout, done.stderr) == ("started\n", "")
