"""How often logins may fail, counted in the database, so that all server processes agree.

An address that fails too often waits until its minute is over, and so does whoever tries tokens that begin alike.
Nobody waits longer than that. A token that has opened a connection lately is not kept out by what others do at the same
address (a whole hospital may come from one), only by failures of its own kind.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from .conf import receiver_settings
from .models import FailedLogins, KnownLogin
from .transactions import again

KNOWN = timedelta(days=30)
_PREFIX = 8  # characters of a token; ADIT's tokens have 40, ours 64
_DAY = timedelta(days=1)


def address_key(address: str) -> str:
    """What failures of an address are counted under; of IPv6 the network that one customer gets (RFC 6177: /64)."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return f"address:{_short(address)}"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return f"address:{parsed.ipv4_mapped}"
        return f"address:{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return f"address:{parsed}"


def token_key(token: str) -> str:
    """The same for tokens that begin alike. Holds nothing of the token that could be read back."""
    return f"token:{_short(token[:_PREFIX])}"


def name_key(address: str, name: str) -> str:
    """The same for a user name at one address: nobody locks another one out from elsewhere."""
    return f"name:{_short(f'{address_key(address)} {name.lower()}')}"


def seconds_to_wait(keys: Collection[str], now: datetime) -> float:
    """For how long no login is tried any more; 0 if one may be tried."""
    rows = FailedLogins.objects.filter(key__in=keys, until__gt=now, until__lte=now + _window())
    waits = [(row.until - now).total_seconds() for row in rows if row.number >= _limit(row.key)]
    return max(waits, default=0.0)


@again
def note_failure(keys: Collection[str], now: datetime) -> bool:
    """Counts one; whether the limit of one of them is reached just now."""
    reached = False
    for key in sorted(keys):  # always in the same order: two that lock in another would wait for each other
        row, _ = FailedLogins.objects.select_for_update().get_or_create(key=key, defaults={"until": now + _window()})
        if not now < row.until <= now + _window():
            row.number, row.until = 0, now + _window()
        row.number += 1
        row.save(update_fields=["number", "until"])
        reached = reached or row.number == _limit(key)
    return reached


def remember(token: str, now: datetime) -> None:
    """Notes that a token is a real one; a write a day."""
    digest = _digest(token)
    row, made = KnownLogin.objects.get_or_create(digest=digest, defaults={"seen": now})
    if not made and not now - _DAY < row.seen <= now:
        KnownLogin.objects.filter(digest=digest).update(seen=now)


def is_known(token: str, now: datetime) -> bool:
    """Whether it has opened a connection lately."""
    return KnownLogin.objects.filter(digest=_digest(token), seen__gt=now - KNOWN).exists()


def forget_old(now: datetime) -> None:
    """Deletes what says nothing any more."""
    FailedLogins.objects.filter(until__lt=now).delete()
    KnownLogin.objects.filter(seen__lt=now - KNOWN).delete()


def _limit(key: str) -> int:
    settings = receiver_settings()
    return settings.failed_logins_per_address if key.startswith("address:") else settings.failed_logins_per_token


def _window() -> timedelta:
    return timedelta(seconds=receiver_settings().failed_login_seconds)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _short(text: str) -> str:
    return _digest(text)[:32]
