"""Walking folders: every regular file once, everything else named."""

import os
import stat
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .errors import SourceError, SourceLoop, SourceNotAFile, SourceVanished
from .inventory import LeftOut, LeftOutReason, Location
from .source import translate

_Identity = int | str  # one number where there are two: a walk remembers every file that it has met


def reason_of(error: SourceError) -> LeftOutReason:
    """The reason that a scan gives for a source that can't be opened."""
    if isinstance(error, SourceVanished):
        return LeftOutReason.VANISHED
    if isinstance(error, SourceLoop):
        return LeftOutReason.SYMLINK_LOOP
    if isinstance(error, SourceNotAFile):
        return LeftOutReason.NOT_A_FILE
    return LeftOutReason.UNREADABLE


class FolderWalk:
    """One walk below some paths.

    Links are followed after everything that lies in the folders themselves, so that a file reached in both ways
    keeps its own name. What was reached once, by whatever name, is not reached again.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = roots
        self._seen: set[_Identity] = set()
        self._links: deque[Path] = deque()

    def files(self) -> Iterator[Path | LeftOut]:
        """Absolute paths of regular files, and what is none, in an order that depends on names alone."""
        for root in self._roots:
            path = _absolute(root)
            yield from self._below(path, path.lstat)
        while self._links:
            yield from self._follow(self._links.popleft())

    def _below(self, root: Path, status_of_root: Callable[[], os.stat_result]) -> Iterator[Path | LeftOut]:
        folders: list[Iterator[Path]] = []
        path: Path | None = root
        while path is not None:
            try:
                status = status_of_root() if path is root else path.lstat()
                if stat.S_ISLNK(status.st_mode):
                    self._links.append(path)
                elif self._is_new(path, status):
                    if stat.S_ISDIR(status.st_mode):
                        folders.append(_children(path))
                    else:
                        yield self._file(path, status)
            except (OSError, ValueError) as error:
                yield _left_out(path, translate(error))
            path = _next(folders)

    def _follow(self, link: Path) -> Iterator[Path | LeftOut]:
        try:
            status = link.stat()
            target = link.resolve(strict=True)
        except (OSError, ValueError) as error:
            yield _left_out(link, translate(error))
            return
        except RuntimeError:  # a loop, told so by pathlib before Python 3.13
            yield _left_out(link, SourceLoop("The link leads to itself."))
            return
        if not stat.S_ISDIR(status.st_mode):
            if self._is_new(target, status):
                yield self._file(link, status)
        elif link.parent.resolve().is_relative_to(target):
            yield _left_out(link, SourceLoop("The link leads to a folder that holds it."))
        else:
            yield from self._below(link, link.stat)

    def _is_new(self, path: Path, status: os.stat_result) -> bool:
        identity: _Identity = status.st_dev << 128 | status.st_ino if status.st_ino else str(path)
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True

    def _file(self, path: Path, status: os.stat_result) -> Path | LeftOut:
        if stat.S_ISREG(status.st_mode):
            return path
        return _left_out(path, SourceNotAFile("This is a device, a pipe or a socket."))


def _children(folder: Path) -> Iterator[Path]:
    """What lies in a folder, sorted by name; the folder is read before this returns."""
    names = sorted(os.listdir(folder))  # noqa: PTH208 - names are smaller than paths
    return (folder / name for name in names)


def _next(folders: list[Iterator[Path]]) -> Path | None:
    while folders:
        path = next(folders[-1], None)
        if path is not None:
            return path
        folders.pop()
    return None


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def _left_out(path: Path, error: SourceError) -> LeftOut:
    return LeftOut(Location(path), reason_of(error), error.message)
