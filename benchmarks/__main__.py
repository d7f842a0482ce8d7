"""``python -m benchmarks [NAME ...]``: measures, prints tables, and writes JSON if asked."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from . import deid, forward, machine, transfer, window
from .errors import BenchmarkError
from .peers import Peers
from .results import Report, write_json
from .runs import Plan, keep_bytecode

DESCRIPTION = """\
Speed and memory against peers: medians of whole processes that run in turn, so that what else the machine does meets
all of them alike. Peers that are missing are installed into a cache folder of their own; Debian's need root.
"""

_BENCHMARKS: dict[str, tuple[str, int, Callable[[Plan, int, Peers], Report]]] = {
    deid.NAME: (deid.ABOUT, 400, deid.run),
    transfer.NAME: (transfer.ABOUT, 400, transfer.run),
    forward.NAME: (forward.ABOUT, 300, forward.run),
    window.NAME: (window.ABOUT, 100_000, window.run),
}


def main(words: Sequence[str] | None = None) -> int:
    """Runs what is asked for; returns the exit status."""
    options = _parser().parse_args(words)
    if options.list:
        for name, (about, _, _) in _BENCHMARKS.items():
            print(f"{name:<10}{about}")
        return 0
    if options.work is not None:
        options.work.mkdir(parents=True, exist_ok=True)
    keep_bytecode(Peers().cache / "bytecode")
    work = Path(tempfile.mkdtemp(prefix="adit-bench-", dir=options.work))
    reports = []
    try:
        for name in options.names or _BENCHMARKS:
            _, files, measure = _BENCHMARKS[name]
            print(f"{name} ...", file=sys.stderr)
            plan = Plan(work / name, runs=options.runs, warmups=options.warmups)
            report = measure(plan, options.files or files, Peers(wanted=not options.no_peers))
            print(f"\n{report.text()}\n", flush=True)
            reports.append(report)
            shutil.rmtree(plan.work)
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{machine.cores()} cores. 'others': share of the processors that programs outside of the benchmark took.")
    if options.json is not None:
        write_json(options.json, reports, cores=machine.cores())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=DESCRIPTION)
    parser.add_argument("names", nargs="*", choices=[[], *_BENCHMARKS], metavar="NAME", help=", ".join(_BENCHMARKS))
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--json", type=Path, metavar="F", help="write all figures to a file")
    parser.add_argument("--runs", type=_positive, default=5, metavar="N", help="of each contender (%(default)s)")
    parser.add_argument("--warmups", type=int, default=1, metavar="N", help="before them (%(default)s)")
    parser.add_argument("--files", type=_positive, metavar="N", help="in each set")
    parser.add_argument("--no-peers", action="store_true", help="measure only our own programs")
    parser.add_argument("--work", type=Path, metavar="DIR", help="folder for scratch files, on the disk to measure")
    return parser


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError("must be a number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
