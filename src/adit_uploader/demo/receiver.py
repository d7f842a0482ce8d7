"""A receiver on loopback with a folder as its destination, for as long as the demo runs."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adit_uploader.cli.errors import NotDone

USER = "demo"
DEPARTMENT = "Radiology"
DESTINATION = "archive"
_READY = "adit-receiver ready at "
_STOP_TIMEOUT = 20.0  # seconds for a clean end


@dataclass(frozen=True, slots=True)
class LoopbackReceiver:
    """Attributes:
    url: address to sign in at.
    token_file: holds the demo user's token.
    delivered: the destination's folder.
    """

    url: str
    token_file: Path
    delivered: Path


@contextmanager
def loopback_receiver(folder: Path) -> Iterator[LoopbackReceiver]:
    """Sets a receiver up below ``folder``, runs it on a free port of 127.0.0.1, and stops it at the end.

    Raises:
        NotDone: the receiver is not installed or does not start.
    """
    if importlib.util.find_spec("adit_receiver") is None or importlib.util.find_spec("django") is None:
        raise NotDone(
            "The receiver is not installed.",
            "The demo runs a receiver on this machine. Install it with: pip install 'adit-uploader[desktop,receiver]'",
        )
    data, delivered, token_file = folder / "receiver", folder / "delivered", folder / "receiver" / "demo-token"
    data.mkdir(parents=True, exist_ok=True)
    delivered.mkdir(exist_ok=True)
    _manage(data, "destination", DESTINATION, "--folder", str(delivered))
    _manage(
        data,
        *("user", USER, "--department", DEPARTMENT, "--permit", "internal,batch,fixed"),
        *("--destination", DESTINATION, "--token-file", str(token_file)),
    )
    log = (data / "demo.log").open("wb")
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*_receiver_command(), "serve", "--data", str(data), "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
    )
    try:
        yield LoopbackReceiver(_wait_until_ready(process, data / "demo.log"), token_file, delivered)
    finally:
        _stop(process)
        log.close()


def _receiver_command() -> list[str]:
    return [sys.executable, "-m", "adit_receiver.standalone"]


def _manage(data: Path, command: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [*_receiver_command(), command, *arguments, "--data", str(data)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotDone("The demo's receiver can't be set up.", done.stderr.strip() or done.stdout.strip())


def _wait_until_ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    assert process.stdout is not None  # noqa: S101 - asked for above
    for line in process.stdout:
        text = line.decode(errors="replace").strip()
        if text.startswith(_READY):
            return text.removeprefix(_READY)
    raise NotDone("The demo's receiver did not start.", f"Its log says why: {log}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
