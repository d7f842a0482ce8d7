"""Files on their way: written, hashed and made durable here, deleted once they are delivered.

    ROOT/incoming/NAME   being written; its writer holds a lock on it, so that a free one is an orphan
    ROOT/stored/NAME     complete and durable; a row of the database says whose it is

Names are random and made here. Nothing that a client says ever becomes part of a path.
"""

import errno
import fcntl
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.digests import SHA256, Hasher, as_text, hasher

from .errors import MismatchError, SpoolError, SpoolFullError, StorageFailedError
from .private_files import sync_folder

_NAME = re.compile(r"[0-9a-f]{32}")
_READ_SIZE = 1024 * 1024
_SYNCING = 8  # files at once in a process
_FEW = 3  # fewer files are synced one after the other: handing them to threads would take as long
_OPEN = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


def translate(error: OSError) -> SpoolError:
    """What the disk's error means here. Its own text, which holds a path, is dropped."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return SpoolFullError("There is no room left on the receiver's disk.")
    return StorageFailedError("The receiver's disk failed. Its administrator has to look.")


@dataclass(slots=True, eq=False)
class DigestOnly:
    """Bytes that are only counted and hashed: of an instance that is there already.

    Attributes:
        length: bytes of the whole file.
        offset: bytes that came so far.
        algorithm: of its digest.
    """

    length: int
    offset: int = 0
    algorithm: str = SHA256
    _hash: Hasher = field(init=False)

    def __post_init__(self) -> None:
        self._hash = hasher(self.algorithm)

    def write(self, data: bytes | memoryview) -> None:
        """Counts and hashes.

        Raises:
            MismatchError: more than the announced length.
        """
        if self.offset + len(data) > self.length:
            raise MismatchError("More bytes arrived than were announced.", RefusalCode.LENGTH)
        self._hash.update(data)
        self._keep(memoryview(data))

    def _keep(self, view: memoryview) -> None:
        self.offset += len(view)

    @property
    def digest(self) -> str:
        """Of what came so far."""
        return as_text(self.algorithm, self._hash.hexdigest())

    def check(self, digest: str) -> None:
        """Compares length and digest, which names its algorithm, with what was announced.

        Raises:
            MismatchError: they differ.
        """
        if self.offset != self.length:
            raise MismatchError("Fewer bytes arrived than were announced.", RefusalCode.LENGTH)
        if self.digest != digest:
            raise MismatchError("The digest of the bytes that arrived is another one.", RefusalCode.DIGEST)

    def discard(self) -> None:
        """Forgets it; nothing was kept."""

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass(slots=True, eq=False)
class IncomingFile(DigestOnly):
    """A file that is being written, its whole length reserved on the disk; close it in any case.

    ``write`` raises SpoolFullError and StorageFailedError too.
    """

    path: Path = Path()
    _descriptor: int = -1

    @property
    def name(self) -> str:
        """Random name in the spool."""
        return self.path.name

    def _keep(self, view: memoryview) -> None:
        try:
            while view:
                written = os.pwrite(self._descriptor, view, self.offset)
                self.offset += written
                view = view[written:]
        except OSError as error:
            raise translate(error) from None

    def read_again(self, offset: int) -> None:
        """Takes the first ``offset`` bytes from the file itself, for the digest.

        Raises:
            StorageFailedError: they are not there.
        """
        while self.offset < offset:
            try:
                data = os.pread(self._descriptor, min(_READ_SIZE, offset - self.offset), self.offset)
            except OSError as error:
                raise translate(error) from None
            if not data:
                raise StorageFailedError("The beginning of the instance is not there any more.")
            self._hash.update(data)
            self.offset += len(data)

    def digest_by(self, algorithm: str) -> str:
        """Digest of what was written, by another algorithm than its own.

        Raises:
            StorageFailedError: it can't be read.
        """
        seen = DigestOnly(self.length, algorithm=algorithm)
        try:
            while data := os.pread(self._descriptor, _READ_SIZE, seen.offset):
                seen.write(data)
        except OSError as error:
            raise translate(error) from None
        return seen.digest

    def sync(self) -> None:
        """Makes what was written durable.

        Raises:
            SpoolFullError, StorageFailedError: the disk's; the file is then worthless, also when a second try succeeds.
        """
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise translate(error) from None

    def close(self) -> None:
        """Lets go of the file and of its lock. May be called twice."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with suppress(OSError):  # of what counts, fsync has told
                os.close(descriptor)

    def discard(self) -> None:
        """Closes the file and deletes it; if the disk won't have that, the sweep deletes it later."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self.close()


class Spool:
    """The folder of what is on its way. Any number of processes may use it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"
        self.stored = root / "stored"

    def prepare(self) -> None:
        """Makes the folders, for this user's eyes only.

        Raises:
            StorageFailedError, SpoolFullError: they can't be made.
        """
        try:
            for folder in (self.root, self.incoming, self.stored):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self.root)
            sync_folder(self.root.parent)
        except OSError as error:
            raise translate(error) from None

    def free(self) -> int:
        """Bytes left on the disk for this user.

        Raises:
            StorageFailedError: the folder is not there.
        """
        try:
            state = os.statvfs(self.incoming)  # the root may be a place where nothing is mounted
        except OSError as error:
            raise translate(error) from None
        return state.f_bavail * state.f_frsize

    def begin(self, length: int, *, floor: int, algorithm: str = SHA256) -> IncomingFile:
        """A new file with its whole length reserved.

        Args:
            length: bytes.
            floor: bytes of the disk that are never used.
            algorithm: of its digest.

        Raises:
            SpoolFullError: no room above the floor.
            StorageFailedError: the disk's.
        """
        if self.free() - length < floor:
            raise SpoolFullError("There is no room left on the receiver's disk.")
        path = self.incoming / secrets.token_hex(16)
        try:
            descriptor = os.open(path, _OPEN | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise translate(error) from None
        file = IncomingFile(length, algorithm=algorithm, path=path, _descriptor=descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.posix_fallocate(descriptor, 0, length)
        except OSError as error:
            file.discard()
            raise translate(error) from None
        return file

    def resume(self, name: str, length: int, offset: int, *, algorithm: str = SHA256) -> IncomingFile:
        """A file whose first ``offset`` bytes are durable, read again for its digest.

        Raises:
            StorageFailedError: it is gone, shorter, or somebody else writes it.
        """
        path = self.incoming / _checked(name)
        try:
            descriptor = os.open(path, _OPEN)
        except OSError as error:
            raise translate(error) from None
        file = IncomingFile(length, algorithm=algorithm, path=path, _descriptor=descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.fstat(descriptor).st_nlink:  # deleted since it was opened
                raise StorageFailedError("The beginning of the instance is not there any more.")
            file.read_again(offset)
        except OSError as error:
            file.close()
            raise translate(error) from None
        except SpoolError:
            file.close()
            raise
        return file

    def publish(self, files: Sequence[IncomingFile]) -> dict[IncomingFile, SpoolError]:
        """Makes complete files durable under ``stored``: data, then names, then the folder. Locks stay held.

        Returns:
            The files that failed, each with its error; they are gone. All others are durable.

        Raises:
            SpoolError: the folder itself could not be synced; nothing counts as stored.
        """
        failed = _sync_all(files)
        for file in files:
            if file in failed:
                continue
            try:
                target = self.stored / file.name
                file.path.rename(target)
                file.path = target
            except OSError as error:
                failed[file] = translate(error)
        for file in failed:
            file.discard()
        try:
            sync_folder(self.stored)
        except OSError as error:
            raise translate(error) from None
        return failed

    def keep_name(self) -> None:
        """Makes the names under ``incoming`` durable: before a row may speak of a partial file.

        Raises:
            SpoolError: the disk's.
        """
        try:
            sync_folder(self.incoming)
        except OSError as error:
            raise translate(error) from None

    def stored_path(self, name: str) -> Path:
        """Where a stored file lies.

        Raises:
            ValueError: this is no name of a spooled file.
        """
        return self.stored / _checked(name)

    def delete(self, name: str) -> None:
        """Deletes a stored file; one that is gone already is fine.

        Raises:
            StorageFailedError: the disk's.
        """
        try:
            self.stored_path(name).unlink(missing_ok=True)
        except OSError as error:
            raise translate(error) from None

    def delete_incoming(self, name: str) -> bool:
        """Deletes a file under ``incoming`` unless somebody writes it; whether it is gone."""
        try:
            return _delete_unlocked(self.incoming / _checked(name))
        except OSError:
            return False

    def abandoned(self, folder: Path) -> Iterator[Path]:
        """Files of ``incoming`` or ``stored`` that no living process holds.

        Raises:
            StorageFailedError: the disk's.
        """
        try:
            for path in folder.iterdir():
                if _NAME.fullmatch(path.name) and _is_unlocked(path):
                    yield path
        except OSError as error:
            raise translate(error) from None

    def remove(self, path: Path) -> bool:
        """Deletes a file that ``abandoned`` gave; whether it was still there.

        Raises:
            StorageFailedError: the disk's.
        """
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise translate(error) from None
        return True


@cache
def _syncing_threads() -> ThreadPoolExecutor:
    """Those of this process: making them anew for each group would take as long as the syncing."""
    return ThreadPoolExecutor(_SYNCING, "sync")


def _sync_all(files: Sequence[IncomingFile]) -> dict[IncomingFile, SpoolError]:
    """Syncs files side by side, so that the file system writes its journal once for several of them.

    Returns:
        The files that failed, each with its error.
    """

    def sync(file: IncomingFile) -> SpoolError | None:
        try:
            file.sync()
        except SpoolError as error:
            return error
        return None

    found = map(sync, files) if len(files) < _FEW else _syncing_threads().map(sync, files)
    return {file: error for file, error in zip(files, found, strict=True) if error is not None}


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("not a name of a spooled file")
    return name


def _is_unlocked(path: Path) -> bool:
    try:
        descriptor = os.open(path, _OPEN)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _delete_unlocked(path: Path) -> bool:
    """Deletes a file that nobody holds, which nobody can come to hold meanwhile; whether it is gone."""
    try:
        descriptor = os.open(path, _OPEN)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
