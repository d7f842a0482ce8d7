"""The folder for what arrives: readable by its owner only, names without any data, whole files or none.

Each sitting has a folder of its own in it, so that what arrives later does not mix with what is being sent.
"""

import errno
import filecmp
import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

FLOOR = 256 * 1024 * 1024
"""Bytes that are left free: the system, the journal and the key lists need room too."""

_WHOLE = ".dcm"
_PART = ".part"
_LOOK = 16 * 1024 * 1024  # bytes between two looks at the free space
_BUFFER = 256 * 1024
_HEAD = 1024  # bytes; whose object it is stands in them


def free_bytes(folder: Path) -> int:
    """What is free where the folder is."""
    return shutil.disk_usage(folder).free


def new_folder_name() -> str:
    """For the next sitting."""
    return secrets.token_hex(8)


class Part:
    """An object on its way; ``keep`` or ``drop`` it at the end. Everything raises OSError, ENOSPC where it is full."""

    def __init__(self, folder: Path, free: Callable[[Path], int] = free_bytes) -> None:
        self._path = folder / f"{secrets.token_hex(16)}{_PART}"
        self._free = free
        self._until_look = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._look()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self.file = os.fdopen(os.open(self._path, flags, 0o600), "wb", buffering=_BUFFER)

    def write(self, data: bytes | memoryview) -> None:
        self._until_look -= len(data)
        if self._until_look < 0:
            self._look()
        self.file.write(data)

    def keep(self) -> Path:
        """The file under its final name, on the disk for certain."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        whole = self._path.with_suffix(_WHOLE)
        self._path.rename(whole)
        _sync_folder(whole.parent)
        return whole

    def drop(self) -> None:
        """Nothing of it stays."""
        try:
            self.file.close()
        finally:  # what was still to be written may find no room
            self._path.unlink(missing_ok=True)

    def _look(self) -> None:
        if self._free(self._path.parent) < FLOOR:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._until_look = _LOOK


def files_in(inbox: Path) -> Iterator[Path]:
    """All whole objects. Raises OSError."""
    for folder in _folders(inbox):
        yield from sorted(path for path in folder.iterdir() if path.suffix == _WHOLE)


def copies_of(files: Collection[Path]) -> set[Path]:
    """What else lies beside these, and is the same byte for byte: a workstation has sent it again. Raises OSError."""
    sittings: dict[Path, set[Path]] = defaultdict(set)
    for path in files:
        if path.exists():
            sittings[path.parent].add(path)
    copies: set[Path] = set()
    for folder, ours in sittings.items():
        first = {_head(path): path for path in ours}
        for path in folder.iterdir():
            if path.suffix == _WHOLE and path not in ours:
                same = first.get(_head(path))
                if same is not None and filecmp.cmp(same, path, shallow=False):
                    copies.add(path)
    return copies


def _head(path: Path) -> tuple[int, bytes]:
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size, file.read(_HEAD)


def tidy(inbox: Path) -> None:
    """Removes what never became whole, which its sender was told, and empty folders. Only while nothing listens.

    Raises OSError.
    """
    for folder in _folders(inbox):
        left = False
        for path in folder.iterdir():
            if path.suffix == _PART:
                path.unlink(missing_ok=True)
            else:
                left = True
        if not left:
            folder.rmdir()


def _folders(inbox: Path) -> list[Path]:
    try:
        return sorted(path for path in inbox.iterdir() if path.is_dir() and not path.is_symlink())
    except FileNotFoundError:
        return []


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # folders can't be opened there; the rename is journalled
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
