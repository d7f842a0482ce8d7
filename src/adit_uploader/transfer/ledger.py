"""How far every instance of a run came, in few bytes an instance. Does no I/O."""

import hashlib
from collections.abc import Callable, Iterable
from enum import IntFlag

from .notes import InstanceState, Note

_DIGEST = 32


class Mark(IntFlag):
    """What is known of an instance."""

    PSEUDONYMIZED = 1
    SENT = 2
    STORED = 4
    REFUSED = 8


class Ledger:
    """Marks and digests by instance number. Marks are only added: what was said twice counts once."""

    def __init__(self, count: int) -> None:
        self._marks = bytearray(count)
        self._digests = bytearray(_DIGEST * count)
        self._counts = dict.fromkeys(Mark, 0)
        self._notes: list[Note] = []

    def count(self, mark: Mark) -> int:
        return self._counts[mark]

    def has(self, number: int, mark: Mark) -> bool:
        return bool(self._marks[number] & mark.value)  # flags themselves take ten times as long

    def _add(self, number: int, mark: Mark) -> bool:
        if self.has(number, mark):
            return False
        self._marks[number] |= mark.value
        self._counts[mark] += 1
        return True

    def know_digests(self, digests: dict[int, str]) -> None:
        """From an earlier run of the same job."""
        for number, digest in digests.items():
            self._digests[number * _DIGEST : (number + 1) * _DIGEST] = bytes.fromhex(digest)

    def sent(self, number: int, digest: str) -> None:
        """digest: '' if nobody wanted to know it."""
        self._add(number, Mark.PSEUDONYMIZED)
        self._add(number, Mark.SENT)
        if digest:
            self._digests[number * _DIGEST : (number + 1) * _DIGEST] = bytes.fromhex(digest)
        self._notes.append(Note(number, InstanceState.SENT, digest))

    def stored(self, number: int) -> bool:
        """Returns whether that is news. What the receiver has was pseudonymized and sent, if not in this run."""
        self._add(number, Mark.PSEUDONYMIZED)
        self._add(number, Mark.SENT)
        if not self._add(number, Mark.STORED):
            return False
        self._notes.append(Note(number, InstanceState.STORED))
        return True

    def refused(self, number: int, code: str, *, pseudonymized: bool) -> None:
        if pseudonymized:
            self._add(number, Mark.PSEUDONYMIZED)
        self._add(number, Mark.REFUSED)
        self._notes.append(Note(number, InstanceState.REFUSED, code=code))

    def open_numbers(self) -> Iterable[int]:
        """Instances without an outcome."""
        return (number for number, marks in enumerate(self._marks) if not marks & (Mark.STORED | Mark.REFUSED))

    def stored_numbers(self) -> Iterable[int]:
        return (number for number, marks in enumerate(self._marks) if marks & Mark.STORED)

    def take_notes(self) -> list[Note]:
        """What the journal has not been told yet."""
        notes, self._notes = self._notes, []
        return notes

    def manifest(self, uid_of: Callable[[int], str]) -> tuple[str, int]:
        """SHA-256 hex over ``UID space digest newline`` of every stored instance with a known digest, sorted.

        Returns:
            The digest and how many instances it covers.
        """
        lines = []
        for number in self.stored_numbers():
            digest = self._digests[number * _DIGEST : (number + 1) * _DIGEST]
            if any(digest):
                lines.append(f"{uid_of(number)} {digest.hex()}\n")
        return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest(), len(lines)
