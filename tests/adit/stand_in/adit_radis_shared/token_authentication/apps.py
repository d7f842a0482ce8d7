from django.apps import AppConfig


class TokenAuthenticationConfig(AppConfig):
    name = "adit_radis_shared.token_authentication"
    default_auto_field = "django.db.models.BigAutoField"
