"""``python -m tests.soak.big``: one job of very many instances, then one very large instance, end to end.

Exit status 0 only if all was delivered and no process held more than it may. Run it on a machine that does nothing
else: the window's timer measures the machine too.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from .material import FRAME, make_many, make_one
from .page import failures, plot, tables
from .upload import Result, by_window


def tell(line: str) -> None:
    """At once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Sends very many instances, and a very large one, by the real window.")
    parser.add_argument("--instances", type=int, default=int(os.environ.get("SOAK_INSTANCES", "100000")))
    parser.add_argument("--series", type=int, default=0, help="of the many; by default one for each fifty instances")
    parser.add_argument("--frames", type=int, default=8191, help=f"of the large one, {FRAME} bytes each (%(default)s)")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two looks (%(default)s)")
    parser.add_argument("--plots", type=Path, default=Path("docs/pictures"), help="folder for the plots (%(default)s)")
    parser.add_argument("--base", type=Path, help="keep everything in this new folder")
    options = parser.parse_args()
    base = options.base or Path(tempfile.mkdtemp(prefix="soak-big-"))
    results: list[Result] = []
    if options.instances:
        series = options.series or max(1, options.instances // 50)
        many = make_many(base / "many", options.instances, series)
        title = f"{many.instances:,} instances in {many.series:,} series"
        results.append(by_window(title, many.folder, base / "upload-many", interval=options.interval, tell=tell))
        plot(options.plots / "memory-many.svg", results[-1])
    if options.frames:
        one = make_one(base / "one", options.frames)
        title = f"one instance of {one.size:,} bytes"
        results.append(by_window(title, one.folder, base / "upload-one", interval=options.interval, tell=tell))
        plot(options.plots / "memory-one.svg", results[-1])
    tell(tables(results, len(os.sched_getaffinity(0))))
    wrong = [text for result in results for text in failures(result)]
    for text in wrong:
        tell(text)
    if not wrong and options.base is None:
        shutil.rmtree(base)
    else:
        tell(f"everything is kept in {base}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
