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
from typing import BinaryIO, cast

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
    return SourceUnreadable(f"The system says: {os.strerror(number or errno.EIO)}.")


def open_file(path: Path, *, buffering: int = -1) -> tuple[BinaryIO, os.stat_result]:
    """A regular file, opened at its first byte, and what the system knows of it. Never blocks.

    Raises:
        SourceError: by subclass, as in `open_location`.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a device can already do something
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
    file, status = open_file(location.path)
    if location.member is None:
        return file
    with file, archive_errors(), zipfile.ZipFile(file) as archive:
        check_archive(archive, status.st_size)
        return _extract(archive, location.member)


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
