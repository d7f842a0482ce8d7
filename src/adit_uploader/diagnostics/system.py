"""What the program runs on."""

import locale
import os
import platform
import shutil
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from adit_uploader import __version__
from adit_uploader.account.settings import data_dir

_LIBRARIES = (
    *("PySide6-Essentials", "keyring", "msgspec", "numpy", "openpyxl", "platformdirs", "pydicom", "truststore"),
    *("wakepy", "websockets", "python-socks", "pyjpegls", "pylibjpeg", "pylibjpeg-libjpeg", "pylibjpeg-openjpeg"),
)


def versions_of() -> dict[str, Any]:
    """Of the program, of Python, and of the libraries that do most of the work."""
    found: dict[str, str] = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return {
        "adit-uploader": __version__,
        "installed_program": bool(getattr(sys, "frozen", False)),
        "python": platform.python_version(),
        "libraries": found,
    }


def system_of() -> dict[str, Any]:
    """Without the computer's name, the user's, and any folder."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "memory": _memory(),
        "free_on_data_disk": _free(data_dir()),
        "language": locale.getlocale()[0],
        "file_names": sys.getfilesystemencoding(),
        "hours_from_utc": -time.timezone / 3600,
    }


def _memory() -> int | None:
    """Bytes of the computer; None where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _free(folder: Path) -> int | None:
    """Free bytes of the disk on which the folder is, or will be."""
    place = next((one for one in (folder, *folder.parents) if one.exists()), None)
    try:
        return None if place is None else shutil.disk_usage(place).free
    except OSError:
        return None
