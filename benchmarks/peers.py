"""The programs that ours is measured against; installed if they are missing, never into the project's environment."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path

PYTHON_PEERS = ("dicognito==0.19.0", "dicom-anonymizer==2.1.0")
NODE_PEER = "dcmjs@0.51.1"


@dataclass(slots=True)
class Peers:
    """Finds peers, and notes which ones are missing.

    Attributes:
        wanted: False: none is looked for.
        notes: what is missing, and the line that installs it.
    """

    wanted: bool = True
    cache: Path = field(default_factory=lambda: user_cache_path("adit-uploader-benchmarks", appauthor=False))
    notes: list[str] = field(default_factory=list)

    def debian(self, program: str, package: str) -> str | None:
        """The path of a program of Debian's, installed if this user may."""
        if not self.wanted:
            return None
        found = _which(program)
        if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
            quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            _succeeds("apt-get", "update", "-qq", environment=quiet)
            _succeeds("apt-get", "install", "-y", "-qq", "--no-install-recommends", package, environment=quiet)
            found = _which(program)
        if found is None:
            self.notes.append(f"{program} is missing: sudo apt-get install --no-install-recommends {package}")
        return found

    def python(self) -> Path | None:
        """A Python of an environment of its own that has the peers written in Python."""
        if not self.wanted:
            return None
        folder = self.cache / "python"
        ready, python = folder / "ready", folder / "bin" / "python"
        if ready.exists() and ready.read_text("utf-8") == " ".join(PYTHON_PEERS):
            return python
        if not (self._environment(folder) and self._install(python)):
            self.notes.append(f"{' and '.join(PYTHON_PEERS)} can't be installed: see above")
            return None
        ready.write_text(" ".join(PYTHON_PEERS), encoding="utf-8")
        return python

    def node(self) -> Path | None:
        """A folder with dcmjs below ``node_modules``."""
        if not self.wanted:
            return None
        folder = self.cache / "node"
        ready, npm = folder / "ready", shutil.which("npm")
        if npm is None:
            self.notes.append("dcmjs is missing: it needs Node.js and npm")
            return None
        if not (ready.exists() and ready.read_text("utf-8") == NODE_PEER):
            folder.mkdir(parents=True, exist_ok=True)
            if not _succeeds(npm, "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder), NODE_PEER):
                self.notes.append(f"{NODE_PEER} can't be installed: see above")
                return None
            ready.write_text(NODE_PEER, encoding="utf-8")
        return folder

    @staticmethod
    def _environment(folder: Path) -> bool:
        if uv := _uv():
            return _succeeds(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        return _succeeds(sys.executable, "-m", "venv", "--clear", str(folder))

    @staticmethod
    def _install(python: Path) -> bool:
        if uv := _uv():
            return _succeeds(uv, "pip", "install", "--quiet", "--python", str(python), *PYTHON_PEERS)
        return _succeeds(str(python), "-m", "pip", "install", "--quiet", *PYTHON_PEERS)


def _which(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")


def _uv() -> str | None:
    return shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}")


def _succeeds(*words: str, environment: dict[str, str] | None = None) -> bool:
    """Runs a program whose complaints the user sees."""
    return subprocess.run(words, stdout=sys.stderr, env=environment, check=False).returncode == 0
