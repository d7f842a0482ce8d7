"""``manage make_site_secret``: the file from which site keys are derived, once in a receiver's life."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adit_receiver.conf import receiver_settings
from adit_receiver.site_key import make_secret


class Command(BaseCommand):
    help = "Makes the secret from which site keys are derived, if there is none. Back it up: new UIDs depend on it."

    def handle(self, *args: Any, **options: Any) -> None:
        path = receiver_settings().secret_file
        if path.exists():
            self.stdout.write(f"There is one already: {path}")
            return
        try:
            make_secret(path)
        except OSError as error:
            raise CommandError(f"It can't be written to {path}: {error.strerror}") from None
        self.stdout.write(f"Made {path}. Back it up.")
