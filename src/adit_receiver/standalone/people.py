"""``adit-receiver user`` and ``adit-receiver destination``: what an administrator sets up from a terminal."""

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from adit_receiver.accounts import CAN_UPLOAD, PERMISSIONS, token_digest
from adit_receiver.audit.changes import record_in_terminal
from adit_receiver.errors import ReceiverError
from adit_receiver.models import Destination, Token, UserProfile
from adit_receiver.own_tokens import new_token

_DICOM = re.compile(r"(?P<ae_title>[^@]+)@(?P<host>\[[0-9A-Fa-f:]+\]|[^@:\[\]\s]+):(?P<port>[0-9]{1,5})")
_AE_TITLE = re.compile(r"[\x20-\x5b\x5d-\x7e]{1,16}")  # PS3.5 section 6.2, AE


class SetUpError(ReceiverError):
    """What was asked for can't be set up."""

    title = "Not done"


@dataclass(frozen=True, slots=True)
class UserWishes:
    """What ``user`` was asked for; None leaves as it is."""

    name: str
    token_file: Path
    department: str | None = None
    modes: tuple[str, ...] | None = None
    destinations: tuple[str, ...] | None = None
    password_file: Path | None = None
    superuser: bool = False


def set_up_user(wishes: UserWishes) -> None:
    """Creates or updates a user and writes a fresh token; all or nothing.

    Raises:
        SetUpError: says why not.
    """
    with transaction.atomic():
        users = get_user_model()
        user, made = users.objects.get_or_create(username=wishes.name)
        if made:
            user.set_unusable_password()
        if wishes.password_file is not None:
            password = _read_line(wishes.password_file)
            try:
                validate_password(password, user)
            except ValidationError as error:
                raise SetUpError(" ".join(error.messages)) from None
            user.set_password(password)
        if wishes.superuser:
            user.is_staff = user.is_superuser = True
        try:
            user.full_clean(exclude=["password"])
        except ValidationError as error:
            raise SetUpError(" ".join(error.messages)) from None
        user.save()
        if wishes.department is not None or made:
            UserProfile.objects.update_or_create(user=user, defaults={"department": (wishes.department or "").strip()})
        modes = wishes.modes if wishes.modes is not None or not made else ("internal", "batch", "fixed")
        if modes is not None:
            names = {CAN_UPLOAD, *(PERMISSIONS[mode] for mode in modes)} if modes else set()
            ours = Permission.objects.filter(content_type__app_label="adit_receiver", codename__startswith="can_upload")
            user.user_permissions.remove(*ours)
            user.user_permissions.add(*(row for row in ours if f"adit_receiver.{row.codename}" in names))
        if wishes.destinations is not None:
            user.upload_destinations.set(_destinations(wishes.destinations))
        token = new_token()
        Token.objects.create(user=user, name=wishes.token_file.name[:64], digest=token_digest(token))
        record_in_terminal("user", wishes.name)
        _write_secret(wishes.token_file, token)


def set_up_dicom_destination(name: str, address: str) -> None:
    """Creates or updates a DICOM destination. address: ``AET@HOST:PORT``.

    Raises:
        SetUpError: says why not.
    """
    parts = _DICOM.fullmatch(address)
    if parts is None or not _AE_TITLE.fullmatch(parts["ae_title"]) or not 0 < int(parts["port"]) < 65536:
        raise SetUpError("A DICOM server is written as AET@HOST:PORT, for example ORTHANC@127.0.0.1:4242.")
    _set_up(
        name,
        kind="dicom",
        ae_title=parts["ae_title"].strip(),
        host=parts["host"].strip("[]"),
        port=int(parts["port"]),
        folder="",
    )


def set_up_folder_destination(name: str, folder: Path) -> None:
    """Creates or updates a folder destination; makes the folder if it is missing.

    Raises:
        SetUpError: says why not.
    """
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetUpError(f"The folder {folder} can't be made: {error.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SetUpError(f"The folder {folder} can't be written to.")
    _set_up(name, kind="folder", ae_title="", host="", port=None, folder=str(folder))


def _set_up(name: str, **fields: str | int | None) -> None:
    destination = Destination.objects.filter(name=name).first() or Destination(name=name)
    for field, value in fields.items():
        setattr(destination, field, value)
    try:
        destination.full_clean()
    except ValidationError as error:
        raise SetUpError(" ".join(error.messages)) from None
    with transaction.atomic():
        destination.save()
        record_in_terminal("destination", name)


def _destinations(names: Sequence[str]) -> list[Destination]:
    found = {row.name: row for row in Destination.objects.filter(name__in=names)}
    if missing := [name for name in names if name not in found]:
        raise SetUpError(
            f"There is no destination {', '.join(missing)}. Make it first: adit-receiver destination NAME "
            "--dicom AET@HOST:PORT, or --folder DIR"
        )
    return list(found.values())


def _read_line(path: Path) -> str:
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise SetUpError(f"The file {path} can't be read.") from None


def _write_secret(path: Path, secret: str) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret + "\n")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise SetUpError(f"The token can't be written to {path}: {error.strerror}") from None
