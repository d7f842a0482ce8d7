"""What the machine does while a benchmark runs: processor time of our processes and of all others (Linux)."""

import os
from pathlib import Path

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def busy_seconds() -> float:
    """Processor seconds that all programs of the machine have used since it started (proc(5), /proc/stat)."""
    words = (_PROC / "stat").read_text("ascii").split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, interrupts, soft, _stolen = map(int, words)
    return (user + nice + system + interrupts + soft) / _TICK


def tree(root: int) -> list[int]:
    """A process and all that it has started, directly or not, as far as they are alive."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for number in found:
        found += children.get(number, [])
    return found


def own_seconds(root: int) -> float:
    """Processor seconds of a process and all that it started, ended ones included."""
    return sum(sum(map(int, fields[11:15])) for number in tree(root) if (fields := _stat(number))) / _TICK


def process_seconds(number: int) -> float:
    """Processor seconds of a process alone; 0 if it has ended."""
    return sum(map(int, _stat(number)[11:13])) / _TICK


def peak_bytes(number: int) -> int:
    """The most memory that a process ever held (VmHWM); 0 if it has ended."""
    try:
        lines = (_PROC / str(number) / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _stat(number: int) -> list[str]:
    """Fields of /proc/PID/stat from the third one (state) on; empty if the process has ended."""
    try:
        text = (_PROC / str(number) / "stat").read_text("utf-8", "replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
