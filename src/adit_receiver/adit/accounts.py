"""ADIT's users, groups, tokens and nodes behind the account seam."""

from pathlib import Path
from typing import Any, cast

# ADIT is no dependency of ours: it is there exactly where this package is used
from adit.core.models import DicomFolder, DicomServer
from adit_radis_shared.common.models import ProjectSettings
from adit_radis_shared.token_authentication.auth import RestTokenAuthentication
from adit_radis_shared.token_authentication.models import Token
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser
from django.utils import timezone

from adit_receiver.accounts import CAN_UPLOAD, PERMISSIONS, SignIn, Target
from adit_receiver.errors import DestinationUnknownError


class AditAccounts:
    """The account adapter inside ADIT. Group permissions and nodes count for the user's active group, as in ADIT."""

    def sign_in(self, token: str) -> SignIn | str:
        # costs about 0.6 s of CPU by design: once a connection, in its own thread
        message, user, row = RestTokenAuthentication().verify_token(token)
        if row is None:
            return str(message)
        if not user.is_active:  # ADIT's own check does not look at it
            return "This account is not active."
        Token.objects.filter(pk=row.pk).update(last_used=timezone.now())
        return SignIn(user, str(row.pk))

    def still_valid(self, sign_in: SignIn) -> bool:
        row = Token.objects.select_related("owner").filter(pk=sign_in.token_id).first()
        return row is not None and not row.is_expired() and bool(row.owner.is_active)

    def department(self, user: AbstractBaseUser) -> str:
        return str(_fresh(user).department)

    def permissions(self, user: AbstractBaseUser) -> frozenset[str]:
        fresh = cast("AbstractUser", _in_active_group(user))
        return frozenset(name for name in (CAN_UPLOAD, *PERMISSIONS.values()) if fresh.has_perm(name))

    def destinations(self, user: AbstractBaseUser) -> tuple[Target, ...]:
        fresh = _in_active_group(user)
        if fresh.active_group is None:
            return ()
        servers = DicomServer.objects.accessible_by_user(fresh, "destination").filter(store_scp_support=True)
        folders = DicomFolder.objects.accessible_by_user(fresh, "destination")
        nodes = sorted((*servers, *folders), key=lambda node: str(node.name))
        return tuple(_target(node, preselected=len(nodes) == 1) for node in nodes)

    def target(self, key: str) -> Target:
        if key.isascii() and key.isdigit():
            # servers and folders share the keys of their common table
            for model in (DicomServer, DicomFolder):
                if (node := model.objects.filter(pk=int(key)).first()) is not None:
                    return _target(node)
        raise DestinationUnknownError("The destination was deleted.")

    def all_targets(self) -> tuple[Target, ...]:
        servers = DicomServer.objects.filter(store_scp_support=True)
        return tuple(_target(node) for node in (*servers, *DicomFolder.objects.all()))

    def maintenance(self) -> str:
        return "The server is under maintenance. Try again later." if ProjectSettings.get().maintenance else ""


def _fresh(user: AbstractBaseUser) -> Any:
    """The user as the database has it now: the active group may have changed, and Django keeps permissions."""
    return get_user_model().objects.get(pk=user.pk)


def _in_active_group(user: AbstractBaseUser) -> Any:
    """The same, in a group that the user is a member of now.

    ADIT takes care of that with each request of a page; a client of the websocket may never have seen one. Whoever was
    taken out of a group must not act in it any more.
    """
    fresh = _fresh(user)
    if fresh.active_group is None or not fresh.groups.filter(pk=fresh.active_group.pk).exists():
        fresh.active_group = fresh.groups.order_by("pk").first()
    return fresh


def _target(node: Any, *, preselected: bool = False) -> Target:
    if isinstance(node, DicomFolder):
        quota = getattr(node, "quota", None)  # GB
        return Target(
            str(node.pk),
            str(node.name),
            "folder",
            folder=Path(node.path),
            preselected=preselected,
            quota=None if quota is None else int(quota) * 1000**3,
        )
    return Target(
        str(node.pk),
        str(node.name),
        "dicom",
        ae_title=str(node.ae_title),
        host=str(node.host),
        port=int(node.port),
        preselected=preselected,
    )
