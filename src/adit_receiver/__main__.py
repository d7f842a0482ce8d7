"""``adit-receiver``: says so where the receiver's own libraries are missing, else runs its commands."""

import importlib.util
import sys


def main() -> int:
    """Runs the command line; returns the exit status."""
    if importlib.util.find_spec("django") is None:
        sys.stderr.write("The receiver is not installed whole. Run: pip install 'adit-uploader[receiver]'\n")
        return 1
    from adit_receiver.standalone.__main__ import main as run  # noqa: PLC0415 - needs Django

    return run()


if __name__ == "__main__":
    sys.exit(main())
