"""The user, with a department and one active group."""

from typing import Any

from django.contrib.auth.models import AbstractUser, Group
from django.db import models


class User(AbstractUser):
    phone_number = models.CharField(max_length=64, blank=True)
    department = models.CharField(max_length=128, blank=True)
    preferences = models.JSONField(default=dict)
    active_group = models.ForeignKey(
        Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="active_users"
    )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.active_group and not self.groups.filter(pk=self.active_group.pk).exists():
            raise ValueError("not a group of this user")
        super().save(*args, **kwargs)
