"""One job end to end: a client, its lanes, a real receiver and its worker, and what each process holds meanwhile."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.parts.receiver import Receiver
from tests.soak.faults.processes import children
from tests.soak.faults.server import WORKER

from .memory import Track, Watch

DESTINATION = "Archive"
LANE = "spawn_main"
DELIVERY_SECONDS = 900.0
POLITE = ("nice", "-n", "10")  # the receiver is on another machine in real life, and gives way here
WINDOW = (sys.executable, "-m", "tests.soak.big.window")
POLICY = """
from adit_receiver.models import ReceiverPolicy
ReceiverPolicy.objects.create(pk=1, quota_per_user=2**40)
"""


@dataclass(slots=True)
class Result:
    """What one run showed.

    Attributes:
        told: what the client told, in its order.
        tracks: memory by process.
        delivered: files that lie in the destination's folder at the end.
    """

    title: str
    told: list[dict[str, Any]] = field(default_factory=list)
    tracks: Mapping[str, Track] = field(default_factory=dict)
    marks: Sequence[tuple[float, str]] = ()
    delivered: int = 0
    delivered_bytes: int = 0

    def of(self, what: str) -> dict[str, Any]:
        """The last that was told of it; empty if nothing was."""
        return next((one for one in reversed(self.told) if one["what"] == what), {})


def by_window(title: str, folder: Path, base: Path, *, interval: float, tell: Callable[[str], None]) -> Result:
    """Sends a folder by the real window, off screen."""
    archive = base / "archive"
    archive.mkdir(parents=True)
    receiver = Receiver(base / "receiver", program=(*POLITE, sys.executable, "-m", "adit_receiver.standalone"))
    receiver.data.mkdir()
    receiver.destination(DESTINATION, "--folder", str(archive))
    token_file = receiver.user("sender", destinations=(DESTINATION,))
    made = receiver.command("manage", "shell", "-c", POLICY)
    assert made.returncode == 0, made.stderr
    receiver.start()
    try:
        arguments = (str(folder), receiver.url, str(token_file))
        result = _sent(Result(title), receiver, arguments, home=base / "home", interval=interval, tell=tell)
        _await_delivery(archive, result.of("upload").get("stored", 0))
    finally:
        receiver.stop()
    for path in archive.rglob("*.dcm"):
        result.delivered += 1
        result.delivered_bytes += path.stat().st_size
    return result


def _await_delivery(archive: Path, count: int) -> None:
    """Waits until so many files lie there; a busy machine takes long to copy a large one, and the window then ends."""
    end = time.monotonic() + DELIVERY_SECONDS
    while time.monotonic() < end and sum(1 for _ in archive.rglob("*.dcm")) < count:
        time.sleep(1.0)


def _sent(
    result: Result,
    receiver: Receiver,
    arguments: Sequence[str],
    *,
    home: Path,
    interval: float,
    tell: Callable[[str], None],
) -> Result:
    environment = os.environ | {"ADIT_UPLOADER_HOME": str(home), "HOME": str(home)}
    home.mkdir()
    client = subprocess.Popen([*WINDOW, *arguments], stdout=subprocess.PIPE, text=True, env=environment)
    server = receiver.process
    assert server is not None
    assert client.stdout is not None

    lanes: dict[int, str] = {}

    def processes() -> Mapping[str, int]:
        named = {"window": client.pid, "receiver": server.pid}
        for pid in children(client.pid, LANE):
            lanes.setdefault(pid, f"lane {len(lanes) + 1}")
        named |= {name: pid for pid, name in lanes.items()}
        workers = children(server.pid, WORKER)
        return named | ({"forwarding": workers[0]} if workers else {})

    try:
        with client.stdout, Watch(processes, interval=interval) as watch:
            for line in client.stdout:
                result.told.append(json.loads(line))
                watch.mark(result.told[-1]["what"])
                tell(line.rstrip())
            status = client.wait()
        assert status == 0, f"the window ended with status {status}"
    finally:
        with suppress(ProcessLookupError):
            client.kill()
        client.wait()
    result.tracks, result.marks = watch.tracks, tuple(watch.marks)
    return result
