"""How many connections a destination gets at once, of all workers together.

Each is a locked file in a folder beside the spool: the kernel lets go of the lock however a worker ends. On one machine
this counts always, between machines where their common file system has locks for all (NFS has).
"""

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path


class Slot:
    """One of them, held until it is freed or the process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def free(self) -> None:
        """Lets go; a second time does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def slots_folder(spool: Path) -> Path:
    """Where they lie."""
    return spool / "slots"


def take_slot(folder: Path, destination_key: str, number: int) -> Slot | None:
    """One of so many slots of a destination, None if all are taken.

    Raises:
        OSError: the folder can't be written to.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = hashlib.sha256(destination_key.encode()).hexdigest()[:24]
    for place in range(number):
        descriptor = os.open(folder / f"{name}-{place}", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return Slot(descriptor)
        os.close(descriptor)
    return None
