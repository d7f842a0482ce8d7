"""Finding DICOM instances in folders, files and zip archives."""

import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from adit_uploader.values import dataclass

from .archive import ZIP_BEGINNINGS, check_archive, is_document, refusal, repeated_names
from .duplicates import without_duplicates
from .errors import ScanCancelled, SourceArchive, SourceError
from .folders import FolderWalk, reason_of
from .grouping import make_inventory
from .growing import Growing, Seen
from .instance import examine
from .inventory import Instance, Inventory, LeftOut, LeftOutReason, Location
from .member import MemberReader
from .source import archive_errors, open_file, translate
from .stretches import Familiar

_PROGRESS_INTERVAL = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is.

    Attributes:
        files: looked at; an archive's members count one by one.
        instances, left_out: what they turned out to be.
        bytes: size of the files looked at.
    """

    files: int = 0
    instances: int = 0
    left_out: int = 0
    bytes: int = 0


Looking = Callable[[Iterator[Path]], Iterator[Instance | LeftOut]]
"""Says what some files are, each as by ``look_at``, in any order."""


def never() -> bool:
    """The answer of a scan that nobody stops."""
    return False


def scan(
    paths: Sequence[Path],
    *,
    progress: Callable[[ScanProgress], None] | None = None,
    seen: Callable[[Seen], None] | None = None,
    cancelled: Callable[[], bool] = never,
    looking: Looking | None = None,
) -> Inventory:
    """Everything below some paths: the instances, and what is left out and why.

    The result does not depend on the order in which the disk names its files.

    Args:
        paths: folders, files, zip archives.
        progress: called about ten times a second at most, and once at the end.
        seen: called after ``progress`` with the series that have grown meanwhile. Until the end nobody knows whether
            a series is whole, or one of its instances there a second time with other content.
        cancelled: asked before each file.
        looking: who looks at the files, for whoever has several processes for that. None: this one alone.

    Raises:
        ScanCancelled: `cancelled` said so.
    """
    teller = _Teller(progress, seen)
    instances: list[Instance] = []
    left_out: list[LeftOut] = []
    for found in _found(paths, cancelled, looking):
        if isinstance(found, Instance):
            instances.append(found)
        else:
            left_out.append(found)
        teller.add(found)
    unique, repeated = without_duplicates(instances, lambda: check_cancelled(cancelled))
    teller.finish(instances=len(unique), left_out=len(left_out) + len(repeated))
    return make_inventory(unique, [*left_out, *repeated])


class _Teller:
    """Counts, and tells so at a bearable rate."""

    __slots__ = ("_bytes", "_files", "_growing", "_instances", "_left_out", "_progress", "_seen", "_told")

    def __init__(
        self, progress: Callable[[ScanProgress], None] | None, seen: Callable[[Seen], None] | None = None
    ) -> None:
        self._progress = progress
        self._seen = seen
        self._growing = None if seen is None else Growing()
        self._files = self._instances = self._left_out = self._bytes = 0
        self._told = time.monotonic()

    def add(self, found: Instance | LeftOut) -> None:
        self._files += 1
        self._bytes += found.size
        if isinstance(found, Instance):
            self._instances += 1
            if self._growing is not None:
                self._growing.add(found)
        else:
            self._left_out += 1
        now = time.monotonic()
        if now - self._told >= _PROGRESS_INTERVAL:
            self._told = now
            if self._progress is not None:
                self._progress(ScanProgress(self._files, self._instances, self._left_out, self._bytes))
            if self._seen is not None and self._growing is not None:
                self._seen(self._growing.take())

    def finish(self, *, instances: int, left_out: int) -> None:
        if self._progress is not None:
            self._progress(ScanProgress(self._files, instances, left_out, self._bytes))


def check_cancelled(cancelled: Callable[[], bool]) -> None:
    """Raises ScanCancelled: the answer is yes."""
    if cancelled():
        raise ScanCancelled("The search was stopped before it was through.")


def _found(
    paths: Sequence[Path], cancelled: Callable[[], bool], looking: Looking | None
) -> Iterator[Instance | LeftOut]:
    named: list[LeftOut] = []

    def files() -> Iterator[Path]:
        check_cancelled(cancelled)
        for item in FolderWalk(paths).files():
            check_cancelled(cancelled)
            if isinstance(item, LeftOut):
                named.append(item)
            else:
                yield item

    if looking is None:
        yield from look_at(files(), cancelled)
    else:
        yield from looking(files())
    yield from named


def look_at(
    paths: Iterable[Path], cancelled: Callable[[], bool] = never, familiar: Familiar | None = None
) -> Iterator[Instance | LeftOut]:
    """What files are; an archive is as many as it holds.

    Args:
        paths: absolute.
        cancelled: asked before each member of an archive.
        familiar: what is remembered of other files, for whoever asks again and again.

    Raises:
        ScanCancelled: `cancelled` said so.
    """
    familiar = Familiar() if familiar is None else familiar
    for path in paths:
        yield from _look(Location(path), cancelled, familiar)


def _look(location: Location, cancelled: Callable[[], bool], familiar: Familiar) -> Iterator[Instance | LeftOut]:
    try:
        file, status = open_file(location.file, buffering=0)
    except SourceError as error:
        yield LeftOut(location, reason_of(error), error.message)
        return
    with file:
        try:
            beginning = file.read(4)
            file.seek(0)
            if beginning not in ZIP_BEGINNINGS:
                yield examine(location, file, status.st_size, status.st_mtime_ns, familiar)
                return
        except OSError as error:
            translated = translate(error)
            yield LeftOut(location, reason_of(translated), translated.message, status.st_size)
            return
        yield from _look_into(location, file, (status.st_size, status.st_mtime_ns), cancelled)


def _look_into(
    location: Location, file: BinaryIO, size_and_time: tuple[int, int], cancelled: Callable[[], bool]
) -> Iterator[Instance | LeftOut]:
    """What an archive's members are."""
    size, modified_ns = size_and_time
    try:
        with archive_errors():
            archive = zipfile.ZipFile(file)
        with archive:
            check_archive(archive, size)
            if is_document(archive):
                yield LeftOut(location, LeftOutReason.NOT_DICOM, "It is a document or a program.", size)
                return
            repeated = repeated_names(archive)
            for info in archive.infolist():
                check_cancelled(cancelled)
                if not info.is_dir():
                    yield _look_at_member(location.path, archive, info, modified_ns, repeated)
    except SourceArchive as error:
        yield LeftOut(location, LeftOutReason.ARCHIVE, error.message, size)
    except SourceError as error:
        yield LeftOut(location, reason_of(error), error.message, size)


def _look_at_member(
    path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, modified_ns: int, repeated: frozenset[str]
) -> Instance | LeftOut:
    location = Location(path, info.filename)
    if reason := refusal(info):
        return LeftOut(location, LeftOutReason.ARCHIVE, reason, info.file_size)
    if info.filename in repeated:
        detail = "The archive holds several files of this name."
        return LeftOut(location, LeftOutReason.ARCHIVE, detail, info.file_size)
    try:
        with archive_errors(), archive.open(info) as stream:
            reader = MemberReader(stream)
            if reader.read(4) in ZIP_BEGINNINGS:
                detail = "It is an archive in an archive. Unpack the outer one first."
                return LeftOut(location, LeftOutReason.ARCHIVE, detail, info.file_size)
            reader.seek(0)
            found = examine(location, cast("BinaryIO", reader), info.file_size, modified_ns)
            reader.finish()  # only then is the checksum of the archive compared
    except SourceError as error:
        reason_found = LeftOutReason.ARCHIVE if isinstance(error, SourceArchive) else reason_of(error)
        return LeftOut(location, reason_found, error.message, info.file_size)
    return found
