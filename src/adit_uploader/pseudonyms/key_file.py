"""Key files: 32 secret bytes as text, one hexadecimal line below a line that says what the key is for."""

import os
import re
import secrets
from enum import StrEnum
from pathlib import Path

from adit_uploader.filled import Filled, system_says

from .errors import KeyFileError
from .internal import KEY_SIZE

_MAX_FILE_SIZE = 4096  # bytes
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_NOT_READ = "{path}: {why}. Check its name and rights, or choose another file."
_NOT_WRITTEN = "{path}: {why}. Choose another folder, or check its rights and the free space."


class KeyPurpose(StrEnum):
    """What a key is for; it stands in the file's first line, so that one is not taken for the other."""

    DEPARTMENT = "department key"  # keyed internal pseudonyms
    SITE = "site key"  # new UIDs and date shifts


def make_department_key() -> bytes:
    """A new key from the system's source of randomness, 32 bytes."""
    return secrets.token_bytes(KEY_SIZE)


def read_key_file(path: Path, purpose: KeyPurpose = KeyPurpose.DEPARTMENT) -> bytes:
    """The key in a file, 32 bytes.

    Raises:
        KeyFileError: it can't be read, is no key file, or says that it is for another purpose.
    """
    title = Filled("The {key} can't be read", key=purpose.value)
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_SIZE + 1)
    except OSError as error:
        raise KeyFileError(title, Filled(_NOT_READ, path=str(path), why=system_says(error))) from None
    text = raw.decode("utf-8-sig", errors="replace")
    lines = [line.strip() for line in text.splitlines()]
    comments = " ".join(line for line in lines if line.startswith("#"))
    values = [line for line in lines if line and not line.startswith("#")]
    for other in KeyPurpose:
        if other is not purpose and f"adit-uploader {other}" in comments:
            held = Filled(
                "{path} holds a {other}. Choose the file that holds the {key}.",
                path=str(path),
                other=other.value,
                key=purpose.value,
            )
            raise KeyFileError(title, held)
    if len(raw) > _MAX_FILE_SIZE or len(values) != 1 or not _HEX.fullmatch(values[0]):
        wrong = Filled(
            "{path} is no key file: it must hold one line of {count} hexadecimal digits (0-9, a-f). Choose another "
            "file.",
            path=str(path),
            count=2 * KEY_SIZE,
        )
        raise KeyFileError(title, wrong)
    return bytes.fromhex(values[0])


def write_key_file(path: Path, key: bytes, purpose: KeyPurpose = KeyPurpose.DEPARTMENT) -> None:
    """Writes the key to a new file that only its owner can read. Never overwrites.

    Raises:
        KeyFileError: the file exists, or can't be written.
        ValueError: the key has not 32 bytes.
    """
    if len(key) != KEY_SIZE:
        raise ValueError(f"a {purpose} has {KEY_SIZE} bytes")
    title = Filled("The {key} can't be saved", key=purpose.value)
    text = (
        f"# adit-uploader {purpose}. Secret: whoever has it can find out which patient a pseudonym stands for.\n"
        f"# Without it nobody can make the same pseudonyms again: keep a copy in a safe place.\n{key.hex()}\n"
        if purpose is KeyPurpose.DEPARTMENT
        else f"# adit-uploader {purpose}. Secret: whoever has it can undo date shifts and recognise UIDs.\n"
        f"# Without it nobody can make the same UIDs again: keep a copy in a safe place.\n{key.hex()}\n"
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        there = Filled("{path} exists already, and keys are never overwritten. Choose another name.", path=str(path))
        raise KeyFileError(title, there) from None
    except OSError as error:
        raise KeyFileError(title, Filled(_NOT_WRITTEN, path=str(path), why=system_says(error))) from None
