"""How much memory another process uses, as the kernel counts it. Linux."""

from pathlib import Path

KIB = 1024


def forget_peak(pid: int) -> None:
    """The peak begins anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(pid: int) -> int:
    """The most that was resident since then, bytes."""
    return _status(pid, "VmHWM")


def resident(pid: int) -> int:
    """What is resident now, bytes."""
    return _status(pid, "VmRSS")


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * KIB
    raise LookupError(name)
