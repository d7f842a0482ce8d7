"""``python -m tests.soak.faults``: the long run. Exit status 0 only if nothing is wrong."""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from .campaign import Campaign, Wish


def tell(line: str) -> None:
    """At once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Uploads many instances while faults strike, and counts at the end.")
    parser.add_argument("--instances", type=int, default=int(os.environ.get("SOAK_INSTANCES", "50000")))
    parser.add_argument("--faults", type=int, default=int(os.environ.get("SOAK_FAULTS", "1000")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SOAK_SEED", str(secrets.randbelow(2**32)))))
    parser.add_argument("--machines", type=int, default=4, help="uploads at the same time (%(default)s)")
    parser.add_argument("--folder", type=int, default=200, help="instances of one upload (%(default)s)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no further upload after so many")
    parser.add_argument("--base", type=Path, help="keep everything in this new folder")
    options = parser.parse_args()
    wish = Wish(
        options.seed,
        options.instances,
        options.faults,
        folder=options.folder,
        machines=options.machines,
        large=50,
        long=True,
        seconds=60 * options.minutes,
    )
    tell(f"seed {wish.seed}: {wish.instances} instances, {wish.faults} faults")
    base = options.base or Path(tempfile.mkdtemp(prefix="soak-faults-"))
    outcome = Campaign(base, wish, tell).run()
    tell(f"seed {wish.seed}: {outcome}")
    if outcome.findings.clean and options.base is None:
        shutil.rmtree(base)
    else:
        tell(f"everything is kept in {base}")
    return 0 if outcome.findings.clean else 1


if __name__ == "__main__":
    sys.exit(main())
