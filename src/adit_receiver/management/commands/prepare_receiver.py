"""``manage prepare_receiver``: the spool's folders, and the file from which site keys are derived, once in a life."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adit_receiver.conf import receiver_settings
from adit_receiver.errors import SpoolError
from adit_receiver.site_key import make_secret
from adit_receiver.spool import Spool


class Command(BaseCommand):
    help = (
        "Makes the spool's folders, and the secret from which site keys are derived, each if there is none. "
        "Back the secret up: new UIDs depend on it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        settings = receiver_settings()
        try:
            Spool(settings.spool).prepare()
        except SpoolError as error:
            raise CommandError(f"The spool can't be made in {settings.spool}: {error.message}") from None
        secret = settings.secret_file
        if secret.exists():
            self.stdout.write(f"The spool {settings.spool} is ready; the secret {secret} was there before.")
            return
        try:
            make_secret(secret)
        except OSError as error:
            raise CommandError(f"The secret can't be written to {secret}: {error.strerror}") from None
        self.stdout.write(f"The spool {settings.spool} is ready. Made the secret {secret}: back it up.")
