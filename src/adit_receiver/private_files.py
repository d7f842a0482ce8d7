"""Small files that are made once and never change: secrets, and the place of the database."""

import os
import secrets
from pathlib import Path


def make_private_file(path: Path, text: str) -> None:
    """Makes a file of ASCII text for its owner's eyes only, durable with its name. One that is there stays.

    It is there whole or not at all, after a power cut too: an empty file of a secret would never be made again.

    Raises:
        OSError: it can't be written.
    """
    if path.exists():
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # of two processes that start together, one wins and both read the winner's
        except FileExistsError:
            return
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable.

    Raises:
        OSError: the disk's.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
