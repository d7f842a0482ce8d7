"""A receiver within the test's own process: real tables, tokens and spool, whose rights a test gives and takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.test import override_settings
from django.utils import timezone

from adit_receiver.accounts import StandaloneAccounts, token_digest
from adit_receiver.models import Destination, ReceiverPolicy, Token
from adit_receiver.site_key import make_secret
from adit_receiver.spool import Spool

from .permission_oracle import TOKENS, Situation

UNDER_MAINTENANCE = "under-maintenance"  # a file in the data folder


class Accounts(StandaloneAccounts):
    """The receiver's own, with what only a project around it has: maintenance."""

    def maintenance(self) -> str:
        from django.conf import settings  # noqa: PLC0415 - as they are during the test

        given: dict[str, Any] = settings.ADIT_UPLOADER_RECEIVER
        return "Under maintenance." if (Path(given["SPOOL"]).parent / UNDER_MAINTENANCE).exists() else ""


@dataclass
class House:
    """Users ``user`` and ``staff`` of the group ``ours``, which has the destination ``own``; ``other`` is others'."""

    data: Path
    users: dict[bool, User] = field(default_factory=dict)
    permissions: dict[str, Permission] = field(default_factory=dict)

    def set_up(self) -> None:
        ours, theirs = Group.objects.create(name="ours"), Group.objects.create(name="theirs")
        for name, group in (("own", ours), ("other", theirs)):
            Destination.objects.create(name=name, kind="folder", folder=f"/nowhere/{name}").groups.add(group)
        past, now = timezone.now() - timedelta(seconds=1), timezone.now()
        for staff, name in ((False, "user"), (True, "staff")):
            self.users[staff] = user = User.objects.create(username=name, is_staff=staff)
            user.groups.add(ours)
            for state in TOKENS:
                Token.objects.create(
                    user=user,
                    name=state,
                    digest=token_digest(self.token(state, staff=staff)),
                    expires=past if state == "expired" else None,
                    revoked=now if state == "revoked" else None,
                )
        found = Permission.objects.filter(codename__startswith="can_upload")
        self.permissions = {permission.codename: permission for permission in found}
        ReceiverPolicy.objects.create(pk=1)

    def token(self, state: str, *, staff: bool) -> str:
        return f"{state}-{'staff' if staff else 'user'}".ljust(64, "0")

    def become(self, given: Situation) -> None:
        """Makes it so; the tokens stay what they are."""
        user = self.users[given.staff]
        user.user_permissions.set([self.permissions[name] for name in given.permissions])
        User.objects.filter(pk=user.pk).update(is_active=given.active)
        ReceiverPolicy.objects.update(locked=given.house == "locked", suspended=given.house == "suspended")
        sign = self.data / UNDER_MAINTENANCE
        if given.house == "maintenance":
            sign.touch()
        else:
            sign.unlink(missing_ok=True)

    def spoil(self, given: Situation) -> None:
        """Makes the valid token what the situation says; ``heal`` undoes it."""
        rows = Token.objects.filter(user=self.users[given.staff], name="valid")
        past = timezone.now() - timedelta(seconds=1)
        rows.update(
            expires=past if given.token == "expired" else None, revoked=past if given.token == "revoked" else None
        )

    def heal(self) -> None:
        Token.objects.filter(name="valid").update(expires=None, revoked=None)


@contextmanager
def house(data: Path, **more: object) -> Iterator[House]:
    """Sets one up in Django's present database. more: settings of the receiver."""
    given: dict[str, object] = {
        "SPOOL": data / "spool",
        "SECRET_FILE": data / "secret",
        "ACCOUNTS": f"{__name__}.Accounts",
        # whoever comes with a bad token again and again is kept out otherwise
        "FAILED_LOGINS_PER_TOKEN": 10**9,
        "FAILED_LOGINS_PER_ADDRESS": 10**9,
    }
    with override_settings(ADIT_UPLOADER_RECEIVER=given | more):
        make_secret(data / "secret")
        Spool(data / "spool").prepare()
        made = House(data)
        made.set_up()
        yield made
