"""Whether the next chunk is worth compressing. Takes the time from outside."""

from .line import Compression

SLOW = 12_500_000  # bytes a second (100 Mbit/s) of a whole upload, below which the line is what it waits for
FAST = 2 * SLOW  # and above which compressing ends again
LOOK = 1.0  # seconds of waiting for the line, or
ENOUGH = 8 * 1024 * 1024  # bytes, after which its speed is known
GIVE_UP = 8  # chunks that are sent as they are after one that compressing did not make shorter


class Packing:
    """Of one lane. ``on``: always tries; ``auto``: while its share of the line is slow."""

    def __init__(self, setting: Compression, lanes: int) -> None:
        """lanes: how many share the line."""
        self._setting = setting
        self._lanes = lanes
        self._slow = False
        self._sent = 0
        self._waited = 0.0
        self._skip = 0

    def wanted(self) -> bool:
        """Whether to compress the next chunk."""
        if self._setting == "off" or (self._setting == "auto" and not self._slow):
            return False
        if self._skip:
            self._skip -= 1
            return False
        return True

    def begin(self) -> None:
        """Another instance begins, which may be of another kind."""
        self._skip = 0

    def sent(self, size: int, on_wire: int, waited: float, *, tried: bool) -> None:
        """What became of a chunk.

        Args:
            size: its bytes; on_wire: bytes that were sent for it.
            waited: seconds for which the line did not take it; not those for which the receiver gave no credit.
            tried: whether it was tried to compress it.
        """
        if tried and on_wire > size * 15 // 16:
            self._skip = GIVE_UP
        self._sent += on_wire
        self._waited += waited
        if self._waited >= LOOK or self._sent >= ENOUGH:
            speed = self._sent / self._waited * self._lanes if self._waited else float("inf")
            self._slow = speed < (FAST if self._slow else SLOW)
            self._sent, self._waited = 0, 0.0
