"""A disk whose power can be cut at any moment of its life, afterwards and as often as one likes.

    image   an ext4 file system as it was in the beginning
    log     every block that was written since, and every flush, in order (``recorder``)

After a cut a disk holds what had been flushed, and of the blocks that were written later any part: the image of a cut
is the first image, all records up to the last flush before that moment, and a random part of the 4 KiB blocks between
that flush and the moment. Unlike a copy of a living image it is of one moment, and the same again from the same seed.
"""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .fuse import NAME
from .recorder import Record, records

BLOCK = 4096
DISK = "disk"  # folder at which it is mounted
MOUNT_SECONDS = 30.0
PAUSE_SECONDS = 0.05
# nothing is committed by the passing of time: what is durable was asked for
LAZY = "data=ordered,commit=600"


class NoDisks(AssertionError):
    """This machine can't give what the harness needs."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"power cuts need root, /dev/fuse, loop devices, and the Debian packages e2fsprogs and mount; {what}. "
            "Run this as root (sudo make test), or leave it out by name: pytest --deselect tests/integration/"
            "test_power_cuts_lose_nothing.py"
        )


def check_disks() -> None:
    """Raises NoDisks: says what is missing."""
    if os.geteuid() != 0:
        raise NoDisks("this is not root")
    for device in ("/dev/fuse", "/dev/loop-control"):
        if not Path(device).exists():
            raise NoDisks(f"{device} is missing")
    for program in ("mkfs.ext4", "mount", "umount"):
        if shutil.which(program) is None:
            raise NoDisks(f"{program} is missing")


def _run(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stderr}"


@contextmanager
def mounted(image: Path, folder: Path, options: str = "rw") -> Iterator[Path]:
    """An image's file system at a folder. options: of ``mount``."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-o", f"loop,{options}", image, folder)
    try:
        yield folder
    finally:
        _unmount(folder)


def _unmount(folder: Path) -> None:
    """Waits for processes that have been killed and are on their way out."""
    pause = threading.Event()
    for _ in range(int(MOUNT_SECONDS / PAUSE_SECONDS)):
        if subprocess.run(["umount", str(folder)], capture_output=True, check=False).returncode == 0:
            return
        pause.wait(PAUSE_SECONDS)
    _run("umount", folder)


@dataclass(frozen=True, slots=True)
class Recording:
    """A disk's life. first: its image in the beginning."""

    first: Path
    log: Path

    @property
    def now(self) -> int:
        """This moment, as long as the disk lives."""
        return self.log.stat().st_size

    def images(self, moments: list[int], random: Random, image: Path) -> Iterator[int]:
        """Writes the image of a cut at each of these moments, in order of time, always under the same name.

        Gives the moment; the file may be changed by whoever gets it. random: decides what of the unflushed survives.
        """
        flushed = image.with_suffix(".flushed")
        copy_sparse(self.first, flushed)
        with flushed.open("r+b") as disk:
            end = last = 0  # of what was read, of what is in ``flushed``
            later: list[Record] = []
            stream = records(self.log)
            for moment in sorted(moments):
                while end < moment and (record := next(stream, None)) is not None:
                    if record.end > moment:  # was being written, for all that anybody knows
                        stream = records(self.log, end)
                        break
                    end = record.end
                    if record.data:
                        later.append(record)
                    else:
                        for one in later:
                            os.pwrite(disk.fileno(), one.data, one.offset)
                        later.clear()
                        last = end
                assert last <= moment
                # a new file each time: a loop device that lingers upon the old one would be used again, memory and all
                image.unlink(missing_ok=True)
                copy_sparse(flushed, image)
                _write_part(image, later, random)
                yield moment
        flushed.unlink()


def _write_part(image: Path, later: list[Record], random: Random) -> None:
    """A random part of what was not flushed: often all of it or nothing, at times each block for itself."""
    kept = random.choice((0.0, 0.0, 0.3, 0.7, 1.0))
    with image.open("r+b") as disk:
        for record in later:
            for start in range(0, len(record.data), BLOCK):
                if random.random() < kept:
                    os.pwrite(disk.fileno(), record.data[start : start + BLOCK], record.offset + start)


def copy_sparse(source: Path, target: Path) -> None:
    _run("cp", "--sparse=always", source, target)


@contextmanager
def recorded_disk(base: Path, size: int) -> Iterator[tuple[Path, Recording]]:
    """A mounted fresh disk, and its recording. size: bytes; base: an empty folder.

    Raises:
        NoDisks: not on this machine.
    """
    check_disks()
    recording = Recording(base / "first.image", base / "log")
    living = base / "living.image"
    with living.open("xb") as file:
        file.truncate(size)
    # no lazy work of the kernel's own in the background
    _run("mkfs.ext4", "-q", "-b", str(BLOCK), "-E", "lazy_itable_init=0,lazy_journal_init=0", living)
    copy_sparse(living, recording.first)
    recording.log.touch()
    device, folder = base / "device", base / DISK
    device.mkdir()
    channel = os.open("/dev/fuse", os.O_RDWR)
    try:
        options = f"fd={channel},rootmode=40000,user_id=0,group_id=0"
        mount = ["mount", "-i", "-t", "fuse", "-o", options, "recorded-disk", str(device)]
        subprocess.run(mount, check=True, pass_fds=(channel,))
        command = [sys.executable, "-m", f"{__package__}.recorder", str(channel), str(living), str(recording.log)]
        recorder = subprocess.Popen(command, pass_fds=(channel,), cwd=Path(__file__).parents[3])
    finally:
        os.close(channel)
    try:
        with mounted(device / NAME.decode(), folder, LAZY):
            yield folder, recording
    finally:
        _unmount(device)
        recorder.wait(MOUNT_SECONDS)
        living.unlink()
