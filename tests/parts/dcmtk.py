"""dcmtk's storage server, for what Orthanc does not do; its port is known before it answers."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts.orthanc import free_port

START_SECONDS = 120.0


class DcmtkMissingError(Exception):
    """dcmtk is not installed."""

    def __init__(self) -> None:
        super().__init__("These tests need dcmtk. Install it: apt-get install dcmtk")


@contextmanager
def storescp(folder: Path, *options: str) -> Iterator[int]:
    """A running ``storescp`` that writes into ``folder``; its port."""
    binary = shutil.which("storescp")
    if binary is None:
        raise DcmtkMissingError
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    log = (folder.parent / f"{folder.name}.log").open("wb")
    process = subprocess.Popen(
        [binary, *options, "--output-directory", folder, str(port)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()
        log.close()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    pause = threading.Event()
    for _ in range(int(START_SECONDS / 0.05)):
        assert process.poll() is None, "storescp has ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            pause.wait(0.05)
        else:
            return
    raise AssertionError("storescp does not answer")
