"""Finding DICOM instances in folders, files and zip archives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .inventory import Inventory


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is: files looked at, instances found among them, left out; bytes of the files looked at."""

    files: int = 0
    instances: int = 0
    left_out: int = 0
    bytes: int = 0


def never() -> bool:
    return False


def scan(
    paths: Sequence[Path],
    *,
    progress: Callable[[ScanProgress], None] | None = None,
    cancelled: Callable[[], bool] = never,
) -> Inventory:
    """Everything below some paths: the instances, and what is left out and why.

    Args:
        paths: folders, files, zip archives.
        progress: called about ten times a second at most.
        cancelled: asked before each file.

    Raises:
        ScanCancelled: `cancelled` said so.
    """
    raise NotImplementedError
