"""Delivery into a folder: PatientID / StudyInstanceUID / SeriesInstanceUID / SOPInstanceUID.dcm.

A file appears there whole and durable, or not at all. It never replaces one that somebody else put there.
"""

import errno
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from adit_receiver.private_files import sync_folder
from adit_uploader.protocol.digests import algorithm_of, as_text, hasher, knows

from .errors import DestinationUnavailableError
from .folder_quota import Quota
from .parcels import Delivery, GivenUpError, Outcome, Parcel, damaged, unless_given_up, unreadable, wanted
from .safe_names import safe_name

BLOCK = 1024 * 1024  # bytes
INCOMING = ".incoming"
LEFT_OVER_SECONDS = 24 * 3600.0
NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL})


class _UnreadableError(Exception):
    """The spooled file; the destination has nothing to do with it."""


class FolderWriter:
    """Carries parcels into one folder, which must exist: a share that is not mounted is not written beside."""

    def __init__(self, root: Path, quota: int | None = None) -> None:
        """quota: bytes that the folder may hold in all, whoever has put them there; None for no limit."""
        self._root = root
        self._quota = Quota(root, quota) if quota is not None else None

    def carry(
        self, parcels: Sequence[Parcel], stopped: Callable[[], bool], given_up: Callable[[Parcel], bool] = wanted
    ) -> Iterator[Delivery]:
        """See ``Carrier.carry``."""
        if not self._root.is_dir():
            raise DestinationUnavailableError("its folder does not exist or can't be entered")
        self._clear_up()
        for parcel in parcels:
            if stopped():
                return
            if given_up(parcel):
                yield Delivery(parcel, Outcome.GIVEN_UP)
            else:
                if self._quota is not None:
                    self._quota.reserve(parcel.length)
                yield damaged(parcel) or _unknown(parcel) or self._write(parcel, given_up)

    def close(self) -> None:
        """Nothing stays open."""

    def _clear_up(self) -> None:
        """Deletes what a power cut has left of files that were delivered; what is being written is never so old."""
        limit = time.time() - LEFT_OVER_SECONDS
        try:
            for path in (self._root / INCOMING).glob("[0-9]*-*"):
                with suppress(FileNotFoundError):  # another worker looks too
                    if path.stat().st_mtime < limit:
                        path.unlink()
        except OSError as error:
            raise DestinationUnavailableError(_in_words(error)) from None

    def _write(self, parcel: Parcel, given_up: Callable[[Parcel], bool]) -> Delivery:
        incoming = self._root / INCOMING
        try:
            _make_folder(incoming, self._root)
            for left_over in incoming.glob(f"{parcel.key}-*"):  # of a worker that was killed
                left_over.unlink(missing_ok=True)
            temporary = incoming / f"{parcel.key}-{uuid4().hex}"
            try:
                blocks = unless_given_up(_blocks(parcel.path), parcel, given_up)
                if _copy(blocks, temporary, algorithm_of(parcel.digest)) != parcel.digest:
                    return Delivery(
                        parcel, Outcome.FAILED, "Its file in the receiver's spool is damaged. Upload it again."
                    )
                return self._put(parcel, temporary)
            except _UnreadableError:
                return unreadable(parcel)
            except GivenUpError:
                return Delivery(parcel, Outcome.GIVEN_UP)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise DestinationUnavailableError(_in_words(error)) from None

    def _put(self, parcel: Parcel, temporary: Path) -> Delivery:
        """Gives the finished file its name."""
        folder = self._root / safe_name(parcel.patient_id)
        folder = folder / safe_name(parcel.study_instance_uid) / safe_name(parcel.series_instance_uid)
        _make_folder(folder, self._root)
        final = folder / f"{safe_name(parcel.sop_instance_uid)}.dcm"
        if _name_new_file(temporary, final):
            sync_folder(folder)
            return Delivery(parcel, Outcome.DELIVERED)
        if _holds(final, {parcel.digest}):
            sync_folder(folder)  # a worker may have been killed between naming and syncing
            return Delivery(parcel, Outcome.DELIVERED)
        if _holds(final, parcel.own_digests):
            temporary.replace(final)
            sync_folder(folder)
            return Delivery(
                parcel, Outcome.DELIVERED, "It replaced an earlier upload of the same instance with other content."
            )
        return Delivery(
            parcel, Outcome.FAILED, "The folder already holds another file under this instance's name; it was left."
        )


def _unknown(parcel: Parcel) -> Delivery | None:
    """What becomes of a parcel whose digest can't be made here, so that a damaged file would pass; None if it can."""
    if knows(algorithm_of(parcel.digest)):
        return None
    return Delivery(parcel, Outcome.RETRY, "The receiver lacks the library blake3. Its administrator has to look.")


def _blocks(source: Path) -> Iterator[bytes]:
    """Raises _UnreadableError."""
    try:
        with source.open("rb") as reader:
            while block := reader.read(BLOCK):
                yield block
    except OSError:
        raise _UnreadableError from None


def _copy(blocks: Iterable[bytes], target: Path, algorithm: str) -> str:
    """Writes durably; returns the digest of what was written. Raises what the blocks raise."""
    digest = hasher(algorithm)
    with target.open("xb", buffering=0) as writer:
        for block in blocks:
            digest.update(block)
            view = memoryview(block)
            while view:
                view = view[writer.write(view) :]
        os.fsync(writer.fileno())
    return as_text(algorithm, digest.hexdigest())


def _name_new_file(temporary: Path, final: Path) -> bool:
    """Gives the file its name unless the name is taken; whether it did."""
    try:
        os.link(temporary, final)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        # shares and sticks without hard links: the check and the naming are two steps there
        if final.exists():
            return False
        temporary.rename(final)
    return True


def _make_folder(folder: Path, root: Path) -> None:
    """Makes the folder and those between it and ``root``, each durable in its parent."""
    if folder == root or folder.is_dir():
        return
    _make_folder(folder.parent, root)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def _holds(path: Path, digests: Collection[str]) -> bool:
    """Whether a file has one of these digests; of a kind that can't be made here, it has not."""
    for algorithm in sorted(set(map(algorithm_of, digests))):
        if knows(algorithm) and _digest(path, algorithm) in digests:
            return True
    return False


def _digest(path: Path, algorithm: str) -> str:
    digest = hasher(algorithm)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return as_text(algorithm, digest.hexdigest())


def _in_words(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "its disk is full"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "its folder can't be written to"
    return (error.strerror or type(error).__name__).lower()
