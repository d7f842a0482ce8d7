"""Tokens, of which a digest is kept."""

from datetime import datetime
from secrets import token_hex
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import models
from django.utils import timezone

from adit_radis_shared.accounts.models import User

SALT = "the stand-in's salt"


class TokenManager(models.Manager["Token"]):
    def create_token(self, user: Any, description: str, expires: datetime | None) -> "tuple[Token, str]":
        text = token_hex(20)
        row = self.create(
            owner=user,
            token_hashed=make_password(text, SALT),
            fraction=text[:4],
            description=description,
            expires=expires,
        )
        return row, text


class Token(models.Model):
    owner = models.ForeignKey(User, on_delete=models.CASCADE)
    token_hashed = models.CharField(max_length=128, unique=True)
    fraction = models.CharField(max_length=4)
    description = models.CharField(blank=True, max_length=120)
    expires = models.DateTimeField(blank=True, null=True)
    created_time = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(blank=True, null=True)

    objects = TokenManager()

    def __str__(self) -> str:
        return str(self.pk)

    def is_expired(self) -> bool | None:
        return self.expires and self.expires < timezone.now()
