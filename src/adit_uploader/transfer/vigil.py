"""Notices lanes that stand still. Does no I/O, and takes the time from outside."""

ALIVE = 5.0  # seconds between two signs of life of a lane
SILENT = 30.0  # seconds without any, after which a lane is given up
STARTING = 30.0  # further seconds for a lane that was just started
STEP = 1.0  # seconds that count at most between two looks


class Vigil:
    """Who was last heard when.

    Time in which nobody looked does not count: a program that was stopped itself, or slept with its computer, finds
    in the pipes what its lanes have said meanwhile.
    """

    def __init__(self, now: float) -> None:
        self._looked = now
        self._time = 0.0  # that counts
        self._heard: dict[int, float] = {}

    def begin(self, lane: int) -> None:
        """A lane was started."""
        self._heard[lane] = self._time + STARTING

    def heard(self, lane: int) -> None:
        """It said something."""
        self._heard[lane] = self._time

    def forget(self, lane: int) -> None:
        """It has ended, or was given up."""
        self._heard.pop(lane, None)

    def silent(self, now: float) -> list[int]:
        """Lanes that have said nothing for too long. To be asked often, after what they said was heard."""
        self._time += min(STEP, max(0.0, now - self._looked))
        self._looked = now
        return [lane for lane, heard in self._heard.items() if self._time - heard > SILENT]
