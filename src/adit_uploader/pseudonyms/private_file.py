"""Files that only their owner can read, written whole or not at all."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Writes a file with mode 0600, synced with its name, in place of one that may be there.

    Raises:
        OSError: it can't be written; what was there is unchanged.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".adit-uploader-", suffix=".part")  # made 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_names(path.parent)


def _sync_names(folder: Path) -> None:
    """Without it a power cut may leave the file that was there before, or none."""
    if sys.platform == "win32":
        return  # folders can't be opened there; NTFS keeps a journal of names
    with contextlib.suppress(OSError):  # some shares can't; the file itself has been synced
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
