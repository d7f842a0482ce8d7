"""A bounded memory that forgets what was not asked for lately."""

from collections.abc import Hashable
from typing import Generic, TypeVar

MAX_SIZE = 4096  # bytes of what is remembered of; whoever is larger is looked at anew
MAX_HELD = 10_000  # elements of one data set, and of those that it lies in: whoever reads it holds them all

_MAX_ENTRIES = 2048
_MAX_BYTES = 512 * 1024

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Memory(Generic[_Key, _Value]):
    """Keeps two generations of entries, each of a limited number and size.

    When the younger one is full it becomes the older one, and that is forgotten; what is found in the older one moves
    to the younger. So what all files of a series have in common stays, however many files there are.

    Attributes:
        at_hand: gives the value of a key of the younger generation, or None; the quick first question.
    """

    __slots__ = ("_bytes", "_old", "_young", "at_hand")

    def __init__(self) -> None:
        self._young: dict[_Key, _Value] = {}
        self._old: dict[_Key, _Value] = {}
        self._bytes = 0
        self.at_hand = self._young.get

    def recall(self, key: _Key, size: int) -> _Value | None:
        """The value of a key that is not at hand, None where it is not remembered either."""
        found = self._old.get(key)
        if found is not None:
            self.keep(key, found, size)
        return found

    def keep(self, key: _Key, value: _Value, size: int) -> None:
        """Remember a value. size: bytes that it is remembered of."""
        if size > MAX_SIZE:
            return
        if len(self._young) >= _MAX_ENTRIES or self._bytes + size > _MAX_BYTES:
            self._old = dict(self._young)
            self._young.clear()
            self._bytes = 0
        self._young[key] = value
        self._bytes += size
