from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "adit_radis_shared.accounts"
    default_auto_field = "django.db.models.BigAutoField"
