"""How many bytes a second all lanes of an upload may send together. Takes the time from outside.

The program keeps the budget, since it alone knows all lanes: a lane wishes for some bytes, sends what it was granted,
and wishes again. A lane that has nothing to send wishes for nothing, and so leaves its share to the others.
"""

BURST = 0.5  # seconds for which unused budget is kept: a look at the lanes may come late
WISH = 0.5  # seconds of the whole rate for which a lane asks at once


class Budget:
    def __init__(self, rate: int, now: float) -> None:
        """rate: bytes a second."""
        self._rate = rate
        self._last = now
        self._available = 0.0
        self._wishes: dict[int, int] = {}

    def wish(self, lane: int, size: int) -> None:
        """A lane wants to send so many bytes more."""
        self._wishes[lane] = self._wishes.get(lane, 0) + size

    def forget(self, lane: int) -> None:
        """The lane is gone."""
        self._wishes.pop(lane, None)

    def grants(self, now: float) -> dict[int, int]:
        """What each lane may send now: equal shares, but to none more than its wish."""
        self._available = min(self._available + (now - self._last) * self._rate, self._rate * BURST)
        self._last = now
        granted: dict[int, int] = {}
        modest_first = sorted(self._wishes.items(), key=lambda wish: wish[1])
        for left, (lane, size) in zip(range(len(modest_first), 0, -1), modest_first, strict=True):
            share = min(size, int(self._available) // left)
            if not share:
                continue
            self._available -= share
            granted[lane] = share
            if share == size:
                del self._wishes[lane]
            else:
                self._wishes[lane] = size - share
        return granted


class Allowance:
    """A lane's end of the budget."""

    def __init__(self, rate: int) -> None:
        """rate: bytes a second of all lanes together; 0: no limit."""
        self._rate = rate
        self._granted = 0
        self._wished = 0

    def chunk(self, largest: int) -> int:
        """Bytes of a chunk, so that none takes much longer than a look at the lanes."""
        return min(largest, max(1024, self._rate // 8)) if self._rate else largest

    def wish(self, size: int) -> int:
        """What to wish for, so that ``size`` bytes may be sent; 0: nothing, it was wished for or is granted."""
        missing = size - self._granted - self._wished
        if not self._rate or missing <= 0:
            return 0
        wish = max(missing, int(self._rate * WISH))
        self._wished += wish
        return wish

    def grant(self, size: int) -> None:
        self._granted += size
        self._wished = max(0, self._wished - size)

    def spend(self, size: int) -> bool:
        """Whether so many bytes may be sent now; they then are."""
        if not self._rate:
            return True
        if size > self._granted:
            return False
        self._granted -= size
        return True
