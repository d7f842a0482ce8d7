"""``manage.py forward``: the process that carries stored instances to their destinations."""

import contextlib
import os
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from adit_receiver.conf import receiver_settings
from adit_receiver.faults import tell_of_thread
from adit_receiver.forwarding.engines import engine
from adit_receiver.forwarding.reports import Listener
from adit_receiver.forwarding.sent import take_report


def _say_alive(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # nobody reads it at the moment
        os.write(descriptor, b".")


def _nothing() -> None:
    """Nobody watches over it."""


def _stop_by_signal(stop: Callable[[], None]) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


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
        on_look: Callable[[], None] = _nothing
        if alive_fd is not None:
            os.set_blocking(alive_fd, False)
            on_look = partial(_say_alive, alive_fd)
        settings = receiver_settings()
        hook, threading.excepthook = threading.excepthook, tell_of_thread
        listener = Listener(settings, partial(take_report, settings=settings))
        listener.start()
        try:
            whole = engine().run(until_idle=until_idle, on_look=on_look, stops=_stop_by_signal)
        finally:
            listener.stop()
            threading.excepthook = hook
        if not whole:
            # a thread still waits for a destination: end without it, the lease says what is to be sent again
            self.stderr.write("A destination does not answer; ended without waiting for it.")
            self.stderr.flush()
            os._exit(1)
