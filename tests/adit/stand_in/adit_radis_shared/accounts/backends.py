"""Permissions count for the active group alone."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission


class ActiveGroupModelBackend(ModelBackend):
    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        rows = Permission.objects.all()
        if not user_obj.is_superuser:
            if user_obj.active_group is None:
                return set()
            rows = rows.filter(group=user_obj.active_group)
        return {f"{label}.{name}" for label, name in rows.values_list("content_type__app_label", "codename")}
