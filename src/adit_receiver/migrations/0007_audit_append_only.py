from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from adit_receiver.audit.protection import protect, unprotect


def _protect(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    protect(schema_editor.connection)


def _unprotect(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    unprotect(schema_editor.connection)


_COUNTS = {"patients": "patients", "studies": "studies", "instances": "images"}


def _count(label: str) -> models.PositiveBigIntegerField:
    return models.PositiveBigIntegerField(default=0, help_text="As announced by the client.", verbose_name=label)


class Migration(migrations.Migration):
    dependencies = [
        ("adit_receiver", "0006_token_changed"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditRetention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.DateTimeField()),
            ],
            options={
                "default_permissions": [],
            },
        ),
        migrations.RunPython(_protect, _unprotect),
        # what a client announces may be as large as the wire lets it
        *[migrations.AlterField("uploadjob", name, _count(label)) for name, label in _COUNTS.items()],
    ]
