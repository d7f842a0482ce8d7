"""``manage.py forward``: the process that carries stored instances to their destinations."""

import contextlib
import os
import signal
from argparse import ArgumentParser
from functools import partial
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from adit_receiver.conf import receiver_settings
from adit_receiver.forwarding.worker import Worker


def _say_alive(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # nobody reads it at the moment
        os.write(descriptor, b".")


class Command(BaseCommand):
    """Runs one worker; any number of them may run at once."""

    help = "Carries stored instances to their destinations, until it is told to end (SIGTERM)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="end as soon as nothing is due any more")
        parser.add_argument(
            "--alive-fd",
            type=int,
            metavar="N",
            help="write a byte to this file descriptor at every look for work, for whoever watches over it",
        )

    def handle(self, *args: Any, until_idle: bool, alive_fd: int | None, **options: Any) -> None:
        worker = Worker(receiver_settings())
        if alive_fd is not None:
            os.set_blocking(alive_fd, False)
            worker.on_look = partial(_say_alive, alive_fd)

        def stop(_number: int, _frame: FrameType | None) -> None:
            worker.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        if not worker.run(until_idle=until_idle):
            # a thread still waits for a destination: end without it, the lease says what is to be sent again
            self.stderr.write("A destination does not answer; ended without waiting for it.")
            self.stderr.flush()
            os._exit(1)
