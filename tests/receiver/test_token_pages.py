"""Tokens that users make for themselves: shown once, kept as a digest, revoked by nobody else."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from adit_receiver.accounts import StandaloneAccounts
from adit_receiver.audit.models import AuditEntry
from adit_receiver.models import Token
from adit_receiver.own_tokens import MOST_TOKENS

from .test_pages import page, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    user = User.objects.create(username="alice")
    user.user_permissions.add(Permission.objects.get(codename="can_upload"))
    return user


def make(client: Client, name: str = "Room 7", days: str = "90") -> str:
    """What the page says after a token was asked for."""
    response = client.post("/tokens/", {"name": name, "days": days})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def token_on(text: str) -> str:
    found = re.search('id="made" type="text" value="([0-9a-f]{64})"', text)
    assert found is not None
    return found[1]


def test_a_token_is_shown_once_and_lets_its_owner_in(alice: User) -> None:
    client = signed_in(alice)
    token = token_on(make(client))
    row = Token.objects.get()
    assert (row.user, row.name, row.revoked) == (alice, "Room 7", None)
    assert row.expires is not None
    assert timedelta(days=89) < row.expires - timezone.now() <= timedelta(days=90)
    signed = StandaloneAccounts().sign_in(token)
    assert not isinstance(signed, str)
    assert signed.user == alice
    again = page(client, "/tokens/")
    assert token not in again
    assert "Room 7" in again
    assert token not in str([entry.__dict__ for entry in AuditEntry.objects.all()])
    assert token not in str(Token.objects.values())


def test_a_token_is_revoked_by_its_owner_after_a_question(alice: User) -> None:
    client = signed_in(alice)
    token = token_on(make(client))
    address = f"/tokens/{Token.objects.get().pk}/revoke/"
    bob = User.objects.create(username="bob", is_staff=True)
    assert signed_in(bob).post(address).status_code == 404
    assert "Room 7" in page(client, address)
    assert Token.objects.get().revoked is None
    assert client.post(address)["Location"] == "/tokens/"
    assert "The token was revoked" in page(client, "/tokens/")
    assert StandaloneAccounts().sign_in(token) == "This token was revoked."
    client.post(address)  # a second click changes nothing, and is no second entry
    noted = AuditEntry.objects.filter(event="token-changed").order_by("id").values_list("who", "code", "address")
    assert list(noted) == [("alice", "made", "127.0.0.1"), ("alice", "revoked", "127.0.0.1")]


def test_whoever_may_not_upload_makes_no_token() -> None:
    client = signed_in(User.objects.create(username="guest"))
    assert "You have no permission to upload yet" in page(client, "/tokens/")
    assert "You have no permission" in make(client)
    assert not Token.objects.exists()
    watcher = User.objects.create(username="watcher")
    watcher.user_permissions.add(Permission.objects.get(codename="view_metrics"))
    token_on(make(signed_in(watcher)))  # for the metrics page


@pytest.mark.parametrize(("name", "days"), [("", "90"), ("x", "36500"), ("x", "-1"), ("x", "abc"), ("x" * 65, "90")])
def test_a_wrong_form_makes_no_token(name: str, days: str, alice: User) -> None:
    assert 'id="made"' not in make(signed_in(alice), name, days)
    assert not Token.objects.exists()


def test_nobody_has_more_tokens_than_anybody_needs(alice: User) -> None:
    client = signed_in(alice)
    for number in range(MOST_TOKENS):
        make(client, f"t{number}")
    assert f"You have {MOST_TOKENS} valid tokens" in make(client, "one more")
    assert Token.objects.count() == MOST_TOKENS
    Token.objects.filter(name="t0").update(expires=timezone.now())
    token_on(make(client, "one more"))  # one that has expired does not count


def test_tokens_need_a_login_and_the_forms_secret(alice: User) -> None:
    assert Client().get("/tokens/").status_code == 302
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    refused = client.post("/tokens/", {"name": "x", "days": "90"})
    assert refused.status_code == 403
    assert "The form has expired" in refused.content.decode()


def test_where_the_project_has_tokens_of_its_own_the_help_leads_there(
    alice: User, settings: Settings, tmp_path: Path
) -> None:
    client = signed_in(alice)
    assert 'href="/tokens/"' in page(client, "/help/")
    ours = {"SPOOL": tmp_path, "SECRET_FILE": tmp_path / "s", "ACCOUNTS": "tests.receiver.test_token_pages.Elsewhere"}
    settings.ADIT_UPLOADER_RECEIVER = ours
    text = page(client, "/help/")
    assert ('href="/tokens/"' in text, "Ask the administrator for one." in text) == (False, True)
    assert client.get("/tokens/").status_code == 404
    settings.ADIT_UPLOADER_RECEIVER = ours | {
        "TOKENS_URL": "/token-authentication/",
        "DOWNLOAD_URL": "https://apps.example.org/uploader",
        "SUPPORT": "Radiology IT, telephone 1234",
    }
    text = page(client, "/help/")
    for expected in ('href="/token-authentication/"', 'href="https://apps.example.org/uploader"', "telephone 1234"):
        assert expected in text


class Elsewhere(StandaloneAccounts):
    """Stands for a project whose account adapter does not keep tokens in this app's table."""
