"""A token's scope: it opens uploads, and no page but the metrics, which have a permission of their own."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from adit_receiver.accounts import token_digest
from adit_receiver.models import Token

pytestmark = pytest.mark.django_db
PAGES = ("/jobs/", "/admin/", "/admin/adit_receiver/auditentry/", "/admin/adit_receiver/token/")


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("scheme", ["Token", "Bearer", "Basic"])
def test_no_page_takes_a_token_for_a_login(address: str, scheme: str) -> None:
    chief = User.objects.create_superuser("chief", password=None)
    chief.user_permissions.set(Permission.objects.all())
    Token.objects.create(user=chief, digest=token_digest("secret"))
    with_token = Client().get(address, headers={"Authorization": f"{scheme} secret"}, follow=False)
    without = Client().get(address, follow=False)
    assert with_token.status_code == without.status_code
    assert with_token.status_code in {302, 403}
    assert not with_token.cookies.get("sessionid")
