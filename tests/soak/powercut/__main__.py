"""``python -m tests.soak.powercut``: the long run. Exit status 0 only if nothing is wrong.

With ``--without-folder-sync`` the receiver has a defect, and the run fails if it is not found.
"""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from .cuts import Plan, run


def tell(line: str) -> None:
    """At once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Cuts the power of a receiver and a client, and looks what is left.")
    parser.add_argument("--cuts", type=int, default=int(os.environ.get("SOAK_CUTS", "200")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SOAK_SEED", str(secrets.randbelow(2**32)))))
    parser.add_argument("--each", type=int, default=20, help="cuts of one recorded life (%(default)s)")
    parser.add_argument("--instances", type=int, default=500, help="instances of one life (%(default)s)")
    parser.add_argument(
        "--start", type=int, default=1, help="start the receiver after one cut of so many (%(default)s)"
    )
    parser.add_argument(
        "--resume", type=int, default=3, help="go on uploading after one start of so many (%(default)s)"
    )
    parser.add_argument("--without-folder-sync", action="store_true", help="with a defect that must be found")
    parser.add_argument("--base", type=Path, help="keep everything in this new folder")
    options = parser.parse_args()
    plan = Plan(
        options.seed,
        options.cuts,
        each=options.each,
        instances=options.instances,
        start=options.start,
        resume=options.resume,
        folder_sync=not options.without_folder_sync,
    )
    tell(f"seed {plan.seed}: {plan.cuts} power cuts, folders {'' if plan.folder_sync else 'not '}synced")
    memory = Path("/dev/shm")  # noqa: S108 - a disk in memory, if there is one
    base = options.base or Path(tempfile.mkdtemp(prefix="soak-powercut-", dir=memory if memory.is_dir() else None))
    outcome = run(base, plan, tell)
    tell(f"seed {plan.seed}: {outcome}")
    good = outcome.clean if plan.folder_sync else outcome.lossy > 0
    if good and options.base is None:
        shutil.rmtree(base)
    else:
        tell(f"everything is kept in {base}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
