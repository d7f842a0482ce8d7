"""``manage sweep_spool``: cleans the spool; ``serve`` does it by itself, ADIT's periodic tasks may call it."""

from typing import Any

from django.core.management.base import BaseCommand

from adit_receiver.conf import receiver_settings
from adit_receiver.spool import Spool
from adit_receiver.sweep import sweep


class Command(BaseCommand):
    help = "Deletes files of the spool that a crash has left behind, and partial files that nobody came back for."

    def handle(self, *args: Any, **options: Any) -> None:
        settings = receiver_settings()
        spool = Spool(settings.spool)
        spool.prepare()
        swept = sweep(spool, settings.partial_days)
        self.stdout.write(f"{swept.orphans} orphans and {swept.partials} expired partial files deleted.")
