"""A tiny run of each benchmark's own code, without peers: figures come out, and work not done is no figure."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import dcmread

from adit_uploader.deid.burned_in import burned_in_risk
from adit_uploader.dicom.scan import scan
from benchmarks import deid, forward, lines, machine, transfer, window
from benchmarks.__main__ import main
from benchmarks.components import main as components
from benchmarks.errors import BenchmarkError
from benchmarks.material import Material, flat, make_ct, make_large, make_mr
from benchmarks.peers import Peers
from benchmarks.results import Figure, LimitTable, MemoryTable, Report, Row, SpeedTable, rows_of, write_json
from benchmarks.runs import Contender, Plan, Run, alternate, must_hold, peaks_of, run_once
from benchmarks.servers import suspend_forwarding
from benchmarks.spooled import main as spooled
from tests.parts.postgresql import ENVIRONMENT as POSTGRESQL
from tests.parts.receiver import running_receiver
from tests.soak.big.material import make_many

NO_PEERS = Peers(wanted=False)


def said(*words: str) -> Contender:
    return Contender(words[0], lambda run: [sys.executable, "-c", *words[1:]])


@pytest.mark.parametrize(("make", "size"), [(make_ct, 528_000), (make_mr, 160_000)])
def test_made_files_have_the_size_and_make_of_real_ones(tmp_path: Path, make: object, size: int) -> None:
    assert callable(make)
    material = make(tmp_path, 4)
    assert material.size / 4 == pytest.approx(size, rel=0.03)
    inventory = scan([tmp_path])
    assert (len(inventory.patients), inventory.left_out) == (2, ())
    for path in tmp_path.rglob("*.dcm"):
        dataset = dcmread(path)
        assert dataset.private_block(0x0029, "SIEMENS CSA HEADER")
        assert len(dataset.PixelData) == dataset.Rows * dataset.Columns * 2


def test_no_made_file_is_held_for_its_picture(tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", 4)
    make_mr(tmp_path / "mr", 4)
    make_large(tmp_path / "large", 2)
    patients = scan([tmp_path]).patients
    instances = [
        instance
        for one in patients
        for study in one.studies
        for series in study.series
        for instance in series.instances
    ]
    assert len(instances) == 9
    assert {burned_in_risk(instance) for instance in instances} == {None}


def test_the_large_file_is_whole(tmp_path: Path) -> None:
    material = make_large(tmp_path, 3)
    dataset = dcmread(tmp_path / "large.dcm")
    assert len(dataset.PixelData) == 3 * 512 * 512 * 2
    assert material.size == (tmp_path / "large.dcm").stat().st_size


def test_files_in_one_folder_are_the_same_files(tmp_path: Path) -> None:
    material = flat(make_mr(tmp_path / "mr", 4), tmp_path / "flat")
    assert material.files == sum(path.is_file() for path in material.folder.iterdir()) == 4


def test_ours_alone_is_measured(tmp_path: Path) -> None:
    material = make_mr(tmp_path / "mr", 4)
    samples = alternate(Plan(tmp_path, runs=1, warmups=0), [deid.ours(tmp_path, material)[0], deid.copy(material)])
    (ours,) = samples["adit-uploader research, 1 lane"]
    (copied,) = samples["cp"]
    assert ours.seconds > 0 < ours.processor
    assert copied.seconds < ours.seconds
    assert deid.of_peers(tmp_path, material, NO_PEERS) == []


def test_contenders_take_turns_and_the_first_turn_does_not_count(tmp_path: Path) -> None:
    order: list[str] = []

    def noting(name: str) -> Contender:
        return Contender(name, lambda run: ["true"], before=lambda run: order.append(name))

    samples = alternate(Plan(tmp_path, runs=2, warmups=1), [noting("a"), noting("b")])
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert {name: len(taken) for name, taken in samples.items()} == {"a": 2, "b": 2}


def test_a_contender_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="status 3:\nbecause"):
        run_once(said("bad", "print('because'); raise SystemExit(3)"), tmp_path, 1)


def test_what_a_run_wrote_takes_no_room_and_what_it_linked_stays_whole(tmp_path: Path) -> None:
    (tmp_path / "material").write_bytes(b"x" * 1000)
    link = f"import os; open(r'{tmp_path}/run/own', 'wb').write(b'x' * 1000); os.link('material', 'run/linked')"
    program = f"import os; os.chdir(r'{tmp_path}'); {link}"
    run_once(said("writer", program), tmp_path, 1)
    left = {path.name: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}
    assert (left["material"], left["own"], "linked" in left) == (1000, 0, False)
    assert not (tmp_path / "run").exists()


def test_a_contender_that_leaves_files_out_is_no_figure(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x")
    (tmp_path / "empty").write_bytes(b"")
    must_hold(tmp_path, 1)
    with pytest.raises(BenchmarkError, match="1 files came out instead of 2"):
        must_hold(tmp_path, 2)


def test_the_peak_of_a_child_is_seen(tmp_path: Path) -> None:
    # the parent lives on after its child, whose figure must not be lost with it
    child = "import sys; held = b'x' * 150_000_000; print(held[-1], flush=True); sys.stdin.read()"
    parent = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); end = time.monotonic() + 0.5\n"
        "while time.monotonic() < end: pass\n"
        "child.communicate()\n"
    )
    peaks = peaks_of(said("family", parent), tmp_path)["family"]
    assert peaks[0] > 150_000_000 > peaks[1]


def test_processor_time_counts_ended_children(tmp_path: Path) -> None:
    before = machine.own_seconds(os.getpid())
    run_once(said("busy", "sum(range(3_000_000))"), tmp_path, 1)
    assert machine.own_seconds(os.getpid()) > before
    assert os.getpid() in machine.tree(os.getppid())


def test_processor_time_is_told_apart_by_process(tmp_path: Path) -> None:
    lane = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    client = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {lane!r}]); sum(range(3_000_000))"
    words = [sys.executable, "-c", client]
    idle = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        contender = Contender("family", lambda run: words, servers=lambda: {"idle": idle.pid, "busy": os.getpid()})
        sample = run_once(contender, tmp_path, 1)
    finally:
        idle.communicate(b"\n")
    assert list(sample.shares) == ["client", "its lanes", "idle", "busy"]
    assert sample.shares["its lanes"] >= 0.4
    assert sample.shares["client"] > 0
    table = SpeedTable("T", Material(tmp_path, 100, 1), "family", rows_of({"family": [sample]}))
    assert "| family |" in table.lines()[-1]
    assert f"{sample.shares['its lanes'] * 10:.1f}" in table.lines()[-1]
    assert not run_once(replace(contender, servers=dict), tmp_path, 2).shares


def test_a_lane_that_another_lane_has_started_is_one_of_them(tmp_path: Path) -> None:
    copy = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    lane = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {copy!r}])"
    client = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {lane!r}])"
    words = [sys.executable, "-c", client]
    sample = run_once(Contender("family", lambda run: words, servers=lambda: {"busy": os.getpid()}), tmp_path, 1)
    assert sample.shares["its lanes"] >= 0.4


@pytest.mark.parametrize("part", ["disk", "groups"])
def test_what_is_written_alone_is_all_there(part: str, tmp_path: Path) -> None:
    material = make_mr(tmp_path / "mr", 4)
    assert components([part, str(tmp_path / "mr"), str(tmp_path / "out")]) == 0
    must_hold(tmp_path / "out", 4)
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) == material.size


@pytest.mark.parametrize("part", ["hash", "socket"])
def test_parts_of_a_transfer_run_alone(part: str, tmp_path: Path) -> None:
    make_mr(tmp_path / "mr", 4)
    words = [sys.executable, "-m", "benchmarks.components", part, str(tmp_path / "mr"), str(tmp_path / "out")]
    assert run_once(Contender(part, lambda run: words), tmp_path, 1).seconds > 0
    assert components(["neither"]) == 2


def test_ours_is_measured_until_everything_is_stored_and_nothing_is_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(POSTGRESQL, raising=False)  # receivers that are measured keep their tables in a file
    material = make_mr(tmp_path / "mr", 4)
    with running_receiver(tmp_path / "receiver") as receiver:
        suspend_forwarding(receiver)
        samples = alternate(Plan(tmp_path, runs=1, warmups=0), [transfer.stored_by(receiver, material, "ours", 1)])
        assert samples["ours"][0].seconds > 0
        assert sum(path.is_file() for path in (receiver.data / "spool" / "stored").iterdir()) == 4
        lost = replace(material, files=5)
        with pytest.raises(BenchmarkError, match="4 files were stored instead of 5"):
            run_once(transfer.stored_by(receiver, lost, "ours", 1), tmp_path, 2)
    assert "shares" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("line", ["slow", "long"])
def test_a_program_behind_a_line_reaches_this_machine_later(line: str) -> None:
    if lines.missing():
        assert os.geteuid() != 0 or not Path("/dev/net/tun").exists() or not shutil.which("tc")
        return
    answer = (
        "import socket, time\n"
        f"begin = time.perf_counter(); line = socket.create_connection(({lines.SERVER!r}, %d), 30)\n"
        "print(time.perf_counter() - begin)\n"
        "begin = time.perf_counter(); line.sendall(bytes(2_000_000)); line.shutdown(1); line.recv(1)\n"
        "print(time.perf_counter() - begin)"
    )
    made = lines.slow_line(100) if line == "slow" else lines.long_line(60)
    with made as far, socket.create_server((lines.SERVER, 0)) as listener:
        words = far.words(sys.executable, "-c", answer % listener.getsockname()[1])
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as program:
            accepted, _ = listener.accept()
            with accepted:
                while accepted.recv(65536):
                    pass
            told, _ = program.communicate()
    connected, sent = map(float, told.split())
    assert connected >= 0.06 if line == "long" else sent >= 0.12


def test_forwarding_is_prepared_on_a_spool_of_its_own_each_time(tmp_path: Path) -> None:
    make_mr(tmp_path / "mr", 4)
    forward.spool_all(tmp_path / "template", tmp_path / "mr", "PACS@127.0.0.1:11112")
    forward.copy_data(tmp_path / "template", tmp_path / "data")
    must_hold(tmp_path / "data" / "spool" / "stored", 4)
    for name in ("receiver.sqlite3", "site-secret"):
        assert (tmp_path / "data" / name).exists()
    assert not (tmp_path / "data" / "receiver.sqlite3").samefile(tmp_path / "template" / "receiver.sqlite3")
    assert forward.run(Plan(tmp_path), 4, NO_PEERS).tables == ()
    assert spooled(["neither"]) == 2


def test_ratios_are_of_medians(tmp_path: Path) -> None:
    material = Material(tmp_path, 10, 5_000_000)
    rows = (Row("ours", (1.0, 2.0, 9.0), 1.5, 0.25, {"stored s": 0.5}), Row("peer", (4.0, 4.0, 4.0), 4.0, 0.0, {}))
    table = SpeedTable("Set", material, "peer", rows)
    assert table.ratio(rows[0]) == 2.0
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.lines()[4:]]
    assert cells[0] == ["ours", "2.00", "1.00 - 9.00", "5", "2", "2.00x", "1.50", "0.50", "25%"]
    assert cells[1][5:] == ["1.00x", "4.00", "", "0%"]
    report = Report("name", (table, MemoryTable("Large", {"ours": {1_000_000: [2_000_000, 1_000_000]}})), ("a note",))
    assert "2 + 1" in report.text()
    write_json(tmp_path / "figures.json", [report], cores=2)
    content = json.loads((tmp_path / "figures.json").read_text())
    assert (content["cores"], content["benchmarks"][0]["tables"][0]["rows"][0]["median"]) == (2, 2.0)


def test_the_command_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "deid",
        "transfer",
        "forward",
        "window",
    ]


def test_a_run_has_a_folder_and_a_number(tmp_path: Path) -> None:
    seen: list[Run] = []
    run_once(Contender("c", lambda run: ["true"], before=seen.append), tmp_path, 7)
    assert seen[0].number == 7
    assert not seen[0].folder.exists()


def test_forwarding_is_compared_as_it_works_without_the_workers_start() -> None:
    rows = (
        Row(forward.STORESCU, (3.0, 2.0, 4.0), 1.0, 0.1, {}),
        Row("ours", (4.0,), 1.0, 0.1, {forward.WORKING: 2.0}),
    )
    assert forward.working_ratios(rows) == "ours 1.50x"
    assert forward.working_ratios(rows[1:]) == ""


def test_a_figure_stands_against_its_limit_and_beside_its_peer(tmp_path: Path) -> None:
    figures = (
        Figure("quick", "ms", 20.0, 25.0, 5.0, 2.5),
        Figure("on a busy machine", "ms", 90.0, 25.0, 24.0),
        Figure("slow", "s", 2.0, 1.5, 1.6),
        Figure("large", "MB", 400.4, 350.0, None, 100.0),
        Figure("told", "s", 3.0),
    )
    table = LimitTable("Drop", "plain Qt", figures)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.lines()[4:]]
    assert cells[0] == ["quick", "20.00 ms", "25.00 ms", "yes", "5.00 ms", "2.50 ms", "2.0"]
    assert [row[3] for row in cells] == ["yes", "by the processor", "no", "no", ""]
    assert cells[3][1:] == ["400 MB", "350 MB", "no", "", "100 MB", "4.0"]
    report = Report("window", (table,))
    write_json(tmp_path / "figures.json", [report], cores=2)
    (plain,) = json.loads((tmp_path / "figures.json").read_text())["benchmarks"][0]["tables"]
    assert [one["within"] for one in plain["figures"]] == [row[3] for row in cells]
    assert window.percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert window.percentile([], 99) == 0.0


def in_window(home: Path, *words: str) -> dict[str, object]:
    """What the part of the window's benchmark tells that runs in a process of its own, of few frames, off screen."""
    code = "import sys, benchmarks.in_window as w; w.FRAMES, w.SEARCHES = 3, ('ax',); sys.exit(w.main(sys.argv[1:]))"
    own = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "ADIT_UPLOADER_HOME": str(home / "own")}
    words_ = [sys.executable, "-c", code, *words]
    done = subprocess.run(words_, env=os.environ | own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_the_window_and_plain_qt_are_measured_with_the_same_rows(tmp_path: Path) -> None:
    material = make_many(tmp_path / "many", 8, 4)
    with running_receiver(tmp_path / "receiver") as receiver:
        receiver.destination("Archive", "--folder", str(tmp_path))
        token = receiver.user("sender", destinations=("Archive",))
        told = in_window(tmp_path, "drop", str(material.folder), receiver.url, str(token), str(tmp_path / "rows"))
    rows = json.loads((tmp_path / "rows").read_text())["rows"]
    assert [row[0] for row in rows] == [0, 1, 2, 2, 2, 2]
    dropped = window.Told(told, 0.0)
    plain = window.Told(in_window(tmp_path, "plain", str(tmp_path / "rows")), 0.0)
    starts = {"ours": [window.Told({"memory": 100_000_000, "seconds": 1.0}, 0.0)]}
    figures = {one.name: one for one in window.drop_table(8, 4, dropped, plain, starts).figures}
    assert (told["instances"], told["series"]) == (8, 4)
    for what in ("scrolling by jumps", "scrolling by the wheel", "filtering"):
        one = figures[f"{what}, a frame: p99"]
        assert one.limit == 25.0
        assert one.measured > 0
        assert one.ratio is not None
    assert 20_000_000 < figures["memory of the window, peak"].measured * 1_000_000 < 350_000_000
