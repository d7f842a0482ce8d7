"""Profiles of the receiver's own, added by the command."""

import sys
from pathlib import Path

from django.db import transaction

from adit_receiver.audit.changes import record_in_terminal
from adit_receiver.site_profiles import add_profile
from adit_uploader.deid.errors import InvalidProfile

from .people import SetUpError

_MAX_BYTES = 1024 * 1024  # far more than any profile has; what is larger is not read into memory


def add_profile_file(path: Path, *, preferred: bool) -> None:
    """Adds the profile of a file, and says what it keeps.

    Raises:
        SetUpError: says why not; of a file with mistakes all of them, with their lines.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except OSError as error:
        raise SetUpError(f"The file {path} can't be read: {error.strerror}.") from None
    try:
        with transaction.atomic():
            row = add_profile(data, path.name, preferred=preferred)
            record_in_terminal("profile", str(row))
    except InvalidProfile as error:
        raise SetUpError("\n  ".join([error.message, *error.lines])) from None
    kept = ", ".join(row.keeps) or "none beyond its base"
    sys.stdout.write(f"Offered from now on: {row.name}, version {row.version}, hash {row.digest}\n")
    sys.stdout.write(f"Identifiers that it keeps: {kept}\n")
