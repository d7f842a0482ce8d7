"""Tokens that users make for themselves, on a receiver whose account adapter keeps them in this app's table."""

import secrets
from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from .accounts import CAN_UPLOAD, accounts, token_digest
from .audit.models import Event
from .audit.record import Fact, record
from .conf import ReceiverSettings, receiver_settings
from .errors import TokenNotMadeError
from .models import Token

MOST_TOKENS = 20
LIFETIMES = (30, 90, 365)
"""Days that a token may be good for; the administrator can make one that never ends."""
_TOKEN_BYTES = 32
_OWN_ADAPTER = ReceiverSettings.__dataclass_fields__["accounts"].default


def keeps_tokens() -> bool:
    """Whether tokens are in this app's table; else the account adapter's project has a page for them."""
    return receiver_settings().accounts == _OWN_ADAPTER


def new_token() -> str:
    """256 random bits as 64 hex digits."""
    return secrets.token_hex(_TOKEN_BYTES)


def may_have_tokens(user: AbstractUser) -> bool:
    """A token is for uploads and for the metrics page: whoever may see neither needs none."""
    return CAN_UPLOAD in accounts().permissions(user) or user.has_perm("adit_receiver.view_metrics")


def tokens_of(user: AbstractUser) -> QuerySet[Token]:
    """All of the user's, the youngest first."""
    return Token.objects.filter(user_id=user.pk).order_by("-created", "-pk")


def make_token(user: AbstractUser, name: str, days: int, address: str) -> str:
    """A new one, which nobody sees again: only its digest is kept.

    Args:
        address: from where it was asked for.

    Raises:
        TokenNotMadeError: the user has too many.
        django.db.DatabaseError: the database failed.
    """
    now = timezone.now()
    with transaction.atomic():
        good = tokens_of(user).filter(Q(expires__isnull=True) | Q(expires__gt=now), revoked__isnull=True)
        if good.count() >= MOST_TOKENS:
            raise TokenNotMadeError(MOST_TOKENS)
        token = new_token()
        Token.objects.create(
            user_id=user.pk, name=name, digest=token_digest(token), created=now, expires=now + timedelta(days=days)
        )
        record(Fact(Event.TOKEN_CHANGED, user.get_username(), address, code="made"))
    return token


def revoke_token(user: AbstractUser, token_id: int, address: str) -> None:
    """Ends one of the user's tokens, and within seconds the connections that were opened with it.

    Raises: django.db.DatabaseError.
    """
    with transaction.atomic():
        done = tokens_of(user).filter(pk=token_id, revoked__isnull=True).update(revoked=timezone.now())
        if done:
            record(Fact(Event.TOKEN_CHANGED, user.get_username(), address, code="revoked"))
