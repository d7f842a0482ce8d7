"""The desktop program's command line as a process of its own, with a home folder of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 180.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A clinician's computer: a home folder that no other one shares."""

    home: Path

    def run(
        self, *arguments: str | Path, stdin: str | None = None, timeout: float = TIMEOUT
    ) -> "subprocess.CompletedProcess[str]":
        """``adit-uploader ARGUMENTS`` to its end. timeout: seconds."""
        self.home.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DISPLAY"))}
        return subprocess.run(
            [sys.executable, "-m", "adit_uploader", *map(str, arguments)],
            env=environment | {"HOME": str(self.home), "ADIT_UPLOADER_HOME": str(self.home), "COLUMNS": "200"},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
