"""Who a token belongs to."""

from django.contrib.auth.hashers import make_password

from adit_radis_shared.accounts.models import User

from .models import SALT, Token


class RestTokenAuthentication:
    def verify_token(self, token_string: str) -> tuple[str, User | None, Token | None]:
        row = Token.objects.filter(token_hashed=make_password(token_string, SALT)).first()
        if row is None:
            return "Invalid token. Token does not exist.", None, None
        if row.is_expired():
            return "Invalid Token. Token is expired.", None, None
        return "", row.owner, row
