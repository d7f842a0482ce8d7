"""Runs that can be stopped by Ctrl-C without losing what they did."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from .terminal import Terminal

if TYPE_CHECKING:
    from adit_uploader.transfer.receipt import Receipt

_POLL = 0.2  # seconds between two looks for an interrupt


def run_interruptibly(
    terminal: Terminal,
    run: "Callable[[], Receipt]",
    stop: Callable[[], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> "Receipt":
    """The receipt of ``run``, which goes on in a thread; the first Ctrl-C calls ``stop`` and waits for the receipt.

    A second one ends the program as usual. Call it in the main thread, which alone hears interrupts.

    Args:
        meanwhile: called once while ``run`` is at work.

    Raises: what ``run`` raises.
    """
    interrupted = threading.Event()
    worker = _Worker(run)
    with _first_interrupt(interrupted.set):
        worker.start()
        meanwhile()
        told = False
        while worker.is_alive():
            if interrupted.is_set() and not told:
                told = True
                terminal.warn("Stopping; the receipt follows in some seconds.")
                stop()
            worker.join(_POLL)
        return worker.result()


class _Worker(threading.Thread):
    """A thread whose end brings a receipt or what was raised."""

    def __init__(self, work: "Callable[[], Receipt]") -> None:
        super().__init__(name="run")
        self._work = work
        self._receipt: Receipt | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        _block_interrupts()
        try:
            self._receipt = self._work()
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the main thread
            self._error = error

    def result(self) -> "Receipt":
        """After the end. Raises: what the work raised."""
        if self._receipt is None:
            raise self._error or RuntimeError("the run ended without a receipt")
        return self._receipt


@contextmanager
def _first_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C calls ``act`` instead of raising KeyboardInterrupt wherever the program is at the moment."""
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        act()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """So that processes that are started meanwhile leave Ctrl-C to this one."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _block_interrupts() -> None:
    """In this thread, and so in the worker processes that it starts: the terminal sends Ctrl-C to all of them."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
