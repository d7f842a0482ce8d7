"""What is recorded: a receiver and a client at work, both upon the recorded disk, from their first day on.

Both lie on one disk, so that both lose their power at once: the worst case for what one knows of the other.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

from adit_uploader.account.settings import HOME_VARIABLE
from adit_uploader.pseudonyms.key_file import KeyPurpose, write_key_file
from tests.parts.orthanc import free_port
from tests.soak.faults.audit import digests_below
from tests.soak.faults.machine import Machine
from tests.soak.faults.material import Amount, Studies
from tests.soak.faults.server import DEPARTMENT, Server

from .disk import Recording, recorded_disk
from .hearing import Heard, hearing_proxy

USER = "user-0"
UPLOAD_SECONDS = 600.0
LOOK_SECONDS = 0.05
WITHOUT_SYNC = (sys.executable, "-m", "tests.soak.powercut.without_folder_sync")


@dataclass(frozen=True, slots=True)
class Wish:
    """How a life goes.

    Attributes:
        instances: how many are uploaded.
        large: one of them has more than 64 MiB.
        forwarding: whether what is stored is delivered at once; else it stays in the spool.
        folder_sync: False: with the defect.
    """

    instances: int
    large: bool = False
    forwarding: bool = True
    folder_sync: bool = True

    @property
    def size(self) -> int:
        """Bytes of the disk."""
        return (512 if self.large else 192) * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Life:
    """A life that has been recorded.

    Attributes:
        heard: what the client was told, and when.
        ready: when the receiver had been set up.
        end: when everything had been said.
        source: the folder that was uploaded.
        expected: folder with what has to arrive, made without a server.
        digests: of what has to arrive, by new SOPInstanceUID.
        port: of the receiver.
        client_port: of the receiver, as the client knows it: the journal remembers the address.
    """

    wish: Wish
    recording: Recording
    heard: Heard
    ready: int
    end: int
    source: Path
    expected: Path
    digests: dict[str, str]
    port: int
    client_port: int
    token: Path


def make_server(disk: Path, wish: Wish, port: int) -> Server:
    server = Server(disk / "receiver", port)
    if not wish.folder_sync:
        server.program = WITHOUT_SYNC
    return server


def make_machine(disk: Path, port: int, token: Path) -> Machine:
    """The client's computer, which reaches the receiver at this port. token: file of it, on another disk."""
    return Machine(USER, disk / "client", f"http://127.0.0.1:{port}/", token)


def record(base: Path, wish: Wish, random: Random) -> Life:
    """Lives a whole life. base: a new folder.

    Raises:
        NoDisks: not on this machine.
    """
    base.mkdir(parents=True)
    source = base / "in"
    # most have 2 to 20 KB, a few up to 60
    Studies(random).write(source, Amount(wish.instances, rows=400, large=int(wish.large)))
    port = free_port()
    with ExitStack() as stack:
        disk, recording = stack.enter_context(recorded_disk(base, wish.size))
        server = make_server(disk, wish, port)
        (token_file,) = server.set_up([USER])
        token = base / "token"
        shutil.copy(token_file, token)
        if not wish.forwarding:
            server.change_policy(suspended=1)
        ready = recording.now
        stack.callback(server.clear_up)
        stack.callback(server.stop)
        server.start()
        stack.enter_context(server.aged())
        expected = base / "expected"
        _deidentify(base, source, server.site_key(token))
        client_port, heard = stack.enter_context(hearing_proxy(port, lambda: recording.now))
        machine = make_machine(disk, client_port, token)
        stack.callback(machine.stop)
        machine.start(source)
        _await_stored(machine, heard, wish.instances)
        end = recording.now
        server.kill()  # whatever is written from now on is of no interest
        machine.stop()
        assert not machine.lanes_without_program()  # they hold the disk
    digests = {uid: found[0] for uid, found in digests_below(expected).items()}
    assert len(digests) == wish.instances
    return Life(wish, recording, heard, ready, end, source, expected, digests, port, client_port, token)


def _await_stored(machine: Machine, heard: Heard, count: int) -> None:
    until = time.monotonic() + UPLOAD_SECONDS
    look = threading.Event()
    while len(heard.stored) < count:
        assert not machine.ended(), f"the upload ended early:\n{machine.output.read_text()}"
        assert time.monotonic() < until, f"the upload does not end: {len(heard.stored)} of {count} are stored"
        look.wait(LOOK_SECONDS)


def _deidentify(base: Path, source: Path, site_key: str) -> None:
    key, home = base / "site-key", base / "expecting"
    write_key_file(key, bytes.fromhex(site_key), KeyPurpose.SITE)
    command = [
        *(sys.executable, "-m", "adit_uploader", "deidentify", str(source), "--out", str(base / "expected")),
        *("--mode", "internal", "--department", DEPARTMENT, "--site-key-file", str(key), "--lanes", "1"),
    ]
    environment = os.environ | {"HOME": str(home), HOME_VARIABLE: str(home)}
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True)
