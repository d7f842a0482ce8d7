"""Lines that are slower than this machine: a network namespace behind 100 Mbit/s or 20 ms. Needs root and ``ip``.

The rate is limited by the kernel (tc tbf), in both directions. The delay is made by two network devices of ours (tun),
between which packets wait: what TCP makes of it is real.
"""

import fcntl
import os
import select
import shutil
import struct
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import BenchmarkError

SERVER, CLIENT = "10.214.7.1", "10.214.7.2"
_TUN = Path("/dev/net/tun")
_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x1001
_MTU = 9000  # so that passing packets on costs little of the processors that are measured
_PACKET = 65536


@dataclass(frozen=True, slots=True)
class FarAway:
    """A namespace. Its programs reach this machine at ``SERVER``."""

    namespace: str

    def words(self, *command: str) -> list[str]:
        """A command as it runs there."""
        return ["ip", "netns", "exec", self.namespace, *command]


def missing() -> str:
    """Why there are no such lines here; '' if there are."""
    if os.geteuid() != 0:
        return "the lines of 100 Mbit/s and 20 ms need root"
    if not (shutil.which("ip") and shutil.which("tc")):
        return "the lines of 100 Mbit/s and 20 ms need ip and tc: sudo apt-get install iproute2"
    return "" if _TUN.exists() else f"the lines of 100 Mbit/s and 20 ms need {_TUN}"


@contextmanager
def slow_line(megabits: int) -> Iterator[FarAway]:
    """A namespace behind so many million bits a second.

    Raises:
        BenchmarkError: it can't be made.
    """
    outer, inner = f"adb{os.getpid() % 10**7}o", f"adb{os.getpid() % 10**7}i"
    with _namespace() as far:
        _run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", far.namespace)
        _address(outer, inner, far)
        limit = ("root", "tbf", "rate", f"{megabits}mbit", "burst", "64kb", "latency", "50ms")
        _run("tc", "qdisc", "add", "dev", outer, *limit)
        _run(*far.words("tc", "qdisc", "add", "dev", inner, *limit))
        yield far


@contextmanager
def long_line(milliseconds: int) -> Iterator[FarAway]:
    """A namespace that is so far away, there and back.

    Raises:
        BenchmarkError: it can't be made.
    """
    outer, inner = f"adb{os.getpid() % 10**7}o", f"adb{os.getpid() % 10**7}i"
    with ExitStack() as stack:
        far = stack.enter_context(_namespace())
        ends = [_device(name, stack) for name in (outer, inner)]
        _run("ip", "link", "set", inner, "netns", far.namespace)
        _address(outer, inner, far)
        for words in (("ip",), far.words("ip")):
            _run(*words, "link", "set", "dev", outer if words == ("ip",) else inner, "mtu", str(_MTU))
        stop, stopped = os.pipe()
        passing = threading.Thread(target=_pass_on, args=(ends, stop, milliseconds / 2000), name="delay")
        passing.start()
        try:
            yield far
        finally:
            os.close(stopped)
            passing.join()
            os.close(stop)


def _pass_on(ends: list[int], stop: int, delay: float) -> None:
    """Takes packets out of either device and puts them into the other one, later. Until ``stop`` is closed."""
    waiting: deque[tuple[float, int, bytes]] = deque()
    while True:
        left = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([*ends, stop], [], [], left)
        if stop in ready:
            return
        for at, end in enumerate(ends):
            if end in ready:
                waiting.append((time.monotonic() + delay, ends[1 - at], os.read(end, _PACKET)))
        while waiting and waiting[0][0] <= time.monotonic():
            _, end, packet = waiting.popleft()
            os.write(end, packet)


def _device(name: str, stack: ExitStack) -> int:
    descriptor = os.open(_TUN, os.O_RDWR)
    stack.callback(os.close, descriptor)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH14x", name.encode(), _IFF_TUN_NO_PI))
    return descriptor


@contextmanager
def _namespace() -> Iterator[FarAway]:
    far = FarAway(f"adit-bench-{os.getpid()}")
    _run("ip", "netns", "add", far.namespace)
    try:
        _run(*far.words("ip", "link", "set", "lo", "up"))
        yield far
    finally:
        _run("ip", "netns", "del", far.namespace)


def _address(outer: str, inner: str, far: FarAway) -> None:
    _run("ip", "addr", "add", SERVER, "peer", CLIENT, "dev", outer)
    _run("ip", "link", "set", outer, "up")
    _run(*far.words("ip", "addr", "add", CLIENT, "peer", SERVER, "dev", inner))
    _run(*far.words("ip", "link", "set", inner, "up"))


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"{' '.join(words)}: {done.stderr.strip()}")
