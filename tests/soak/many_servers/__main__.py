"""``python -m tests.soak.many_servers``: the long run. Exit status 0 only if nothing is wrong."""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.many_servers.archives import KINDS
from tests.soak.many_servers.campaign import Campaign, Wish


def tell(line: str) -> None:
    """At once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Two web servers and two workers are killed while uploads arrive.")
    parser.add_argument("--uploads", type=int, default=20, help="at the same time (%(default)s)")
    parser.add_argument("--instances", type=int, default=100, help="of each upload (%(default)s)")
    parser.add_argument("--kills", type=int, default=20, help="of each process (%(default)s)")
    parser.add_argument("--engine", choices=("embedded", "procrastinate"), default="embedded")
    parser.add_argument("--into", choices=KINDS, default=KINDS[0], help="what they go to (%(default)s)")
    parser.add_argument("--restarts", type=int, default=4, help="of PostgreSQL, at once (%(default)s)")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SOAK_SEED", str(secrets.randbelow(2**32)))))
    options = parser.parse_args()
    wish = Wish(
        options.uploads,
        options.instances,
        options.kills,
        options.seed,
        engine=options.engine,
        into=options.into,
        restarts=options.restarts,
    )
    tell(f"seed {wish.seed}: {wish}")
    began = time.monotonic()
    base = Path(tempfile.mkdtemp(prefix="soak-servers-"))
    outcome = Campaign(base, wish, tell).run()
    tell(f"seed {wish.seed}: {outcome}")
    tell(f"{time.monotonic() - began:.0f} seconds")
    if outcome.wrong:
        tell(f"everything is kept in {base}")
        return 1
    shutil.rmtree(base)
    return 0


if __name__ == "__main__":
    sys.exit(main())
