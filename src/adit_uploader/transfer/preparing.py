"""From a file on disk to a finished instance that may leave, or the reason why not."""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO

from adit_uploader.deid.engine import DeidentifiedInstance, Deidentifier, PassThrough
from adit_uploader.deid.errors import (
    DeidentificationError,
    NotBlankable,
    ResidualIdentity,
    SourceChanged,
    SourceDamaged,
)
from adit_uploader.deid.profiles import profile
from adit_uploader.dicom.errors import DamagedFile, DicomError, SourceError, SourceVanished
from adit_uploader.dicom.source import open_file, open_location
from adit_uploader.values import dataclass

from .errors import InstanceRefusal
from .lane_messages import Recipe, Work, WorkItem
from .receipt import ReasonCode

PIECE = 1024 * 1024
_RESERVED = 4 * 1024 * 1024  # bytes; files up to here have their room at once
_CAN_NOT_RESERVE = frozenset({errno.EINVAL, errno.ENODEV, errno.ENOSYS, errno.EOPNOTSUPP})
_CHANGED = "The file changed after it was found. Drop the folder again."
_VANISHED = "The file is no longer there. If it lies on a share or a CD, connect it and try again."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A finished instance beside its open source."""

    instance: DeidentifiedInstance
    file: BinaryIO
    item: WorkItem

    def chunks(self, size: int) -> Iterator[bytes]:
        """The finished file's bytes, each piece at most ``size`` bytes.

        Raises:
            InstanceRefusal: the source can't be read any more, or changed meanwhile; nothing of it may then count.
        """
        try:
            yield from self.instance.chunks(self.file, size)
        except DeidentificationError as error:
            raise _refusal(error) from None
        check_unchanged(self.item)

    def copy_into(self, target: io.FileIO) -> None:
        """Write the finished file into an empty one, as ``chunks`` has it.

        Raises:
            InstanceRefusal: as by ``chunks``.
            OSError: the target can't be written.
        """
        if self._copied_by_the_system(target):
            check_unchanged(self.item)
            return
        target.seek(0)
        target.truncate()
        for piece in self.chunks(PIECE):
            write_all(target, piece)

    def _copied_by_the_system(self, target: io.FileIO) -> bool:
        """Whether the source's own bytes could be copied without passing through this process.

        Whatever hinders that, a failing disk too, is met and told again by the other way.
        """
        body = self.instance.body or (0, 0)
        if not hasattr(os, "copy_file_range") or self.item.location.member is not None or not isinstance(body, tuple):
            return False
        _reserve(target, self.instance.length)
        for piece in self.instance.pieces():
            write_all(target, piece)
        offset, left = body
        while left:
            try:
                moved = os.copy_file_range(self.file.fileno(), target.fileno(), left, offset)
            except OSError:
                return False
            if not moved:  # the source became shorter
                return False
            offset += moved
            left -= moved
        write_all(target, self.instance.trailer)
        return True


def _reserve(file: io.FileIO, size: int) -> None:
    """Have the system set room aside for a small new file at once, which costs it less than to find some for each page.

    Where the file system can't, the C library writes a byte into each block: so not for large files.

    Raises:
        OSError: there is no room.
    """
    if size > _RESERVED or not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno not in _CAN_NOT_RESERVE:
            raise


def write_all(file: io.FileIO, data: bytes) -> None:
    """Write to an unbuffered file, which may take only a part at once."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def engine_of(recipe: Recipe) -> Deidentifier | PassThrough:
    """Raises DeidentificationError: the profile is not known here, or the key is none."""
    if not recipe.profile:
        return PassThrough()
    return Deidentifier(recipe.site_profile or profile(recipe.profile), recipe.site_key, recipe.trial)


def check_unchanged(item: WorkItem) -> None:
    """Look whether the file is the one that the scan saw: size and modification time.

    Raises:
        InstanceRefusal: it isn't, or it is gone.
    """
    try:
        status = os.stat(item.location.file)  # noqa: PTH116 - asked for every file
    except FileNotFoundError:
        raise InstanceRefusal(ReasonCode.VANISHED, _VANISHED) from None
    except OSError:
        raise InstanceRefusal(ReasonCode.UNREADABLE, "The file can't be reached any more.") from None
    _check(item, status)


def _check(item: WorkItem, status: os.stat_result) -> None:
    same_size = item.location.member is not None or status.st_size == item.size
    if not same_size or status.st_mtime_ns != item.modified_ns:
        raise InstanceRefusal(ReasonCode.CHANGED, _CHANGED)


def _opened(item: WorkItem) -> BinaryIO:
    """The file that the scan saw, open.

    Raises:
        InstanceRefusal: it is another one, or can't be opened.
    """
    try:
        if item.location.member is not None:
            check_unchanged(item)
            return open_location(item.location)
        file, status = open_file(item.location.file)
    except SourceVanished:
        raise InstanceRefusal(ReasonCode.VANISHED, _VANISHED) from None
    except SourceError as error:
        raise InstanceRefusal(ReasonCode.UNREADABLE, error.message) from None
    try:
        _check(item, status)
    except InstanceRefusal:
        file.close()
        raise
    return file


@contextmanager
def prepared(engine: Deidentifier | PassThrough, work: Work, item: WorkItem) -> Iterator[Prepared]:
    """The finished instance; its source stays open meanwhile.

    Raises:
        InstanceRefusal: it may not or can't be sent.
    """
    file = _opened(item)
    with file:
        try:
            instance = engine.deidentify(
                file,
                item.size,
                pseudonym=work.pseudonym,
                patient_id=work.patient_id,
                secrets=work.secrets,
                blanking=work.blanking if item.blanked else None,
            )
        except (DeidentificationError, DicomError) as error:
            raise _refusal(error) from None
        with closing(instance):
            uids = (instance.study_instance_uid, instance.series_instance_uid, instance.sop_instance_uid)
            if uids != (item.study_instance_uid, item.series_instance_uid, item.sop_instance_uid):
                raise InstanceRefusal(ReasonCode.CHANGED, _CHANGED)
            yield Prepared(instance, file, item)


def _refusal(error: DeidentificationError | DicomError) -> InstanceRefusal:
    match error:
        case SourceChanged():
            code = ReasonCode.CHANGED
        case SourceDamaged() | DamagedFile():
            code = ReasonCode.DAMAGED
        case ResidualIdentity():
            code = ReasonCode.RESIDUAL
        case NotBlankable():
            code = ReasonCode.NOT_BLANKABLE
        case _:
            code = ReasonCode.DEIDENTIFICATION
    return InstanceRefusal(code, error.message)
