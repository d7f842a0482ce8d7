"""The checks of ``inside.py`` in a real ADIT that is installed here: ``make prove-adit ADIT=... ADIT_PYTHON=...``.

What it needs:

    ADIT           a checkout of ADIT's sources (0.51 or later); with the three lines in it, or without
    ADIT_PYTHON    a Python with ADIT's own packages, and with this one: pip install -e 'HERE[procrastinate]'
    ADIT's settings, as ADIT reads them: its ``.env``, or environment variables
    PostgreSQL     where ADIT's DATABASE_URL says; its user may create databases. Only one for the checks is touched

It sends nothing anywhere, and changes nothing in ADIT.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
WITHOUT_CHANGES = "adit_receiver.adit.settings"
OF_ADIT = "adit.settings.test"  # as production, without a manifest of static files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--adit", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--keepdb", action="store_true", help="keep the test's database for the next time")
    options = parser.parse_args()
    adit: Path = options.adit.expanduser().absolute()
    if not (adit / "adit" / "urls.py").is_file():
        parser.error(f"{adit} is no checkout of ADIT")
    changed = "adit_receiver" in (adit / "adit" / "urls.py").read_text("utf-8")
    missing = _missing(options.python, adit)
    if missing:
        sys.stderr.write(f"{options.python} lacks {missing}. See the head of {Path(__file__).name}.\n")
        return 1
    sys.stdout.write(f"ADIT in {adit}, {'with the three lines' if changed else 'without a change'}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="prove-adit-") as data:
        given = {
            "DJANGO_SETTINGS_MODULE": OF_ADIT if changed else WITHOUT_CHANGES,
            "ADIT_SETTINGS": OF_ADIT,
            "ADIT_RECEIVER_DATA": data,
            "PYTHONPATH": os.pathsep.join((str(adit), str(ROOT))),
        }
        keep = ["--keepdb"] if options.keepdb else []
        command = [str(options.python), "-m", "django", "test", "tests.adit.inside", "--noinput", *keep]
        return subprocess.run(command, cwd=adit, env=os.environ | given, check=False).returncode


def _missing(python: Path, adit: Path) -> str:
    """Names of what can't be imported; '' if nothing."""
    lacking = []
    for name in ("adit", "adit_radis_shared", "adit_receiver", "procrastinate"):
        done = subprocess.run(
            [str(python), "-c", f"import {name}"], cwd=adit, capture_output=True, check=False, timeout=120
        )
        if done.returncode:
            lacking.append(name)
    return ", ".join(lacking)


if __name__ == "__main__":
    sys.exit(main())
