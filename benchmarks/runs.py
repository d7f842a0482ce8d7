"""Whole processes, run in turn and timed; or watched for their memory, in runs that are not timed."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import machine
from .errors import BenchmarkError
from .shares import Shares

Word = str | Path
_TIMEOUT = 900.0  # seconds; a run that takes longer has gone wrong
_LOOK = 0.005  # seconds between two looks at the memory of processes
_EMPTIED = "emptied"  # folder of what is left of runs


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one contender.

    Attributes:
        number: different for every run of a benchmark.
        folder: empty at its beginning, emptied after it.
        started: seconds since the epoch.
    """

    number: int
    folder: Path
    started: float = 0.0


def nothing(_run: Run) -> None:
    """No preparation."""


def nothing_more(_run: Run) -> dict[str, float]:
    """No further figures."""
    return {}


def no_servers() -> dict[str, int]:
    """Nothing but the program itself."""
    return {}


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that does the job of the benchmark.

    Attributes:
        command: what is timed, from its start to its end; called after ``before``.
        before: prepares a run; not timed.
        after: checks that the job was really done and may add figures in seconds; not timed.
        servers: numbers of the processes that it uses, by name; whose processor time is told apart then.
    """

    name: str
    command: Callable[[Run], Sequence[Word]]
    before: Callable[[Run], None] = nothing
    after: Callable[[Run], Mapping[str, float]] = nothing_more
    environment: Mapping[str, str] = field(default_factory=dict)
    servers: Callable[[], Mapping[str, int]] = no_servers


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run took.

    Attributes:
        seconds: from the start of the process to its end.
        processor: processor seconds of the contender, and of the servers that it used.
        others: processors' share that programs took which are no part of the benchmark, 0 to 1.
        more: further figures of the contender, seconds.
        shares: processor seconds by process, where the contender names the servers that it uses.
    """

    seconds: float
    processor: float
    others: float
    more: Mapping[str, float]
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """How often, and where."""

    work: Path
    runs: int = 5
    warmups: int = 1


def keep_bytecode(folder: Path) -> None:
    """Lets all Python programs of the benchmark keep their compiled modules in a folder, as installed programs do.

    Where ``PYTHONDONTWRITEBYTECODE`` is set each start would compile them all again: seconds, of which no user knows.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def alternate(plan: Plan, contenders: Sequence[Contender]) -> dict[str, list[Sample]]:
    """Each contender once, then each once more, and so on, each time beginning with another one.

    Raises:
        BenchmarkError: a contender failed, or did not do the job.
    """
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in contenders}
    number = 0
    try:
        for turn in range(plan.warmups + plan.runs):
            first = turn % len(contenders)
            for contender in (*contenders[first:], *contenders[:first]):
                number += 1
                sample = run_once(contender, plan.work, number)
                told = "warm-up" if turn < plan.warmups else f"{turn - plan.warmups + 1}/{plan.runs}"
                print(f"  {told:<8} {contender.name}: {sample.seconds:.2f} s", file=sys.stderr, flush=True)
                if turn >= plan.warmups:
                    samples[contender.name].append(sample)
    finally:
        shutil.rmtree(plan.work / _EMPTIED, ignore_errors=True)
    return samples


def run_once(contender: Contender, work: Path, number: int) -> Sample:
    """One timed run.

    Raises:
        BenchmarkError: it failed, or did not do the job.
    """
    folder = work / "run"
    folder.mkdir(parents=True)
    run = Run(number, folder)
    shares: Shares | None = None
    try:
        contender.before(run)
        words = [str(word) for word in contender.command(run)]
        os.sync()  # the disk is done with what the last contender wrote
        own, busy = machine.own_seconds(os.getpid()), machine.busy_seconds()
        run = Run(number, folder, time.time())
        shares = Shares(servers) if (servers := contender.servers()) else None
        begin = time.perf_counter()
        _execute(contender, words, folder, shares)
        seconds = time.perf_counter() - begin
        own, busy = machine.own_seconds(os.getpid()) - own, machine.busy_seconds() - busy
        others = max(0.0, busy - own) / seconds / machine.cores()
        return Sample(seconds, own, others, contender.after(run), shares.seconds() if shares else {})
    finally:
        if shares is not None:
            shares.stop()
        _empty(folder, work / _EMPTIED / str(number))


def _empty(folder: Path, aside: Path) -> None:
    """Take the room of a run's files back, and leave the deleting for later.

    An ext4 without a journal gives out no inode that was deleted within the last minute, and looks at each of them
    again and again while it searches one: half a millisecond for each new file of the next run.
    """
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_nlink == 1:
            os.truncate(path, 0)
        else:
            path.unlink()  # the material of later runs has it under another name
    aside.parent.mkdir(exist_ok=True)
    folder.rename(aside)


def _execute(contender: Contender, words: Sequence[str], folder: Path, shares: Shares | None) -> None:
    log = folder.parent / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | contender.environment,
        )
        if shares is not None:
            shares.watch(process.pid)
        # waiting with a limit would look only every 50 ms; so the limit is somebody else's
        limit = threading.Timer(_TIMEOUT, process.kill)
        limit.start()
        try:
            status = process.wait()
        finally:
            timed_out = not limit.is_alive()
            limit.cancel()
            limit.join()
    if timed_out:
        raise BenchmarkError(f"{contender.name} did not end within {_TIMEOUT:.0f} s")
    if status != 0:
        end = "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
        raise BenchmarkError(f"{contender.name} ended with status {status}:\n{end}")


def peaks_of(contender: Contender, work: Path, *, servers: Mapping[str, int] | None = None) -> dict[str, list[int]]:
    """The memory peak in bytes of every process of a run, largest first.

    Args:
        servers: processes that run on, by name: those that they have started are watched too. Their peaks are
            of their whole lives.

    Returns:
        The contender's processes under its name, those of the servers under theirs.

    Raises:
        BenchmarkError: it failed, or did not do the job.
    """
    folder = work / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run = Run(0, folder)
    peaks: dict[str, dict[int, int]] = {name: {} for name in (contender.name, *(servers or {}))}
    try:
        contender.before(run)
        words = [str(word) for word in contender.command(run)]
        with (work / "run.log").open("wb") as output:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | contender.environment,
            )
            roots = {contender.name: process.pid, **(servers or {})}
            while process.poll() is None:
                for name, root in roots.items():
                    for number in machine.tree(root):
                        peaks[name][number] = max(peaks[name].get(number, 0), machine.peak_bytes(number))
                time.sleep(_LOOK)
        if process.returncode != 0:
            raise BenchmarkError(f"{contender.name} ended with status {process.returncode}")
        contender.after(run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {name: sorted((peak for peak in found.values() if peak), reverse=True) for name, found in peaks.items()}


def must_hold(folder: Path, count: int, *, pattern: str = "*") -> None:
    """Passes if so many files lie below a folder.

    Raises:
        BenchmarkError: they don't: the job was not done.
    """
    found = sum(path.is_file() and path.stat().st_size > 0 for path in folder.rglob(pattern))
    if found != count:
        raise BenchmarkError(f"{found} files came out instead of {count}")
