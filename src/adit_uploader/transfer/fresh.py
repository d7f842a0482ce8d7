"""What nobody has been handed yet. A lane stays with one patient as long as there is something of them. Does no I/O."""

from collections import Counter, deque
from collections.abc import Callable, Iterable

STRANGE = 32  # instances: getting to know a patient takes a lane as long as handling so many


class Fresh:
    """Pieces of series by patient, those with the largest series first.

    What a lane has made for a patient's first instance (searches for what identifies them, elements that it knows)
    serves all the others; so two lanes share a patient only if that is worth it, at the end.
    """

    def __init__(
        self, pieces: Iterable[range], patient_of: Callable[[int], int], size_of: Callable[[int], int], *, large: int
    ) -> None:
        """
        Args:
            pieces: numbers of instances, in the order in which they are to be taken.
            patient_of, size_of: the patient (any number), and the bytes, of an instance.
            large: bytes that are worth sharing, however few instances.
        """
        self._size_of = size_of
        self._large = large
        self._pieces: dict[int, deque[range]] = {}
        self._left: Counter[int] = Counter()
        self._total = 0  # of them: summed up for each question, it would cost as many steps as there are patients
        self._patients: dict[int, int] = {}  # by lane
        for piece in pieces:
            patient = patient_of(piece.start)
            self._pieces.setdefault(patient, deque()).append(piece)
            self._left[patient] += len(piece)
            self._total += len(piece)

    def __len__(self) -> int:
        """How many instances."""
        return self._total

    def take(self, lane: int, limit: int) -> range | None:
        """At most ``limit`` instances of one piece; None if what is left is better done by the lanes that began it."""
        patient = self._patient_for(lane)
        if patient is None:
            return None
        self._patients[lane] = patient
        pieces = self._pieces[patient]
        piece = pieces.popleft()
        if len(piece) > limit:
            piece, rest = piece[:limit], piece[limit:]
            pieces.appendleft(rest)
        self._left[patient] -= len(piece)
        self._total -= len(piece)
        if not pieces:
            del self._pieces[patient], self._left[patient]
        return piece

    def keep(self, wanted: Callable[[int], bool]) -> int:
        """Only pieces that begin with such a number stay; returns how many instances went."""
        gone = 0
        for patient, pieces in list(self._pieces.items()):
            kept = deque(piece for piece in pieces if wanted(piece.start))
            dropped = sum(map(len, pieces)) - sum(map(len, kept))
            gone += dropped
            self._left[patient] -= dropped
            if kept:
                self._pieces[patient] = kept
            else:
                del self._pieces[patient], self._left[patient]
        self._total -= gone
        return gone

    def forget(self, lane: int) -> None:
        """The lane has ended, and what it knew with it."""
        self._patients.pop(lane, None)

    def _patient_for(self, lane: int) -> int | None:
        own = self._patients.get(lane)
        if own in self._pieces:
            return own
        others = {patient for other, patient in self._patients.items() if other != lane}
        for patient in self._pieces:
            if patient not in others:
                return patient
        most = max(self._pieces, key=self._left.__getitem__, default=None)
        if most is None or self._left[most] >= STRANGE:
            return most
        size = sum(self._size_of(number) for piece in self._pieces[most] for number in piece)
        return most if size >= self._large else None
