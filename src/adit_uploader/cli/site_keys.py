"""The site key of a run without a server: from a file, or fresh."""

import secrets
from pathlib import Path

from adit_uploader.pseudonyms.internal import KEY_SIZE
from adit_uploader.pseudonyms.key_file import KeyPurpose, read_key_file, write_key_file

from .terminal import Terminal


def site_key_of(terminal: Terminal, path: Path | None) -> bytes:
    """The key in the file, which is made if it is not there; without a file a fresh one for this run.

    Raises:
        KeyFileError: of ``pseudonyms``.
    """
    if path is None:
        terminal.warn(
            "No --site-key-file: new UIDs and dates come from a random key that is not kept, and will differ next time."
        )
        return secrets.token_bytes(KEY_SIZE)
    if path.exists():
        return read_key_file(path, KeyPurpose.SITE)
    key = secrets.token_bytes(KEY_SIZE)
    write_key_file(path, key, KeyPurpose.SITE)
    terminal.note(f"Made a new site key: {path}. Keep it secret and safe: with it, the next run gives the same UIDs.")
    return key
