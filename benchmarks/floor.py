"""The least that durable storing costs: read, hash, write and sync each file. ``python -m benchmarks.floor IN OUT``."""

import hashlib
import os
import sys
from pathlib import Path

_PIECE = 256 * 1024


def store_all(source: Path, out: Path) -> int:
    """Stores each file below ``source`` in ``out``, one after the other; returns how many."""
    paths = sorted(path for path in source.rglob("*") if path.is_file())
    out.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(paths):
        digest = hashlib.sha256()
        with path.open("rb") as file, (out / f"{number}.part").open("wb") as copy:
            while piece := file.read(_PIECE):
                digest.update(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        (out / f"{number}.part").rename(out / f"{number}.{digest.hexdigest()}")
    folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)
    return len(paths)


if __name__ == "__main__":
    store_all(Path(sys.argv[1]), Path(sys.argv[2]))
