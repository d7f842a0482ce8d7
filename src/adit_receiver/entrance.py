"""The entrance of the websocket: handshake, limit of failures, token, access; each refusal is written down."""

from math import ceil

from django.utils import timezone

from adit_uploader.protocol.codes import CloseCode

from .accounts import Accounts, SignIn, accounts
from .audit.models import Event
from .audit.record import Fact, record, record_often
from .conf import receiver_settings
from .errors import AccessDeniedError
from .greeting import check_access
from .handshake import Handshake
from .living import this_server
from .logins import address_key, is_known, note_failure, remember, seconds_to_wait, token_key


def admit(handshake: Handshake) -> SignIn:
    """Signs in.

    Raises:
        AccessDeniedError: with the code to close with.
        SpoolError: the disk's.
        django.db.DatabaseError: the database failed.
    """
    address = handshake.peer
    try:
        handshake.check(receiver_settings().allowed_origins)
    except AccessDeniedError as error:
        # whoever is waiting is told what is wrong all the same, and nothing is written
        if not seconds_to_wait([address_key(address)], timezone.now()):
            _failed([address_key(address)], address, error.code.name)
        raise
    adapter = accounts()
    sign_in = check_token(handshake.token, address, adapter)
    try:
        check_access(sign_in, adapter)
    except AccessDeniedError as error:
        code = error.code.name
        record_often(Fact(Event.LOGIN_REFUSED, sign_in.user.get_username(), address, code=code))
        raise
    record_often(Fact(Event.LOGIN, sign_in.user.get_username(), address, code="token"))
    this_server(receiver_settings().spool)  # its first time needs the disk, which must not hold up the event loop
    return sign_in


def check_token(token: str, address: str, adapter: Accounts) -> SignIn:
    """The owner of a token, unless too many others have failed before.

    Raises:
        AccessDeniedError: it is none (4401), or nobody is let in for a moment (4420).
        django.db.DatabaseError: the database failed.
    """
    now = timezone.now()
    own, all_here = token_key(token), address_key(address)
    asked = [own] if is_known(token, now) else [own, all_here]
    if wait := seconds_to_wait(asked, now):
        raise AccessDeniedError(
            f"Too many logins have failed. Try again in {ceil(wait)} seconds.", CloseCode.TOO_MANY_FAILURES
        )
    sign_in = adapter.sign_in(token)
    if isinstance(sign_in, str):
        _failed([own, all_here], address, CloseCode.TOKEN.name)
        raise AccessDeniedError(sign_in, CloseCode.TOKEN)
    remember(token, now)
    return sign_in


def _failed(keys: list[str], address: str, code: str) -> None:
    record_often(Fact(Event.LOGIN_FAILED, address=address, code=code))
    if note_failure(keys, timezone.now()):
        record(Fact(Event.LOGIN_BLOCKED, address=address))
