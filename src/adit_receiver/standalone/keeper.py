"""Keeps the forwarding worker at work: starts it, again when it has ended, and another one when it stands still."""

import logging
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

_logger = logging.getLogger("adit_receiver.serve")
_COMMAND = (sys.executable, "-m", "adit_receiver.standalone.worker")
_LOOK = 0.2  # seconds
_STEP = 1.0  # seconds that count at most between two looks: a server that stood still itself blames nobody
_FIRST_RESTART = 1.0
_LAST_RESTART = 60.0
_WORKED = 10.0  # seconds after which a worker's end is its first again


@dataclass(slots=True)
class Keeper:
    """One worker; ``run`` blocks until ``stopping`` is set and the worker has ended.

    Attributes:
        command: writes a byte to its standard output now and then, and ends when its standard input does.
        silent: seconds without such a byte after which it is killed. Longer than the database may keep it waiting.
        ending: seconds that it has at the end.
    """

    stopping: threading.Event
    command: tuple[str, ...] = _COMMAND
    silent: float = 120.0
    ending: float = 30.0
    _wait: float = field(default=_FIRST_RESTART)

    def run(self) -> None:
        """Until it is told to stop."""
        while not self.stopping.is_set():
            began = time.monotonic()
            status = self._one()
            if self.stopping.is_set():
                return
            _logger.error("The forwarding worker ended with status %d; it starts again.", status)
            if time.monotonic() - began > _WORKED:
                self._wait = _FIRST_RESTART
            self.stopping.wait(self._wait)
            self._wait = min(self._wait * 2, _LAST_RESTART)

    def _one(self) -> int:
        """One worker from its start to its end; its exit status."""
        worker = subprocess.Popen(  # noqa: S603 - our own program
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ.copy()
        )
        assert worker.stdin is not None  # noqa: S101 - asked for
        assert worker.stdout is not None  # noqa: S101
        ended = threading.Thread(target=worker.wait, name="worker-wait")
        ended.start()
        try:
            self._watch(worker, worker.stdout.fileno(), ended)
            worker.stdin.close()  # its sign to end
            ended.join(self.ending)
            if ended.is_alive():
                worker.kill()
            ended.join()
        finally:
            worker.stdout.close()
        return worker.returncode

    def _watch(self, worker: "subprocess.Popen[bytes]", alive: int, ended: threading.Thread) -> None:
        """Until it has ended, or is to end."""
        silent, looked = 0.0, time.monotonic()
        while ended.is_alive() and not self.stopping.is_set():
            ended.join(_LOOK)
            now = time.monotonic()
            silent += min(_STEP, now - looked)
            looked = now
            if select.select([alive], [], [], 0.0)[0] and os.read(alive, 65536):
                silent = 0.0
            if silent > self.silent:
                _logger.error("The forwarding worker stands still; it is ended.")
                worker.kill()
                ended.join()
