"""Listening in a process of its own: whatever is sent to it, the window keeps moving, and nothing is left behind."""

import errno
import logging
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic

from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.filled import system_says

from .checks import check_receiving
from .errors import (
    AddressNotHere,
    InboxUnusable,
    ListenerEnded,
    ListeningFailed,
    PortForbidden,
    PortInUse,
    ReceivingError,
)
from .events import Opened, ReceivingEvent
from .inbox import tidy

GRACE = 2.0  # seconds for who is sending when it is to end
_END_LIMIT = GRACE + 5.0  # seconds until the process is ended whatever it does
_TURN = 0.1  # seconds in which a wish is noticed

_Told = ReceivingEvent | ReceivingError
_Word = str | None
"""To the process: name of the next sitting's folder; None: end."""


def listen(
    settings: ReceivingSettings,
    inbox: Path,
    *,
    folder: Callable[[], str],
    report: Callable[[ReceivingEvent], None],
    stop: Callable[[], bool],
) -> None:
    """Receives until ``stop()``; blocks.

    Args:
        inbox: made if it is not there; nobody else writes into it.
        folder: name of the folder in it that new objects go to; asked often.
        report: told of everything, in this thread.

    Raises:
        ReceivingError: it can't be begun, or has ended by itself.
    """
    check_receiving(settings)
    _prepare(inbox)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    now = folder()
    process = context.Process(target=_run, args=(theirs, settings, inbox, now), daemon=True)
    process.start()
    theirs.close()
    opened = False

    def tell(event: ReceivingEvent) -> None:
        nonlocal opened
        opened = opened or isinstance(event, Opened)
        report(event)

    try:
        _follow(ours, now, folder, tell, stop)
    finally:
        _end(process, ours)
        if opened:  # else another program may listen, and the half files be its own
            with suppress(OSError):  # tried again the next time
                tidy(inbox)


def _follow(
    pipe: "Connection[_Word, _Told]",
    now: str,
    folder: Callable[[], str],
    report: Callable[[ReceivingEvent], None],
    stop: Callable[[], bool],
) -> None:
    """Until the process is told to end, and has told all; raises as ``listen``."""
    until = None
    try:
        while until is None or monotonic() < until:
            if until is None and stop():
                until = monotonic() + _END_LIMIT
                pipe.send(None)
            if now != (wanted := folder()) and until is None:
                now = wanted
                pipe.send(now)
            if not pipe.poll(_TURN):
                continue
            told = pipe.recv()
            if isinstance(told, ReceivingError):
                raise told
            report(told)
    except (EOFError, OSError):
        if until is None:
            raise ListenerEnded from None


def _end(process: BaseProcess, pipe: "Connection[_Word, _Told]") -> None:
    pipe.close()
    process.join(GRACE)
    process.kill()
    process.join()
    process.close()


def _prepare(inbox: Path) -> None:
    """Raises InboxUnusable."""
    try:
        inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        inbox.chmod(0o700)
    except OSError as error:
        raise InboxUnusable(str(inbox), system_says(error)) from None


# ------------------------------------------------------------ the process


def _run(pipe: "Connection[_Told, _Word]", settings: ReceivingSettings, inbox: Path, folder: str) -> None:
    """The process: until the other end says so, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us too; the program decides
    logging.disable(logging.CRITICAL)  # the libraries write down what was sent, and warn of it
    warnings.simplefilter("ignore")
    threading.excepthook = _nothing
    from pynetdicom import _config  # noqa: PLC0415 - the window starts without it

    from .scp import Receiver  # noqa: PLC0415

    _config.LOG_HANDLER_LEVEL = "none"  # saves the time for texts that nobody reads
    sending = threading.Lock()

    def report(event: ReceivingEvent) -> None:
        with sending, suppress(OSError):  # nobody hears us any more: the loop below ends
            pipe.send(event)

    receiver = Receiver(settings, inbox, folder, report)
    try:
        address, port = receiver.open()
    except OSError as error:
        pipe.send(why_not(error, settings))
        return
    report(Opened(address, port))
    with suppress(EOFError, OSError):
        while True:
            if pipe.poll(_TURN):
                word = pipe.recv()
                if word is None:
                    break
                receiver.folder = word
            receiver.reap()
    receiver.close(GRACE)
    pipe.close()
    os._exit(0)  # threads of those who connected and said nothing would keep us for half a minute


def _nothing(_: threading.ExceptHookArgs) -> None:
    """A thread that an association has brought to a fall ends with it; its words may hold what was sent."""


def why_not(error: OSError, settings: ReceivingSettings) -> ReceivingError:
    """What a failure to listen means."""
    if error.errno == errno.EADDRINUSE:
        return PortInUse(settings.port)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return PortForbidden(settings.port)
    if error.errno == errno.EADDRNOTAVAIL:
        return AddressNotHere(settings.address)
    return ListeningFailed(system_says(error))
