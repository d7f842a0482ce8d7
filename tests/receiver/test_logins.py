"""Failed logins: who waits, for how long, and who does not."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from adit_receiver.accounts import StandaloneAccounts, token_digest
from adit_receiver.audit.models import AuditEntry
from adit_receiver.entrance import admit, check_token
from adit_receiver.errors import AccessDeniedError
from adit_receiver.handshake import Handshake
from adit_receiver.logins import address_key, forget_old, note_failure, remember, seconds_to_wait, token_key
from adit_receiver.models import FailedLogins, KnownLogin, Token
from adit_uploader.protocol.codes import CloseCode

pytestmark = pytest.mark.django_db
NAT = "203.0.113.7"
RIGHT = "a" * 64


@pytest.fixture
def alice() -> User:
    user = User.objects.create(username="alice")
    user.user_permissions.set(Permission.objects.filter(codename__startswith="can_upload"))
    Token.objects.create(user=user, digest=token_digest(RIGHT))
    return user


def answer(token: str, address: str = NAT) -> int:
    """The code with which a login is answered; 0: let in."""
    try:
        check_token(token, address, StandaloneAccounts())
    except AccessDeniedError as error:
        return int(error.code)
    return 0


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now: datetime = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=seconds))


def wrong_tokens(count: int) -> list[str]:
    return [f"{number:08d}{'0' * 56}" for number in range(count)]


def test_an_address_that_fails_too_often_waits_for_a_minute_at_most(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {answer(token) for token in wrong_tokens(20)} == {CloseCode.TOKEN}
    assert answer("f" * 64) == CloseCode.TOO_MANY_FAILURES
    assert answer(RIGHT) == CloseCode.TOO_MANY_FAILURES  # never seen before
    assert answer("f" * 64, "203.0.113.8") == CloseCode.TOKEN
    later(monkeypatch, 61)
    assert answer(RIGHT) == 0


def test_an_honest_user_behind_the_same_address_comes_in_all_the_while(alice: User) -> None:
    assert answer(RIGHT) == 0
    for token in wrong_tokens(40):
        answer(token)
    assert answer("f" * 64) == CloseCode.TOO_MANY_FAILURES
    assert answer(RIGHT) == 0


def test_tokens_that_begin_alike_wait_wherever_they_come_from() -> None:
    tried = [f"deadbeef{number:056d}" for number in range(6)]
    codes = [answer(token, f"198.51.100.{number}") for number, token in enumerate(tried)]
    assert codes == [CloseCode.TOKEN] * 5 + [CloseCode.TOO_MANY_FAILURES]
    assert answer("c" * 64, "198.51.100.5") == CloseCode.TOKEN


def test_a_revoked_token_that_was_known_is_refused_and_counted(alice: User) -> None:
    assert answer(RIGHT) == 0
    Token.objects.update(revoked=timezone.now())
    assert [answer(RIGHT) for _ in range(6)] == [CloseCode.TOKEN] * 5 + [CloseCode.TOO_MANY_FAILURES]


def test_whoever_is_blocked_writes_nothing_more(alice: User) -> None:
    for token in wrong_tokens(20):
        answer(token)
    rows = FailedLogins.objects.count(), AuditEntry.objects.count()
    for token in wrong_tokens(500)[20:]:
        assert answer(token) == CloseCode.TOO_MANY_FAILURES
    assert (FailedLogins.objects.count(), AuditEntry.objects.count()) == rows
    assert AuditEntry.objects.filter(event="login-blocked", address=NAT).count() == 1
    assert AuditEntry.objects.filter(event="login-failed").count() == 1


def test_neither_table_nor_log_holds_a_token_or_its_beginning(alice: User) -> None:
    secret = "feedc0de" + "1" * 56
    answer(secret)
    answer(RIGHT)
    rows = [*FailedLogins.objects.values_list("key"), *KnownLogin.objects.values_list("digest")]
    entries = [str(row.__dict__) for row in AuditEntry.objects.all()]
    assert "feedc0de" not in str(rows) + str(entries)
    assert RIGHT[:8] not in str(rows) + str(entries)


def test_a_handshake_that_is_none_counts_as_a_failure() -> None:
    nothing = Handshake(NAT, "upload.example", "https://evil.example", "", speaks_protocol=True)
    for _ in range(30):
        with pytest.raises(AccessDeniedError):
            admit(nothing)
    assert answer("f" * 64) == CloseCode.TOO_MANY_FAILURES
    assert FailedLogins.objects.get(key=address_key(NAT)).number == 20


def test_addresses_are_told_apart_as_networks_are_given_out() -> None:
    assert address_key("2001:db8:1:2::1") == address_key("2001:db8:1:2:ffff::9") != address_key("2001:db8:1:3::1")
    assert address_key("::ffff:203.0.113.7") == address_key("203.0.113.7")
    assert address_key("fe80::1%eth0") == address_key("fe80::1")
    assert len(address_key("x" * 5000)) < 96
    assert address_key("unknown") != address_key("other")


def test_a_clock_that_is_set_back_keeps_nobody_out() -> None:
    now = timezone.now()
    key = token_key("whatever")
    FailedLogins.objects.create(key=key, number=99, until=now + timedelta(days=3000))
    assert seconds_to_wait([key], now) == 0
    note_failure([key], now)
    assert FailedLogins.objects.get(key=key).number == 1


def test_what_says_nothing_any_more_is_forgotten() -> None:
    now = timezone.now()
    note_failure([address_key(NAT)], now)
    remember(RIGHT, now)
    forget_old(now + timedelta(seconds=30))
    assert (FailedLogins.objects.count(), KnownLogin.objects.count()) == (1, 1)
    forget_old(now + timedelta(days=31))
    assert (FailedLogins.objects.count(), KnownLogin.objects.count()) == (0, 0)


# ---------------------------------------------------------------- the page


@pytest.fixture
def bob(settings: Settings) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create(username="bob", password=make_password("right password", hasher="md5"), is_staff=True)


def log_in(password: str, name: str = "bob", address: str = NAT) -> tuple[int, str]:
    response = Client(REMOTE_ADDR=address).post("/login/", {"username": name, "password": password})
    return response.status_code, response.headers.get("Retry-After", "")


def test_passwords_wait_too_and_say_for_how_long(bob: User) -> None:
    assert [log_in("wrong")[0] for _ in range(5)] == [200] * 5
    status, seconds = log_in("right password")
    assert status == 429
    assert 0 < int(seconds) <= 60
    text = Client(REMOTE_ADDR=NAT).post("/login/", {"username": "bob", "password": "x"}).content.decode()
    assert re.search(r"Try again in \d+ seconds", text)


def test_nobody_locks_a_user_out_from_elsewhere(bob: User) -> None:
    for _ in range(10):
        log_in("wrong")
    assert log_in("right password", address="203.0.113.9")[0] == 302


def test_logins_with_passwords_are_written_down_without_what_was_typed(bob: User) -> None:
    log_in("wrong", "my-secret-typed-as-name")
    log_in("right password")
    said = [(row.event, row.who, row.code, row.address) for row in AuditEntry.objects.order_by("id")]
    assert said == [("login-failed", "", "password", NAT), ("login", "bob", "password", NAT)]
    assert "my-secret" not in str([row.__dict__ for row in AuditEntry.objects.all()])


def test_there_is_one_door_for_passwords(bob: User) -> None:
    client = Client()
    client_address = client.post("/admin/login/?next=/admin/", {"username": "bob", "password": "right password"})
    assert (client_address.status_code, client_address["Location"]) == (302, "/login/?next=%2Fadmin%2F")
    assert client.get("/admin/").status_code == 302
    carol = User.objects.create(username="carol")
    client.force_login(carol)
    assert client.get("/admin/login/?next=/admin/").status_code == 403  # and not back and forth for ever
