"""The receiver with the defect that the harness has to find: it renames, and does not sync the folder.

Run as the receiver's own command is: ``python -m tests.soak.powercut.without_folder_sync serve --data ...``.
"""

import sys
from pathlib import Path

from adit_receiver import spool
from adit_receiver.standalone.__main__ import main


def nothing(folder: Path) -> None:
    """Takes a folder and leaves it to luck."""


if __name__ == "__main__":
    spool.sync_folder = nothing
    sys.exit(main())
