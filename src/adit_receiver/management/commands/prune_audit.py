"""``manage prune_audit --days N``: delete old entries of the audit log, which is written down itself."""

import os
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from adit_receiver.audit.changes import TERMINAL
from adit_receiver.audit.models import Event
from adit_receiver.audit.protection import MINIMUM_DAYS, prune
from adit_receiver.audit.record import Fact


class Command(BaseCommand):
    help = f"Deletes entries of the audit log that are older than so many days, at least {MINIMUM_DAYS}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        days: int = options["days"]
        who = f"uid {os.getuid()}"
        fact = Fact(Event.ADMIN_CHANGE, who, TERMINAL, code="prune", subject=f"audit log of more than {days} days ago")
        try:
            number = prune(timezone.now() - timedelta(days=days), fact)
        except (ValueError, OverflowError):
            raise CommandError(f"--days is a number from {MINIMUM_DAYS} on.") from None
        self.stdout.write(f"{number} entries deleted.")
