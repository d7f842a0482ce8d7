"""Lanes as threads of the test: the same pipes and the same code, without the start of a process."""

import threading
from multiprocessing.connection import Connection
from typing import Any

from adit_uploader.transfer import lane_process
from adit_uploader.transfer.in_hand import InHand


class ThreadedLane:
    """What ``Lanes`` needs of a process."""

    def __init__(
        self, number: int, commands: "Connection[Any, Any]", reports: "Connection[Any, Any]", in_hand: InHand
    ) -> None:
        self.pid = None
        self._thread = threading.Thread(
            target=lane_process.serve, args=(commands, reports, in_hand), name=f"lane {number}"
        )
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        self._thread.join(timeout)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def kill(self) -> None:
        raise AssertionError("a lane did not stop in time")

    def close(self) -> None:
        """Its end of the pipe goes with the thread that reads commands, which may be in the middle of one."""
        self._thread.join()
