"""The servers that peers need, as processes of this benchmark."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts.orthanc import free_port
from tests.parts.receiver import Receiver

from .errors import BenchmarkError

# Debian's dcmtk would otherwise wait 40 ms for a delayed acknowledgement with each file
NO_DELAY = {"TCP_NODELAY": "1"}
_START_SECONDS = 20.0


@contextmanager
def running_storescp(program: str, out: Path) -> Iterator[int]:
    """A dcmtk ``storescp`` that writes what it gets into ``out``; gives its port.

    Raises:
        BenchmarkError: it did not start.
    """
    out.mkdir(parents=True, exist_ok=True)
    port = free_port()
    process = subprocess.Popen(
        [program, "-od", out, str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | NO_DELAY,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def suspend_forwarding(receiver: Receiver) -> None:
    """The receiver stores what it gets, and delivers nothing.

    Raises:
        BenchmarkError: it does not let itself be told.
    """
    code = (
        "from adit_receiver.policy import current_policy as present\n"
        "policy = present()\npolicy.suspended = True\npolicy.save()"
    )
    done = receiver.command("manage", "shell", "-c", code)
    if done.returncode != 0:
        raise BenchmarkError(f"forwarding can't be suspended:\n{done.stderr}")


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise BenchmarkError("storescp did not start")
