"""The bytes behind a location. The boundary where the system's errors become this room's."""

import errno
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Self, cast

from adit_uploader.filled import Filled

from .archive import check_archive, refusal
from .errors import (
    SourceArchive,
    SourceError,
    SourceLoop,
    SourceNotAFile,
    SourceUnreadable,
    SourceVanished,
)
from .inventory import Location

_BLOCK = 256 * 1024
_IN_MEMORY = 8 * 1024 * 1024
# never waits for the other end of a pipe, becomes no terminal's owner, and on Windows changes no line ends
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_VANISHED = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESTALE})
_NOT_A_FILE = frozenset({errno.EISDIR, errno.ENXIO, errno.ENODEV})


def translate(error: OSError | ValueError) -> SourceError:
    """The error of this room for one of the system."""
    number = error.errno if isinstance(error, OSError) else errno.ENOENT  # ValueError: NUL in a path
    if number in _VANISHED:
        return SourceVanished("It is no longer there, or the link to it leads nowhere.")
    if number == errno.ELOOP:
        return SourceLoop("The link leads to itself.")
    if number in _NOT_A_FILE:
        return SourceNotAFile("This is a folder or a device.")
    return SourceUnreadable(Filled("The system says: {why}. Check its rights.", why=os.strerror(number or errno.EIO)))


def open_file(path: Path | str, *, buffering: int = -1) -> tuple[BinaryIO, os.stat_result]:
    """A regular file, opened at its first byte, and what the system knows of it. Never blocks.

    Raises:
        SourceError: by subclass, as in `open_location`.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a text is enough; opening a device can do something
            raise SourceNotAFile("This is a folder, a device, a pipe or a socket.")
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise translate(error) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SourceNotAFile("This is a folder, a device, a pipe or a socket.")
        file: BinaryIO = os.fdopen(descriptor, "rb", buffering=buffering)
    except OSError as error:
        os.close(descriptor)
        raise translate(error) from None
    except SourceError:
        os.close(descriptor)
        raise
    return file, status


def open_location(location: Location) -> BinaryIO:
    """The file behind a location, seekable, at its first byte; a zip member as a temporary file.

    Raises:
        SourceVanished: it is no longer there.
        SourceUnreadable: the system does not let us read it.
        SourceNotAFile: a folder, device, pipe or socket is there.
        SourceLoop: a link leads to itself.
        SourceArchive: the archive, or the member, can't be opened.
    """
    with Sources() as sources:
        return sources.open(location)


class Sources:
    """Opens many locations, one after the other; keeps the last archive's table of contents.

    For whoever opens thousands of members: each opening alone would read that table again.
    """

    __slots__ = ("_archive", "_file", "_path")

    def __init__(self) -> None:
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, location: Location) -> BinaryIO:
        """As `open_location`; what was opened stays open when this is closed."""
        if location.member is None:
            return open_file(location.file)[0]
        with archive_errors():
            return _extract(self._opened(location.path), location.member)

    def close(self) -> None:
        """Close the archive that is still open. Can be called twice."""
        if self._archive is not None:
            self._archive.close()
        if self._file is not None:
            self._file.close()
        self._path = self._file = self._archive = None

    def _opened(self, path: Path) -> zipfile.ZipFile:
        if self._archive is None or path != self._path:
            self.close()
            self._file, status = open_file(path)
            self._archive = zipfile.ZipFile(self._file)
            check_archive(self._archive, status.st_size)
            self._path = path
        return self._archive


def _extract(archive: zipfile.ZipFile, member: str) -> BinaryIO:
    try:
        info = archive.getinfo(member)
    except KeyError:
        raise SourceVanished("The archive no longer holds it.") from None
    if reason := refusal(info):
        raise SourceArchive(reason)
    target = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - the caller closes it
    try:
        with archive.open(info) as stream:
            while block := stream.read(_BLOCK):  # never more than the archive's table says: zipfile stops there
                target.write(block)
        target.seek(0)
    except BaseException:
        target.close()
        raise
    return target


@contextmanager
def archive_errors() -> Iterator[None]:
    """Translates what zipfile raises.

    Raises:
        SourceArchive: the archive is damaged, or made in a way that can't be read.
        SourceUnreadable: the system failed.
    """
    try:
        yield
    except (NotImplementedError, RuntimeError):
        raise SourceArchive("The archive is made in a way that this program does not read.") from None
    except OSError as error:
        raise translate(error) from None
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, ValueError):
        raise SourceArchive("The archive is damaged. It may have been copied only in part.") from None
