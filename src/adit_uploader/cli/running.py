"""Runs that can be stopped by Ctrl-C without losing what they did."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from adit_uploader.transfer.receipt import Receipt

from .terminal import Terminal

_POLL = 0.2  # seconds: on Windows an interrupt is only seen between two waits


def run_interruptibly(terminal: Terminal, run: Callable[[], Receipt], stop: Callable[[], None]) -> Receipt:
    """The receipt of ``run``, which goes on in a thread; the first Ctrl-C calls ``stop`` and waits for the receipt.

    Raises: what ``run`` raises.
    """
    with ThreadPoolExecutor(1, "run") as executor:
        future = executor.submit(run)
        try:
            while not future.done():
                wait([future], timeout=_POLL)
        except KeyboardInterrupt:
            terminal.warn("Stopping; the receipt follows in some seconds.")
            stop()
        return future.result()
