"""``manage.py forward``: the process that carries stored instances to their destinations."""

import os
import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from adit_receiver.conf import receiver_settings
from adit_receiver.forwarding.worker import Worker


class Command(BaseCommand):
    """Runs one worker; any number of them may run at once."""

    help = "Carries stored instances to their destinations, until it is told to end (SIGTERM)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="end as soon as nothing is due any more")

    def handle(self, *args: Any, until_idle: bool, **options: Any) -> None:
        worker = Worker(receiver_settings())

        def stop(_number: int, _frame: FrameType | None) -> None:
            worker.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        if not worker.run(until_idle=until_idle):
            # a thread still waits for a destination: end without it, the lease says what is to be sent again
            self.stderr.write("A destination does not answer; ended without waiting for it.")
            self.stderr.flush()
            os._exit(1)
