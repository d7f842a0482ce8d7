"""A lane's end of the pipes to the program."""

import queue
import threading
from multiprocessing.connection import Connection

from .lane_messages import FromLane, Setup, Stop, ToLane


class LaneLink:
    """Reads commands in a thread of its own, so that the program never waits for a busy lane.

    Attributes:
        stopped: set when the program says so, or is gone.
    """

    def __init__(self, commands: "Connection[None, ToLane]", reports: "Connection[FromLane, None]") -> None:
        self._commands = commands
        self._reports = reports
        self._arrived: queue.SimpleQueue[ToLane] = queue.SimpleQueue()
        self.stopped = threading.Event()

    def setup(self) -> Setup:
        """The first message; then reading goes on in the background."""
        first = self._commands.recv()
        if not isinstance(first, Setup):
            raise TypeError("a lane's first message is its setup")
        threading.Thread(target=self._read, name="lane-commands", daemon=True).start()
        return first

    def _read(self) -> None:
        while True:
            try:
                message = self._commands.recv()
            except (EOFError, OSError):
                break  # the program is gone
            if isinstance(message, Stop):
                break
            self._arrived.put(message)
        self.stopped.set()

    def take(self, timeout: float = 0.0) -> ToLane | None:
        """The next command; None if there is none within ``timeout`` seconds."""
        try:
            return self._arrived.get(timeout=timeout) if timeout else self._arrived.get_nowait()
        except queue.Empty:
            return None

    def report(self, message: FromLane) -> None:
        """Tell the program; if it is gone, the lane stops."""
        try:
            self._reports.send(message)
        except OSError:
            self.stopped.set()
