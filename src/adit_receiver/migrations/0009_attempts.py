from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Coalesce


def _count_attempts(apps: Any, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Tasks counted leases before, of which a large study has hundreds in its first attempt."""
    apps.get_model("adit_receiver", "Forward").objects.update(tries=models.F("attempts"))
    tasks = apps.get_model("adit_receiver", "UploadTask").objects
    most = (
        apps.get_model("adit_receiver", "Forward")
        .objects.filter(instance__task_id=models.OuterRef("pk"))
        .order_by("-tries")
        .values("tries")[:1]
    )
    tasks.filter(attempts__gt=1).update(attempts=Coalesce(models.Subquery(most), 1))
    tasks.filter(attempts=0, started__isnull=False).update(attempts=1)


def _nothing(_apps: Any, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Older receivers count on from there."""


class Migration(migrations.Migration):
    dependencies = [
        ("adit_receiver", "0008_confirmed_delivery"),
    ]

    operations = [
        migrations.AddField(
            model_name="forward",
            name="tries",
            field=models.PositiveIntegerField(
                default=0, help_text="How often delivery was tried, whoever wanted it.", verbose_name="all attempts"
            ),
        ),
        migrations.AlterField(
            model_name="forward",
            name="attempts",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Of those that count: not while a destination is away, and anew once a person says so.",
                verbose_name="attempts",
            ),
        ),
        migrations.AlterField(
            model_name="uploadtask",
            name="attempts",
            field=models.PositiveIntegerField(
                default=0,
                help_text="How often delivery was tried, of the instance that took most.",
                verbose_name="attempts",
            ),
        ),
        migrations.RunPython(_count_attempts, _nothing),
    ]
