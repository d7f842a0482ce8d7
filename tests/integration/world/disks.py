"""The receiver's disk with what a power cut does to it: files are real, and it is noted what of them was synced."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LONGEST_WRITE = 90  # bytes that one write takes: the rest has to be written again


class Crash(BaseException):
    """The receiver ends here, in the middle of whatever it does."""


@dataclass
class ModelledDisk:
    """Stands between the spool and its files. A spooled file keeps its name for life, so that it is known by it.

    Attributes:
        left: steps until the receiver crashes, None: it doesn't.
    """

    folders: tuple[Path, ...]
    left: int | None = None
    _data: dict[str, bytes] = field(default_factory=dict)
    _names: dict[Path, set[str]] = field(default_factory=dict)
    _pwrite: Callable[[int, memoryview, int], int] = os.pwrite
    _rename: Callable[[Path, Path], None] = os.rename

    def step(self) -> None:
        """Raises Crash: this was one step too far."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Crash

    def fsync(self, descriptor: int) -> None:
        """As ``os.fsync``; a crash comes before it or after it."""
        self.step()
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_dir():
            self._names[path] = names_in(path)
        else:
            self._data[path.name] = path.read_bytes()
        self.step()

    def rename(self, source: Path, target: Path) -> None:
        """As ``os.rename``."""
        self.step()
        self._rename(source, target)
        self.step()

    def pwrite(self, descriptor: int, data: memoryview, offset: int) -> int:
        """As ``os.pwrite``, which may take only a part."""
        return self._pwrite(descriptor, data[:LONGEST_WRITE], offset)

    def lose_power(self, lucky: Callable[[], bool]) -> None:
        """What was not synced is gone. lucky: asked for each change, whether it had reached the disk all the same."""
        after: dict[Path, bytes] = {}
        for folder in self.folders:
            now, then = names_in(folder), self._names.get(folder, set())
            for name in sorted(now | then):
                # a name that both have stays; a new one, and the end of an old one, may have got lost
                if (name in now and name in then) or (name in now) == lucky():
                    after[folder / name] = self._content(folder / name, lucky)
        for folder in self.folders:
            for path in folder.iterdir():
                path.unlink()
        self._names = {folder: set() for folder in self.folders}
        self._data = {}
        for path, data in after.items():
            path.write_bytes(data)
            self._names[path.parent].add(path.name)
            self._data[path.name] = data

    def _content(self, path: Path, lucky: Callable[[], bool]) -> bytes:
        synced = self._data.get(path.name)
        if path.exists() and lucky():
            return path.read_bytes()
        # the length that was reserved may be there without the data
        return synced if synced is not None else bytes(path.stat().st_size if path.exists() and lucky() else 0)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class ModelledOs:
    """What takes the place of ``os`` in the modules that write: of the receiver that lives now."""

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fsync(self, descriptor: int) -> None:
        _living().fsync(descriptor)

    def pwrite(self, descriptor: int, data: memoryview, offset: int) -> int:
        return _living().pwrite(descriptor, data, offset)


_rename = os.rename


def rename(source: Path, target: Path) -> None:
    """What takes the place of ``os.rename``; the disk's own files are its own."""
    disk = now
    if disk is not None and Path(source).parent in disk.folders:
        disk.rename(source, target)
    else:
        _rename(source, target)


now: ModelledDisk | None = None
"""The disk of the receiver that lives now."""


def _living() -> ModelledDisk:
    assert now is not None
    return now
