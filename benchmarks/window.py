"""The window: how soon it is there, and how it moves with very many instances in it."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts.receiver import Receiver
from tests.soak.big.material import make_many

from . import machine
from .errors import BenchmarkError
from .peers import Peers
from .results import Figure, LimitTable, Report
from .runs import Plan

NAME = "window"
ABOUT = "the window: start, and 100,000 instances in 2,000 series dropped, scrolled and searched"
EACH = 50  # instances of a series
DESTINATION = "Archive"
BARE, PLAIN = "an empty QMainWindow", "a plain QTreeView"
_TIMEOUT = 1800.0  # seconds
_MEGABYTE = 1_000_000
ABOUT_FIGURES = """\
'measured' is by the clock and holds for a quiet machine. 'processor' is what the window's own thread worked for it
(at the start: the whole process), and would take where nothing else runs; the peer's figure is that too."""
Frames = Sequence[tuple[float, float]]
"""Milliseconds by the clock and of the processor, of each."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a process told, and the share of the processors (0 to 1) that other programs took meanwhile."""

    values: Mapping[str, Any]
    others: float


def run(plan: Plan, files: int, peers: Peers) -> Report:
    """Both tables; without peers nothing is beside our figures.

    Raises:
        BenchmarkError: there is no Xvfb, or a process failed.
    """
    plan.work.mkdir(parents=True, exist_ok=True)
    with screen(plan.work) as environment:
        starts = _starts(plan, environment, peers=peers.wanted)
        series = max(1, files // EACH)
        print(f"  making {files} files in {series} series", file=sys.stderr, flush=True)
        folder = make_many(plan.work / "many", files, series).folder
        dropped = _drop(plan.work, folder, environment)
        plain = _ask(("plain", str(plan.work / "rows.json")), environment) if peers.wanted else None
    found = (dropped.values["instances"], dropped.values["series"])
    if found != (files, series):
        raise BenchmarkError(
            f"{found[0]} instances in {found[1]} series were found and planned, of {files} in {series}"
        )
    shares = [told.others for told in (dropped, *starts["ours"], *([plain] if plain else ()))]
    notes = [ABOUT_FIGURES, f"Other programs took {min(shares):.0%} to {max(shares):.0%} of the processors meanwhile."]
    if not peers.wanted:
        notes.append("no peers were asked for")
    return Report(NAME, (_start_table(starts), drop_table(files, series, dropped, plain, starts)), tuple(notes))


@contextmanager
def screen(folder: Path) -> Iterator[dict[str, str]]:
    """An X server of its own, and a user who was never here; gives the environment for programs on it.

    Raises:
        BenchmarkError: there is no Xvfb.
    """
    program = shutil.which("Xvfb")
    if program is None:
        raise BenchmarkError("the window is measured on a screen of its own: install xvfb")
    home = folder / "home"
    home.mkdir()
    words = [program, "-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            number = server.stdout.readline().strip() if server.stdout else ""
            own = {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "LANGUAGE": "en"}
            own |= {"HOME": str(home), "ADIT_UPLOADER_HOME": str(home / "adit-uploader"), "LC_ALL": "C.UTF-8"}
            yield {
                name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "QT_", "DBUS_"))
            } | own
        finally:
            server.terminate()


def _ask(words: Sequence[str], environment: Mapping[str, str]) -> Told:
    """What one process tells.

    Raises:
        BenchmarkError: it failed.
    """
    busy, own, began = machine.busy_seconds(), machine.own_seconds(os.getpid()), time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.in_window", *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise BenchmarkError(f"{words[0]} did not end within {_TIMEOUT:.0f} s") from None
    seconds = time.perf_counter() - began
    others = (machine.busy_seconds() - busy) - (machine.own_seconds(os.getpid()) - own)
    if done.returncode != 0:
        raise BenchmarkError(f"{words[0]} ended with status {done.returncode}:\n{done.stderr[-2000:]}")
    return Told(json.loads(done.stdout.splitlines()[-1]), max(0.0, others) / seconds / machine.cores())


