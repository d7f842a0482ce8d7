"""A lane's end of the pipes to the program."""

import queue
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from .in_hand import InHand
from .lane_messages import Alive, FromLane, Look, Looked, Setup, Stop, ToLane, tell
from .vigil import ALIVE

HOLD = 0.05  # seconds: reports come in less than a tenth of a second, and wake the program no more often than needed
MOST = 32  # reports that are held


class LaneLink:
    """Reads commands in a thread of its own, so that the program never waits for a busy lane.

    Another thread tells now and then that the process runs, so that one that stands still can be told from a busy one.

    Attributes:
        stopped: set when the program says so, or is gone.
        in_hand: what the program would suspect if the process ended by itself.
    """

    def __init__(
        self,
        commands: "Connection[None, ToLane]",
        reports: "Connection[tuple[FromLane, ...], None]",
        in_hand: InHand,
    ) -> None:
        self._commands = commands
        self._reports = reports
        self.in_hand = in_hand
        self._held: list[FromLane] = []
        self._hold = HOLD
        self._told = time.monotonic()
        self._telling = threading.Lock()
        self._arrived: queue.SimpleQueue[ToLane] = queue.SimpleQueue()
        self._closed = threading.Event()
        self.stopped = threading.Event()

    def setup(self, look: Callable[[Look], Looked], prepare: Callable[[], None] | None) -> Setup:
        """The setup, before which files may be looked at; then reading goes on in the background.

        Args:
            prepare: called once, when all files have been looked at and the program makes its plan; None: it was.

        Raises:
            EOFError, OSError: the program is gone.
        """
        while isinstance(first := self._commands.recv(), Look):
            tell(self._reports, (look(first),))
            if prepare is not None and not self._commands.poll():
                prepare()
                prepare = None
        if not isinstance(first, Setup):
            raise TypeError("a lane's first message is its setup")
        self._hold = 0.0 if first.wary else HOLD
        threading.Thread(target=self._read, name="lane-commands", daemon=True).start()
        threading.Thread(target=self._say_alive, name="lane-alive", daemon=True).start()
        return first

    def close(self) -> None:
        """Tell what is held, and that there will be nothing more."""
        self.flush()
        with self._telling:
            self._closed.set()
            self._reports.close()

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
        self.flush()  # a lane that hangs over a file is not going to

    def _say_alive(self) -> None:
        while not self._closed.wait(ALIVE):
            with self._telling:
                if self._closed.is_set():
                    return
                try:
                    tell(self._reports, (Alive(),))
                except OSError:
                    return  # the program is gone, which the reader of commands finds out

    def take(self, timeout: float = 0.0) -> ToLane | None:
        """The next command; None if there is none within ``timeout`` seconds."""
        try:
            return self._arrived.get_nowait()
        except queue.Empty:
            self.flush()
        try:
            return self._arrived.get(timeout=timeout) if timeout else None
        except queue.Empty:
            return None

    def hold(self, message: FromLane) -> None:
        """Tell the program soon, together with others, or when there is nothing to do.

        For what may be lost with a crash, since it is found out again. Before work that takes long, ``flush``.
        """
        with self._telling:
            self._held.append(message)
        if len(self._held) >= MOST or time.monotonic() - self._told >= self._hold:
            self.flush()

    def report(self, message: FromLane) -> None:
        """Tell the program; if it is gone, the lane stops."""
        with self._telling:
            self._held.append(message)
        self.flush()

    def flush(self) -> None:
        """Tell what is held."""
        with self._telling:
            messages, self._held = tuple(self._held), []
            if not messages:
                return
            self._told = time.monotonic()
            try:
                tell(self._reports, messages)
            except OSError:
                self.stopped.set()
