"""The doorbell of the workers on one machine.

The forward rows are the truth; the bell only saves the time until the next sweep. Each worker listens on a loopback
datagram socket, and keeps a file with its port in a folder beside the spool. The file is locked as long as the worker
lives: the kernel lets go of the lock however it ends, so a free one tells of a worker that was killed.
"""

import contextlib
import fcntl
import os
import select
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def workers_folder(spool: Path) -> Path:
    """Where workers keep their files."""
    return spool / "workers"


def ring(folder: Path) -> None:
    """Rings at every worker that has a file in the folder."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for path in _files(folder):
            try:
                sender.sendto(b"!", (LOOPBACK, int(path.read_text("ascii"))))
            except (OSError, ValueError):  # it has just ended, or was killed long ago
                continue


def bury_dead(folder: Path) -> list[str]:
    """Names of workers that were killed; their files are removed."""
    dead = []
    for path in _files(folder):
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except OSError:  # alive, or just gone
            continue
        dead.append(path.name)
    return dead


class Doorbell:
    """A worker's own bell; close it at the end.

    Raises:
        OSError: the folder can't be written to.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)  # never the spool: a disk that is not mounted is no spool
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self._socket.setblocking(False)
        self._path = folder / name
        # locked before it can be seen, or somebody would take it for a dead worker's
        hidden = folder / f".{name}"
        self._file = hidden.open("w", encoding="ascii")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._file.write(str(self._socket.getsockname()[1]))
        self._file.flush()
        hidden.rename(self._path)

    def ring(self) -> None:
        """Rings at this worker itself; fit for a signal handler. A bell that is taken down does nothing."""
        with contextlib.suppress(OSError):
            self._socket.sendto(b"!", self._socket.getsockname())

    def wait(self, seconds: float) -> None:
        """Returns at the first ring, at once if it rang since the last wait, else after so many seconds."""
        select.select([self._socket], [], [], max(0.0, seconds))
        while True:
            try:
                self._socket.recv(16)
            except BlockingIOError:
                return

    def close(self) -> None:
        """Takes the bell down."""
        self._path.unlink(missing_ok=True)
        self._file.close()
        self._socket.close()


def _files(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in os.listdir(folder) if not name.startswith(".")]  # noqa: PTH208 - fast path
    except FileNotFoundError:
        return []
