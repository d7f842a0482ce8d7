"""Who a user is and what is open to them: the seam between the app and the project that it is installed in.

``StandaloneAccounts`` uses Django's plain users with this app's own models; ``adit.AditAccounts`` uses ADIT's. The
setting ``ACCOUNTS`` names the class; the rest of the app asks ``accounts()`` and doesn't know which it is.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, cast

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from adit_uploader.protocol.codes import CloseCode

from .conf import receiver_settings
from .errors import AccessDeniedError, DestinationUnknownError
from .forwarding.tls import Tls
from .models import Destination, Token, UserProfile

PERMISSIONS = {
    "internal": "adit_receiver.can_upload_internal",
    "batch": "adit_receiver.can_upload_batch",
    "fixed": "adit_receiver.can_upload_fixed",
    "none": "adit_receiver.can_upload_unpseudonymized",
}
CAN_UPLOAD = "adit_receiver.can_upload"


@dataclass(frozen=True, slots=True)
class Target:
    """A destination with all that forwarding needs.

    Attributes:
        key: what ``Accounts.target`` finds it by; kept in the job.
        ae_title, host, port: of a DICOM server.
        folder: of a folder destination.
        associations: connections at once, of all workers together; 0 for the receiver's setting.
        verification: how it is found out whether a DICOM server has what it said it took; a ``Verification``.
        tls: how a DICOM server is spoken to over TLS; None without it.
        quota: bytes that a folder may hold in all; None for no limit.
    """

    key: str
    name: str
    kind: Literal["dicom", "folder"]
    ae_title: str = ""
    host: str = ""
    port: int = 0
    folder: Path | None = None
    preselected: bool = False
    associations: int = 0
    verification: str = "none"
    tls: Tls | None = None
    quota: int | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a token proved. user: the owner; token_id: to see later whether it was revoked."""

    user: AbstractUser
    token_id: str


class Accounts(Protocol):
    """What the app asks of the project that it is installed in. All methods may use the database."""

    def sign_in(self, token: str) -> SignIn | str:
        """The owner of a valid token of an active user, or why not, for people."""

    def still_valid(self, sign_in: SignIn) -> bool:
        """Whether the token has been neither revoked nor expired, and the user is active."""

    def department(self, user: AbstractBaseUser) -> str:
        """The user's department; '' if none is set."""

    def permissions(self, user: AbstractBaseUser) -> frozenset[str]:
        """Which of this app's permissions the user has now, as ``adit_receiver.NAME``.

        Raises:
            AccessDeniedError: the user is gone or not active (4401); so does ``destinations``.
        """

    def destinations(self, user: AbstractBaseUser) -> tuple[Target, ...]:
        """Where the user may send to, by name."""

    def target(self, key: str) -> Target:
        """The destination with this key, for forwarding.

        Raises:
            DestinationUnknownError: it was deleted.
        """

    def all_targets(self) -> tuple[Target, ...]:
        """Every destination that there is, for checks whether they answer."""

    def maintenance(self) -> str:
        """Why nobody can work now, for people; '' if they can."""


def token_digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class StandaloneAccounts:
    """Plain Django users with this app's own profiles, tokens and destinations."""

    def sign_in(self, token: str) -> SignIn | str:
        row = Token.objects.select_related("user").filter(digest=token_digest(token)).first()
        if row is None:
            return "This token is not known here."
        if problem := _token_problem(row):
            return problem
        Token.objects.filter(pk=row.pk).update(last_used=timezone.now())
        return SignIn(cast("AbstractUser", row.user), str(row.pk))

    def still_valid(self, sign_in: SignIn) -> bool:
        row = Token.objects.select_related("user").filter(pk=sign_in.token_id).first()
        return row is not None and not _token_problem(row)

    def department(self, user: AbstractBaseUser) -> str:
        profile = UserProfile.objects.filter(user_id=user.pk).first()
        return profile.department if profile else ""

    def permissions(self, user: AbstractBaseUser) -> frozenset[str]:
        fresh = _fresh(user)
        return frozenset(name for name in (CAN_UPLOAD, *PERMISSIONS.values()) if fresh.has_perm(name))

    def destinations(self, user: AbstractBaseUser) -> tuple[Target, ...]:
        fresh = _fresh(user)
        rows = Destination.objects.filter(Q(users=fresh) | Q(groups__user=fresh)).distinct().order_by("name")
        only = len(rows) == 1
        return tuple(_target(row, preselected=only) for row in rows)

    def target(self, key: str) -> Target:
        row = Destination.objects.filter(pk=int(key)).first() if key.isascii() and key.isdigit() else None
        if row is None:
            raise DestinationUnknownError("The destination was deleted.")
        return _target(row)

    def all_targets(self) -> tuple[Target, ...]:
        return tuple(_target(row) for row in Destination.objects.order_by("name"))

    def maintenance(self) -> str:
        return ""


def _fresh(user: AbstractBaseUser) -> AbstractUser:
    """The user as the database has it now: Django keeps permissions with the object once it has looked.

    Raises:
        AccessDeniedError: the user was deleted, or is not active any more (4401).
    """
    row = get_user_model().objects.filter(pk=user.pk).first()
    if row is None or not row.is_active:
        raise AccessDeniedError("This account is not active.", CloseCode.TOKEN)
    return cast("AbstractUser", row)


def _token_problem(token: Token) -> str:
    if token.revoked is not None:
        return "This token was revoked."
    if token.expires is not None and token.expires <= timezone.now():
        return "This token has expired."
    if not token.user.is_active:
        return "This account is not active."
    return ""


def _target(row: Destination, *, preselected: bool = False) -> Target:
    return Target(
        key=str(row.pk),
        name=row.name,
        kind=cast("Literal['dicom', 'folder']", row.kind),
        ae_title=row.ae_title,
        host=row.host,
        port=row.port or 0,
        folder=Path(row.folder) if row.folder else None,
        preselected=preselected,
        associations=row.associations or 0,
        verification=row.verification if row.kind == "dicom" else "none",
        tls=_tls(row) if row.tls else None,
        quota=row.folder_quota,
    )


def _tls(row: Destination) -> Tls:
    authorities, certificate, key = (
        Path(text) if text else None for text in (row.tls_ca, row.tls_certificate, row.tls_key)
    )
    return Tls(authorities, certificate, key, row.tls_verify_host)


def accounts() -> Accounts:
    """The adapter that the settings name."""
    return cast("Accounts", import_string(receiver_settings().accounts)())
