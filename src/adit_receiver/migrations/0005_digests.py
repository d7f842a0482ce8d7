from django.db import migrations, models


class Migration(migrations.Migration):
    """Digests name their algorithm; what is there has SHA-256, which is written without a name."""

    dependencies = [
        ("adit_receiver", "0004_lease_server"),
    ]

    operations = [
        migrations.AddField(
            model_name="uploadjob",
            name="digest",
            field=models.CharField(
                default="sha256",
                help_text="Algorithm of its files' digests.",
                max_length=16,
                verbose_name="kind of digests",
            ),
        ),
        migrations.RenameField(model_name="storedinstance", old_name="sha256", new_name="digest"),
        migrations.AlterField(
            model_name="storedinstance",
            name="digest",
            field=models.CharField(
                help_text="SHA-256 as hex, or blake3: and hex.", max_length=80, verbose_name="digest"
            ),
        ),
    ]
