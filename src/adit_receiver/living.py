"""Which server processes live, so that leases of a killed one don't have to run out.

Each keeps a file in a folder beside the spool, locked as long as it lives: the kernel lets go of the lock however it
ends. On one machine this works always, between machines where their common file system has locks for all (NFS has).
"""

import fcntl
import os
from collections.abc import Collection
from functools import cache
from pathlib import Path
from uuid import uuid4

from .forwarding.wake import bury_dead
from .models import JobLease
from .spool import translate
from .transactions import again


class Presence:
    """This process, announced until it ends.

    Raises:
        OSError: the folder can't be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.name = uuid4().hex
        folder.mkdir(mode=0o700, exist_ok=True)  # never the spool: a disk that is not mounted is no spool
        # locked before it can be seen, or somebody would take it for a dead one's
        hidden = folder / f".{self.name}"
        self._descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hidden.rename(folder / self.name)


def servers_folder(spool: Path) -> Path:
    """Where server processes keep their files."""
    return spool / "servers"


def this_server(spool: Path) -> str:
    """Name of this process, unique for ever; announced when it is asked for the first time.

    Raises:
        SpoolError: the folder can't be written to.
    """
    try:
        return _announced(spool).name
    except OSError as error:
        raise translate(error) from None


@cache
def _announced(spool: Path) -> Presence:
    return Presence(servers_folder(spool))


def release_leases_of_dead(spool: Path) -> None:
    """Lets go of all that connections of killed servers held."""
    if dead := bury_dead(servers_folder(spool)):
        _release(dead)


@again
def _release(dead: Collection[str]) -> None:
    JobLease.objects.filter(server__in=dead).delete()
