"""The one row of the project's settings."""

from django.db import models


class ProjectSettings(models.Model):
    announcement = models.TextField(blank=True)
    maintenance = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def get(cls) -> "ProjectSettings":
        found = cls.objects.first()
        assert found  # ADIT makes it after its migrations
        return found
