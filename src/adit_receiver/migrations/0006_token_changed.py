from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("adit_receiver", "0005_digests"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="event",
            field=models.CharField(
                choices=[
                    ("login", "Login"),
                    ("login-failed", "Failed login"),
                    ("login-blocked", "Logins blocked for a while"),
                    ("login-refused", "Refused at login"),
                    ("job-opened", "Job opened"),
                    ("job-resumed", "Job opened again"),
                    ("job-refused", "Refused at a job"),
                    ("instance-refused", "Instances refused at the door"),
                    ("rule-broken", "Protocol broken"),
                    ("job-sent", "Everything sent"),
                    ("job-changed", "Job changed by a person"),
                    ("delivery-began", "Delivery began"),
                    ("delivery-ended", "Delivery ended"),
                    ("download", "Download"),
                    ("token-changed", "Token made or revoked by its owner"),
                    ("admin-change", "Change by an administrator"),
                ],
                max_length=32,
            ),
        ),
    ]
