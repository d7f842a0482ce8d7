"""Files that only their owner can read, written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Writes a file with mode 0600, synced, in place of one that may be there.

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
