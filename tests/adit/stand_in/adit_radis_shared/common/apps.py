from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "adit_radis_shared.common"
    default_auto_field = "django.db.models.BigAutoField"
