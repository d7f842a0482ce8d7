"""The diagnostic bundle: a zip archive that a user may send to whoever helps, without looking into it first.

It is made of numbers, of codes from fixed lists, and of versions. Nothing is copied from a file of the program.
"""

import json
import os
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from adit_uploader.account.settings import journal_path
from adit_uploader.filled import Filled, system_says
from adit_uploader.pseudonyms.private_file import write_private

from .errors import BundleNotWritten
from .jobs import jobs_of
from .log import EventLog, log_path
from .settings import environment_of, managed_of, settings_of
from .system import system_of, versions_of

ABOUT = """\
Diagnostic information of ADIT Uploader

versions.json   the program and its libraries
system.json     the computer: system, memory, free disk; which variables are set, not what to
window.json     the screen and the style, if the window made this
settings.json   the settings, without token and keys; whether folders and names are set, not which
managed.json    the same of what is set for all users
jobs.json       the uploads: states, and counts of images by state and code
log.json        what happened when, by fixed words; errors by their kind

In it are no patients' names, numbers, dates or UIDs, no pseudonyms, no names of files or folders, no user names,
no token and no key. The address of the server is.
"""


def write_bundle(path: Path, window: Mapping[str, Any] | None = None) -> None:
    """Writes it, readable by its owner only. window: facts about the screen, numbers and fixed words.

    Raises:
        BundleNotWritten: the file can't be written.
    """
    contents: dict[str, Any] = {
        "versions": versions_of(),
        "system": system_of() | {"environment": environment_of(os.environ)},
        "window": dict(window or {}),
        "settings": settings_of(),
        "managed": managed_of(),
        "jobs": jobs_of(journal_path()),
        "log": EventLog(log_path()).read(),
    }
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.txt", ABOUT)
        for name, content in contents.items():
            archive.writestr(f"{name}.json", json.dumps(content, indent=1) + "\n")
    try:
        write_private(path, packed.getvalue())
    except OSError as error:
        raise BundleNotWritten(
            Filled("{path}: {why}. Choose another folder.", path=str(path), why=system_says(error))
        ) from None