def _starts(plan: Plan, environment: Mapping[str, str], *, peers: bool) -> dict[str, list[Told]]:
    """Each in turn; the first turn fills the caches and does not count."""
    found: dict[str, list[Told]] = {"ours": [], BARE: []}
    for turn in range(plan.warmups + plan.runs):
        for name, word in (("ours", "start"), (BARE, "bare")) if peers else (("ours", "start"),):
            told = _ask((word, repr(time.monotonic())), environment)
            print(f"  start, {name}: {told.values['seconds']:.2f} s", file=sys.stderr, flush=True)
            if turn >= plan.warmups:
                found[name].append(told)
    return found


def _drop(work: Path, folder: Path, environment: Mapping[str, str]) -> Told:
    """A user of a receiver of their own drops the folder."""
    receiver = Receiver(work / "receiver", program=(sys.executable, "-m", "adit_receiver.standalone"))
    receiver.data.mkdir()
    (work / "archive").mkdir()
    receiver.destination(DESTINATION, "--folder", str(work / "archive"))
    token_file = receiver.user("sender", destinations=(DESTINATION,))
    receiver.start()
    try:
        return _ask(("drop", str(folder), receiver.url, str(token_file), str(work / "rows.json")), environment)
    finally:
        receiver.stop()


def _start_table(starts: Mapping[str, Sequence[Told]]) -> LimitTable:
    def median(name: str, what: str) -> float | None:
        return statistics.median(told.values[what] for told in starts[name]) if starts[name] else None

    seconds = statistics.median(told.values["seconds"] for told in starts["ours"])
    figure = Figure(
        "start to a usable window", "s", seconds, 1.5, median("ours", "processor"), median(BARE, "processor")
    )
    return LimitTable(f"Start, median of {len(starts['ours'])}", BARE, (figure,))


def drop_table(
    files: int, series: int, dropped: Told, plain: Told | None, starts: Mapping[str, Sequence[Told]]
) -> LimitTable:
    """What the drop of so many showed."""
    ours, peer = dropped.values, plain.values if plain else None
    figures = [Figure("first rows after the drop", "s", ours["first"]["seconds"], 1.0, ours["first"]["processor"])]
    for what, key in (("all found", "found"), ("all planned", "planned")):
        figures.append(Figure(f"{what} after the drop", "s", ours[key]["seconds"]))
    for what, key in (("the search for files", "found"), ("the planning", "planned")):
        gaps = ours[key]["gaps"]
        figures.append(Figure(f"16 ms timer during {what}: p99", "ms", percentile(gaps, 99)))
    for what, key in (
        ("scrolling by jumps", "jumped"),
        ("scrolling by the wheel", "turned"),
        ("filtering", "filtered"),
    ):
        for part in (50, 99):
            clock, worked = split(ours[key])
            beside = None if peer is None else percentile(split(peer[key])[1], part)
            limit = 25.0 if part == 99 else None
            name = f"{what}, a frame: {'median' if part == 50 else 'p99'}"
            figures.append(Figure(name, "ms", percentile(clock, part), limit, percentile(worked, part), beside))
    held = None if peer is None else peer["memory"] / _MEGABYTE
    figures.append(Figure("memory of the window, peak", "MB", ours["memory"] / _MEGABYTE, 350.0, None, held))
    opened = statistics.median(told.values["memory"] for told in starts["ours"]) / _MEGABYTE
    figures.append(Figure("memory of the window without files", "MB", opened))
    return LimitTable(f"{files} instances in {series} series dropped", PLAIN, tuple(figures))


def split(frames: Frames) -> tuple[list[float], list[float]]:
    """By the clock, and of the processor."""
    return [clock for clock, _ in frames], [worked for _, worked in frames]


def percentile(values: Sequence[float], part: int) -> float:
    """The value that this part of a hundred is not above; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)] if ordered else 0.0
